// The timeline: azimuth over time, left upwards, and beneath it each class's events as bars.
const timeline = (() => {
  const TOP = 22, PLOT = 172, ROW = 26, PAD = 8;
  const drawing = byId("timeline"), box = byId("scroll"), gutter = byId("gutter");
  const around = [...events, ...truth].some((event) => event.trajectory.azimuth.some((angle) => Math.abs(angle) > 90));
  const limit = around ? 180 : 90;
  const height = TOP + PLOT + used.length * ROW + PAD;
  let zoom = 1, width = 0, head = null, bars = [];

  const lanesOf = new Map([...lanesIn(events), ...lanesIn(truth)]);
  const x = (time) => PAD + (time / seconds) * (width - 2 * PAD);
  const timeOf = (offset) => ((offset - PAD) / (width - 2 * PAD)) * seconds;
  const y = (azimuth) => TOP + PLOT / 2 - (azimuth / limit) * (PLOT / 2 - 8);
  const rowOf = new Map(used.map(({ id }, row) => [id, TOP + PLOT + row * ROW]));

  function draw() {
    width = Math.max(160, box.clientWidth) * zoom;
    drawing.setAttribute("width", width);
    drawing.setAttribute("height", height);
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    bars = [];
    head = make("g", {},
      make("line", { class: "head", x1: 0, x2: 0, y1: 8, y2: height }), make("path", { class: "head-top", d: "M-6,2h12l-6,10z" }));
    drawing.replaceChildren(...grid(), ...filters.shownTruth().flatMap(drawTruth), ...filters.shown().flatMap(drawEvent), head);
    byId("wider").disabled = zoom <= 1;
    byId("closer").disabled = width > 60 * seconds || width > 30000;
    follow(clock.now());
  }

  function grid() {
    const lines = [];
    const least = seconds * (64 / width), steps = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200];
    const step = steps.find((size) => size >= least) || 14400;
    for (let at = 0; at <= seconds; at += step) {
      const words = step < 1 ? timeWords(at) : timeWords(at).slice(0, -2);
      lines.push(make("line", { class: "grid", x1: x(at), x2: x(at), y1: TOP, y2: height }));
      if (x(at) < width - 34) lines.push(make("text", { x: x(at) + 3, y: 14 }, words));
    }
    for (const angle of [-limit, -limit / 2, 0, limit / 2, limit]) {
      lines.push(make("line", { class: "grid", x1: 0, x2: width, y1: y(angle), y2: y(angle) }));
    }
    for (const top of rowOf.values()) lines.push(make("line", { class: "rule", x1: 0, x2: width, y1: top, y2: top }));
    return lines;
  }

  /** An event's way, as stretches of one on-screen flag, broken where it pauses or its azimuth jumps around. */
  function ways(event) {
    const { frame, azimuth, onscreen } = event.trajectory;
    const stretches = [];
    let last = null;
    frame.forEach((number, row) => {
      if (azimuth[row] === null) { last = null; return; }
      const flag = onscreen ? onscreen[row] : event.onscreen;
      const joins = last !== null && number - frame[last] <= 5 && Math.abs(azimuth[row] - azimuth[last]) < 180;
      const point = x((number + 0.5) * STEP).toFixed(1) + "," + y(azimuth[row]).toFixed(1);
      const current = stretches[stretches.length - 1];
      if (joins && current.flag === flag) current.points.push(point);
      else stretches.push({ flag, points: joins ? [current.points[current.points.length - 1], point] : [point] });
      last = row;
    });
    return stretches.map(({ flag, points }) => ({
      flag, first: points[0].split(",").map(Number), d: "M" + points.join("L") + (points.length < 2 ? "h.1" : ""),
    }));
  }

  /** Events of one class that sound together share its row: each with its lane, and how many there are. */
  function lanesIn(list) {
    const found = new Map();
    for (const { id } of used) {
      const ends = [], members = list.filter((event) => event.class_id === id).sort((one, other) => one.onset - other.onset);
      const taken = members.map((event) => {
        let lane = ends.findIndex((end) => end <= event.onset + 1e-6);
        if (lane < 0) lane = ends.length;
        ends[lane] = event.offset;
        return lane;
      });
      members.forEach((event, at) => found.set(event, { lane: taken[at], lanes: ends.length }));
    }
    return found;
  }

  function drawTruth(event) {
    const paths = ways(event).map(({ d }) => make("path", { class: "path true", d, stroke: colour(event.class_id) }));
    return [...paths, make("rect", { class: "true", ...extent(event, 3), stroke: colour(event.class_id) })];
  }

  function drawEvent(event) {
    const paint = colour(event.class_id);
    const all = ways(event);
    const paths = all.map(({ flag, d }) => make("path", { class: flag === false ? "path off" : "path", d, stroke: paint }));
    if (all.length) paths.push(make("path", { class: "mark", d: markPath(event.class_id, ...all[0].first, 4.5), fill: paint }));
    const bar = make("rect", { class: event.onscreen === false ? "bar off" : "bar", ...extent(event, 6), rx: 2, fill: paint },
      make("title", {}, words(event)));
    if (event.onscreen === false) bar.setAttribute("stroke", paint);
    bar.addEventListener("click", (click) => { click.stopPropagation(); clock.seek(event.onset); drawing.focus({ preventScroll: true }); });
    bars.push([event, bar]);
    return [...paths, bar];
  }

  function extent(event, gap) {
    const left = x(event.onset), size = Math.max(3, x(event.offset) - left);
    const { lane, lanes } = lanesOf.get(event), share = (ROW - 2 * gap) / lanes;
    return { x: left, width: size, y: rowOf.get(event.class_id) + gap + lane * share, height: share };
  }

  const words = (event) =>
    event.class + ", " + timeWords(event.onset) + " to " + timeWords(event.offset) + ", " + directionWords(event.azimuth) +
    (event.distance === null ? "" : ", " + distanceWords(event.distance)) +
    (event.onscreen === null ? "" : ", " + pictureWords(event.onscreen));

  function follow(time, playing = false) {
    const at = x(Math.min(seconds, time));
    head.setAttribute("transform", `translate(${at},0)`);
    if (zoom > 1 && (at < box.scrollLeft || at > box.scrollLeft + box.clientWidth - 20)) {
      box.scrollLeft = at - box.clientWidth * (playing ? 0.1 : 0.5);
    }
    for (const [event, bar] of bars) bar.classList.toggle("now", sounds(event, time));
    const heard = filters.shown().filter((event) => sounds(event, time));
    drawing.setAttribute("aria-valuemin", 0);
    drawing.setAttribute("aria-valuemax", seconds.toFixed(1));
    drawing.setAttribute("aria-valuenow", time.toFixed(1));
    drawing.setAttribute("aria-valuetext", timeWords(time) + ": " +
      (heard.map((event) => event.class + " " + directionWords(placeAt(event, time).azimuth)).join("; ") || "nothing"));
  }

  function label() {
    const place = (top, ...content) => {
      const line = make("div", {}, ...content);
      line.style.top = top + "px";
      return line;
    };
    const angles = [[limit, limit + "°" + (around ? "" : " left")], [limit / 2, limit / 2 + "°" + (around ? " left" : "")], [0, "ahead"],
      [-limit / 2, limit / 2 + "°" + (around ? " right" : "")], [-limit, limit + "°" + (around ? "" : " right")]];
    const lines = angles.map(([angle, text]) => {
      const line = place(y(angle) - 11, make("span", {}, text));
      line.className = "angle";
      return line;
    });
    gutter.replaceChildren(...lines, ...used.map(({ id, name }) =>
      place(rowOf.get(id) + 2, mark(id), make("span", { title: name }, name))));
  }

  const onsets = () => filters.shown().map((event) => event.onset).sort((one, other) => one - other);
  function neighbour(step) {
    const now = clock.now(), all = onsets();
    const to = step > 0 ? all.find((onset) => onset > now + 0.05) : all.reverse().find((onset) => onset < now - 0.3);
    if (to !== undefined) clock.seek(to);
  }

  function zoomTo(factor) {
    zoom = Math.max(1, zoom * factor);
    draw();
    box.scrollLeft = x(clock.now()) - box.clientWidth / 2;
  }

  drawing.addEventListener("click", (click) => clock.seek(timeOf(click.clientX - drawing.getBoundingClientRect().left)));
  drawing.addEventListener("keydown", (press) => {
    const small = press.shiftKey ? 0.1 : 1;
    const moves = {
      ArrowLeft: () => clock.seek(clock.now() - small), ArrowRight: () => clock.seek(clock.now() + small),
      ArrowDown: () => clock.seek(clock.now() - small), ArrowUp: () => clock.seek(clock.now() + small),
      Home: () => clock.seek(0), End: () => clock.seek(seconds),
      PageUp: () => neighbour(-1), PageDown: () => neighbour(1),
    };
    if (press.key in moves && !press.ctrlKey && !press.altKey && !press.metaKey) { press.preventDefault(); moves[press.key](); }
  });
  byId("closer").addEventListener("click", () => zoomTo(2));
  byId("wider").addEventListener("click", () => zoomTo(0.5));
  byId("back").addEventListener("click", () => neighbour(-1));
  byId("forth").addEventListener("click", () => neighbour(1));
  byId("truth-help").hidden = !truth.length;
  new ResizeObserver(draw).observe(box);
  filters.listen(draw);
  label();
  draw();
  clock.listen(follow);
})();
