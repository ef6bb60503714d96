// The table of events, its order, the buttons of the player and the downloads.
(() => {
  const range = (interval, unit) => interval === null ? []
    : [make("small", {}, ` (${interval.low.toFixed(unit ? 1 : 0)} to ${interval.high.toFixed(unit ? 1 : 0)}${unit || "°"})`)];
  const COLUMNS = [
    { name: "Start", value: (event) => event.onset, cell: start },
    { name: "Length", value: (event) => event.offset - event.onset, cell: (event) => [(event.offset - event.onset).toFixed(1) + " s"] },
    { name: "Class", value: (event) => event.class, cell: (event) => [mark(event.class_id, event.onscreen === false), " " + event.class] },
    { name: "Direction", value: (event) => event.azimuth, cell: (event) => [directionWords(event.azimuth), ...range(event.azimuth_interval)] },
    { name: "Height", value: (event) => event.elevation, cell: (event) => [Math.round(event.elevation) + "°"] },
    { name: "Distance", value: (event) => event.distance, cell: (event) => [distanceWords(event.distance), ...range(event.distance_interval, " m")] },
    { name: "Picture", value: (event) => event.onscreen, cell: (event) => [pictureWords(event.onscreen)] },
    { name: "Confidence", value: (event) => event.confidence, cell: (event) => [event.confidence.toFixed(2)] },
  ].filter(({ value }) => !events.length || events.some((event) => value(event) !== null));

  const head = document.querySelector("#table thead tr"), body = document.querySelector("#table tbody");
  let by = COLUMNS[0], way = 1, rows = [];

  function start(event) {
    const button = make("button", { type: "button", "aria-label": "Go to " + timeWords(event.onset) + ", " + event.class }, timeWords(event.onset));
    return [button];
  }

  function compare(one, other) {
    const [left, right] = [by.value(one), by.value(other)];
    if (left === null || right === null) return (left === null) - (right === null); // unknown last, either way
    const order = typeof left === "string" ? left.localeCompare(right) : left - right;
    return way * order || one.onset - other.onset;
  }

  function draw() {
    const shown = filters.shown().sort(compare);
    rows = shown.map((event) => {
      const row = make("tr", {}, ...COLUMNS.map(({ name, value, cell }) =>
        make("td", { class: name === "Class" ? "name" : null }, ...(value(event) === null ? ["–"] : cell(event)))));
      row.addEventListener("click", () => clock.seek(event.onset));
      return [event, row];
    });
    const none = make("tr", {}, make("td", { class: "empty", colspan: COLUMNS.length }, events.length ? "no event is as chosen" : "no event"));
    body.replaceChildren(...(rows.length ? rows.map(([, row]) => row) : [none]));
    byId("count").textContent = `${shown.length} of ${events.length} events`;
    [...head.children].forEach((cell, at) => {
      cell.setAttribute("aria-sort", COLUMNS[at] === by ? (way > 0 ? "ascending" : "descending") : "none");
    });
    follow(clock.now(), clock.playing());
  }

  function follow(time, playing) {
    for (const [event, row] of rows) row.classList.toggle("now", sounds(event, time));
    byId("play").textContent = playing ? "Pause" : "Play";
    byId("clock").textContent = timeWords(time) + " / " + timeWords(seconds);
  }

  head.append(...COLUMNS.map((column) => {
    const button = make("button", { type: "button" }, column.name);
    button.addEventListener("click", () => { way = by === column ? -way : 1; by = column; draw(); });
    return make("th", { scope: "col" }, button);
  }));
  byId("play").addEventListener("click", clock.toggle);
  document.addEventListener("keydown", (press) => {
    const free = press.target === document.body || ["timeline", "table-box"].includes(press.target.id);
    if (press.key === " " && free) { press.preventDefault(); clock.toggle(); }
  });
  filters.listen(draw);
  clock.listen(follow);
  draw();

  function download(name, type, text) {
    const url = URL.createObjectURL(new Blob([text], { type }));
    const link = make("a", { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  }
  for (const { name, label, type, text } of extra.downloads) {
    const button = make("button", { type: "button", title: name }, label);
    button.addEventListener("click", () => download(name, type, text === null ? byId("scene").textContent : text));
    byId("downloads").append(button);
  }
})();
