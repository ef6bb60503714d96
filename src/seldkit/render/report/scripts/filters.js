// Which events are shown: in the table, on the timeline and from above.
const filters = (() => {
  const listeners = [];
  const hidden = new Set(); // class numbers
  const onscreen = byId("onscreen"), confidence = byId("confidence");

  const shows = (event) =>
    !hidden.has(event.class_id) &&
    (onscreen.value === "" || String(event.onscreen) === onscreen.value) &&
    (event.confidence === null || event.confidence >= Number(confidence.value));

  function changed() {
    byId("confidence-value").textContent = Number(confidence.value).toFixed(2);
    listeners.forEach((listener) => listener());
  }

  const boxes = used.map(({ id, name, rows }) => {
    const box = make("input", { type: "checkbox", checked: true });
    box.addEventListener("change", () => { if (box.checked) hidden.delete(id); else hidden.add(id); changed(); });
    byId("classes").append(make("label", {}, box, mark(id), make("span", {}, name + " (" + rows + ")")));
    return box;
  });
  byId("classes").hidden = !used.length;
  byId("onscreen-label").hidden = events.every((event) => event.onscreen === null);
  byId("confidence-label").hidden = events.every((event) => event.confidence === null);
  onscreen.addEventListener("change", changed);
  confidence.addEventListener("input", changed);
  byId("all").addEventListener("click", () => {
    hidden.clear();
    boxes.forEach((box) => { box.checked = true; });
    onscreen.value = "";
    confidence.value = 0;
    changed();
  });

  return {
    shown: () => events.filter(shows),
    shownTruth: () => truth.filter((event) => !hidden.has(event.class_id)),
    listen: (listener) => { listeners.push(listener); },
  };
})();
