// The table of events and its sorting, the buttons of the player and the downloads.
(() => {
  const interval = (bounds, unit) => bounds === null ? []
    : [make("small", {}, ` (${bounds.low.toFixed(unit ? 1 : 0)} to ${bounds.high.toFixed(unit ? 1 : 0)}${unit || "°"})`)];
  const duration = (event) => event.offset - event.onset;
  const COLUMNS = [
    { name: "Onset", value: (event) => event.onset, cell: (event) => [seekButton(event)] },
    { name: "Duration", value: duration, cell: (event) => [duration(event).toFixed(1) + " s"] },
    { name: "Class", value: (event) => event.class,
      cell: (event) => [markerIcon(event.class_id, event.onscreen === false), " " + event.class] },
    { name: "Azimuth", value: (event) => event.azimuth,
      cell: (event) => [directionText(event.azimuth), ...interval(event.azimuth_interval)] },
    { name: "Elevation", value: (event) => event.elevation, cell: (event) => [Math.round(event.elevation) + "°"] },
    { name: "Distance", value: (event) => event.distance,
      cell: (event) => [distanceText(event.distance), ...interval(event.distance_interval, " m")] },
    { name: "Position", value: (event) => event.onscreen, cell: (event) => [onscreenText(event.onscreen)] },
    { name: "Confidence", value: (event) => event.confidence, cell: (event) => [event.confidence.toFixed(2)] },
  ].filter(({ value }) => !events.length || events.some((event) => value(event) !== null));

  const head = document.querySelector("#table thead tr"), body = document.querySelector("#table tbody");
  let sortColumn = COLUMNS[0], direction = 1, rows = [];

  function seekButton(event) {
    const label = "Go to " + timeText(event.onset) + ", " + event.class;
    return make("button", { type: "button", "aria-label": label }, timeText(event.onset));
  }

  function compare(first, second) {
    const [left, right] = [sortColumn.value(first), sortColumn.value(second)];
    if (left === null || right === null) return (left === null) - (right === null); // unknown values are last
    const order = typeof left === "string" ? left.localeCompare(right) : left - right;
    return direction * order || first.onset - second.onset;
  }

  function draw() {
    const shown = filters.shown().sort(compare);
    rows = shown.map((event) => {
      const row = make("tr", {}, ...COLUMNS.map(({ name, value, cell }) =>
        make("td", { class: name === "Class" ? "name" : null }, ...(value(event) === null ? ["–"] : cell(event)))));
      row.addEventListener("click", () => clock.seek(event.onset));
      return [event, row];
    });
    const text = events.length ? "no event matches the filters" : "no events were detected";
    const none = make("tr", {}, make("td", { class: "empty", colspan: COLUMNS.length }, text));
    body.replaceChildren(...(rows.length ? rows.map(([, row]) => row) : [none]));
    byId("count").textContent = `${shown.length} of ${events.length} events`;
    [...head.children].forEach((cell, index) => {
      const isSorted = COLUMNS[index] === sortColumn;
      cell.setAttribute("aria-sort", isSorted ? (direction > 0 ? "ascending" : "descending") : "none");
    });
    update(clock.now(), clock.playing());
  }

  function update(time, playing) {
    for (const [event, row] of rows) row.classList.toggle("active", isActive(event, time));
    byId("play").textContent = playing ? "Pause" : "Play";
    byId("clock").textContent = timeText(time) + " / " + timeText(seconds);
  }

  head.append(...COLUMNS.map((column) => {
    const button = make("button", { type: "button" }, column.name);
    button.addEventListener("click", () => {
      direction = sortColumn === column ? -direction : 1;
      sortColumn = column;
      draw();
    });
    return make("th", { scope: "col" }, button);
  }));
  byId("play").addEventListener("click", clock.toggle);
  document.addEventListener("keydown", (press) => {
    const unused = press.target === document.body || ["timeline", "table-box"].includes(press.target.id);
    if (press.key === " " && unused) { press.preventDefault(); clock.toggle(); }
  });
  filters.listen(draw);
  clock.listen(update);
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
