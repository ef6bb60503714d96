// The timeline: azimuth over time, left upwards, and below it the events of each class as bars.
const timeline = (() => {
  const PLOT_TOP = 22, PLOT_HEIGHT = 172, ROW_HEIGHT = 26, PADDING = 8;
  const MAX_PAUSE_FRAMES = 5;
  const drawing = byId("timeline"), box = byId("scroll"), labels = byId("row-labels");
  const fullCircle = [...events, ...reference].some(
    (event) => event.trajectory.azimuth.some((angle) => Math.abs(angle) > 90));
  const limit = fullCircle ? 180 : 90;
  const height = PLOT_TOP + PLOT_HEIGHT + classes.length * ROW_HEIGHT + PADDING;
  let zoom = 1, width = 0, cursor = null, bars = [];

  const lanesOf = new Map([...assignLanes(events), ...assignLanes(reference)]);
  const x = (time) => PADDING + (time / seconds) * (width - 2 * PADDING);
  const timeOf = (offset) => ((offset - PADDING) / (width - 2 * PADDING)) * seconds;
  const y = (azimuth) => PLOT_TOP + PLOT_HEIGHT / 2 - (azimuth / limit) * (PLOT_HEIGHT / 2 - 8);
  const rowOf = new Map(classes.map(({ id }, row) => [id, PLOT_TOP + PLOT_HEIGHT + row * ROW_HEIGHT]));

  function draw() {
    width = Math.max(160, box.clientWidth) * zoom;
    drawing.setAttribute("width", width);
    drawing.setAttribute("height", height);
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    bars = [];
    cursor = make("g", {},
      make("line", { class: "cursor", x1: 0, x2: 0, y1: 8, y2: height }),
      make("path", { class: "cursor-top", d: "M-6,2h12l-6,10z" }));
    drawing.replaceChildren(
      ...grid(), ...filters.shownReference().flatMap(drawReference), ...filters.shown().flatMap(drawEvent), cursor);
    byId("zoom-out").disabled = zoom <= 1;
    byId("zoom-in").disabled = width > 60 * seconds || width > 30000;
    update(clock.now());
  }

  function grid() {
    const lines = [];
    const STEPS = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200];
    const minStep = seconds * (64 / width), step = STEPS.find((size) => size >= minStep) || 14400;
    for (let time = 0; time <= seconds; time += step) {
      const text = step < 1 ? timeText(time) : timeText(time).slice(0, -2);
      lines.push(make("line", { class: "grid", x1: x(time), x2: x(time), y1: PLOT_TOP, y2: height }));
      if (x(time) < width - 34) lines.push(make("text", { x: x(time) + 3, y: 14 }, text));
    }
    for (const angle of [-limit, -limit / 2, 0, limit / 2, limit]) {
      lines.push(make("line", { class: "grid", x1: 0, x2: width, y1: y(angle), y2: y(angle) }));
    }
    for (const top of rowOf.values()) lines.push(make("line", { class: "rule", x1: 0, x2: width, y1: top, y2: top }));
    return lines;
  }

  /** The trajectory of an event as segments of constant on-screen flag, split at pauses and azimuth wraps. */
  function segments(event) {
    const { frame, azimuth, onscreen } = event.trajectory;
    const found = [];
    let last = null;
    frame.forEach((number, row) => {
      if (azimuth[row] === null) { last = null; return; }
      const flag = onscreen ? onscreen[row] : event.onscreen;
      const connected = last !== null && number - frame[last] <= MAX_PAUSE_FRAMES &&
        Math.abs(azimuth[row] - azimuth[last]) < 180;
      const point = x((number + 0.5) * STEP).toFixed(1) + "," + y(azimuth[row]).toFixed(1);
      const current = found[found.length - 1];
      if (connected && current.flag === flag) current.points.push(point);
      else found.push({ flag, points: connected ? [current.points[current.points.length - 1], point] : [point] });
      last = row;
    });
    return found.map(({ flag, points }) => ({
      flag, first: points[0].split(",").map(Number), d: "M" + points.join("L") + (points.length < 2 ? "h.1" : ""),
    }));
  }

  /** The lane of each event, and the number of lanes: simultaneous events of a class share its row. */
  function assignLanes(list) {
    const assigned = new Map();
    for (const { id } of classes) {
      const ends = [];
      const members = list.filter((event) => event.class_id === id).sort((first, second) => first.onset - second.onset);
      const lanes = members.map((event) => {
        let lane = ends.findIndex((end) => end <= event.onset + 1e-6);
        if (lane < 0) lane = ends.length;
        ends[lane] = event.offset;
        return lane;
      });
      members.forEach((event, index) => assigned.set(event, { lane: lanes[index], count: ends.length }));
    }
    return assigned;
  }

  function drawReference(event) {
    const stroke = colour(event.class_id);
    const paths = segments(event).map(({ d }) => make("path", { class: "path reference", d, stroke }));
    return [...paths, make("rect", { class: "reference", ...extent(event, 3), stroke })];
  }

  function drawEvent(event) {
    const paint = colour(event.class_id);
    const lines = segments(event);
    const paths = lines.map(({ flag, d }) => make("path", { class: flag === false ? "path off" : "path", d, stroke: paint }));
    if (lines.length) {
      paths.push(make("path", { class: "marker", d: markerPath(event.class_id, ...lines[0].first, 4.5), fill: paint }));
    }
    const style = { class: event.onscreen === false ? "bar off" : "bar", rx: 2, fill: paint };
    const bar = make("rect", { ...extent(event, 6), ...style }, make("title", {}, description(event)));
    if (event.onscreen === false) bar.setAttribute("stroke", paint);
    bar.addEventListener("click", (click) => {
      click.stopPropagation();
      clock.seek(event.onset);
      drawing.focus({ preventScroll: true });
    });
    bars.push([event, bar]);
    return [...paths, bar];
  }

  function extent(event, gap) {
    const left = x(event.onset), right = x(event.offset);
    const { lane, count } = lanesOf.get(event), laneHeight = (ROW_HEIGHT - 2 * gap) / count;
    const top = rowOf.get(event.class_id) + gap + lane * laneHeight;
    return { x: left, width: Math.max(3, right - left), y: top, height: laneHeight };
  }

  const description = (event) =>
    event.class + ", " + timeText(event.onset) + " to " + timeText(event.offset) + ", " + directionText(event.azimuth) +
    (event.distance === null ? "" : ", " + distanceText(event.distance)) +
    (event.onscreen === null ? "" : ", " + onscreenText(event.onscreen));

  function update(time, playing = false) {
    const position = x(Math.min(seconds, time));
    cursor.setAttribute("transform", `translate(${position},0)`);
    if (zoom > 1 && (position < box.scrollLeft || position > box.scrollLeft + box.clientWidth - 20)) {
      box.scrollLeft = position - box.clientWidth * (playing ? 0.1 : 0.5);
    }
    for (const [event, bar] of bars) bar.classList.toggle("active", isActive(event, time));
    const active = filters.shown().filter((event) => isActive(event, time));
    drawing.setAttribute("aria-valuemin", 0);
    drawing.setAttribute("aria-valuemax", seconds.toFixed(1));
    drawing.setAttribute("aria-valuenow", time.toFixed(1));
    drawing.setAttribute("aria-valuetext", timeText(time) + ": " +
      (active.map((event) => event.class + " " + directionText(positionAt(event, time).azimuth)).join("; ") ||
        "no active event"));
  }

  function drawLabels() {
    const place = (top, ...content) => {
      const line = make("div", {}, ...content);
      line.style.top = top + "px";
      return line;
    };
    const angles = [[limit, limit + "° left"], [limit / 2, limit / 2 + "° left"], [0, "0° ahead"],
      [-limit / 2, limit / 2 + "° right"], [-limit, limit + "° right"]];
    const lines = angles.map(([angle, text]) => {
      const line = place(y(angle) - 11, make("span", {}, text));
      line.className = "angle";
      return line;
    });
    labels.replaceChildren(...lines, ...classes.map(({ id, name }) =>
      place(rowOf.get(id) + 2, markerIcon(id), make("span", { title: name }, name))));
  }

  const onsets = () => filters.shown().map((event) => event.onset).sort((first, second) => first - second);
  function seekEvent(step) {
    const now = clock.now(), all = onsets();
    const target = step > 0 ? all.find((onset) => onset > now + 0.05) : all.reverse().find((onset) => onset < now - 0.3);
    if (target !== undefined) clock.seek(target);
  }

  function zoomBy(factor) {
    zoom = Math.max(1, zoom * factor);
    draw();
    box.scrollLeft = x(clock.now()) - box.clientWidth / 2;
  }

  drawing.addEventListener("click", (click) => clock.seek(timeOf(click.clientX - drawing.getBoundingClientRect().left)));
  drawing.addEventListener("keydown", (press) => {
    const step = press.shiftKey ? 0.1 : 1;
    const actions = {
      ArrowLeft: () => clock.seek(clock.now() - step), ArrowRight: () => clock.seek(clock.now() + step),
      ArrowDown: () => clock.seek(clock.now() - step), ArrowUp: () => clock.seek(clock.now() + step),
      Home: () => clock.seek(0), End: () => clock.seek(seconds),
      PageUp: () => seekEvent(-1), PageDown: () => seekEvent(1),
    };
    if (press.key in actions && !press.ctrlKey && !press.altKey && !press.metaKey) {
      press.preventDefault();
      actions[press.key]();
    }
  });
  byId("zoom-in").addEventListener("click", () => zoomBy(2));
  byId("zoom-out").addEventListener("click", () => zoomBy(0.5));
  byId("previous").addEventListener("click", () => seekEvent(-1));
  byId("next").addEventListener("click", () => seekEvent(1));
  byId("reference-help").hidden = !reference.length;
  new ResizeObserver(draw).observe(box);
  filters.listen(draw);
  drawLabels();
  draw();
  clock.listen(update);
})();
