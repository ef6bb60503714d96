// The events shown in the table, on the timeline and in the top view.
const filters = (() => {
  const listeners = [];
  const hiddenClasses = new Set();
  const onscreen = byId("onscreen"), confidence = byId("confidence");

  const isShown = (event) =>
    !hiddenClasses.has(event.class_id) &&
    (onscreen.value === "" || String(event.onscreen) === onscreen.value) &&
    (event.confidence === null || event.confidence >= Number(confidence.value));

  function notify() {
    byId("confidence-value").textContent = Number(confidence.value).toFixed(2);
    listeners.forEach((listener) => listener());
  }

  const checkboxes = classes.map(({ id, name, count }) => {
    const checkbox = make("input", { type: "checkbox", checked: true });
    checkbox.addEventListener("change", () => {
      if (checkbox.checked) hiddenClasses.delete(id); else hiddenClasses.add(id);
      notify();
    });
    byId("classes").append(make("label", {}, checkbox, markerIcon(id), make("span", {}, name + " (" + count + ")")));
    return checkbox;
  });
  byId("classes").hidden = !classes.length;
  byId("onscreen-label").hidden = events.every((event) => event.onscreen === null);
  byId("confidence-label").hidden = events.every((event) => event.confidence === null);
  onscreen.addEventListener("change", notify);
  confidence.addEventListener("input", notify);
  byId("all").addEventListener("click", () => {
    hiddenClasses.clear();
    checkboxes.forEach((checkbox) => { checkbox.checked = true; });
    onscreen.value = "";
    confidence.value = 0;
    notify();
  });

  return {
    shown: () => events.filter(isShown),
    shownReference: () => reference.filter((event) => !hiddenClasses.has(event.class_id)),
    listen: (listener) => { listeners.push(listener); },
  };
})();
