// From above: the listener, and where the sounding events are at the player's time. Left is left.
(() => {
  const drawing = byId("fan"), list = byId("now");
  const all = [...events, ...truth];
  const around = all.some((event) => event.trajectory.azimuth.some((angle) => Math.abs(angle) > 90));
  const farthest = all.reduce((most, event) => event.trajectory.distance.reduce((far, metres) => Math.max(far, metres), most), 0);
  const reach = [1, 2, 4, 8, 16, 32, 64].find((metres) => metres >= farthest) || 128;
  const RADIUS = 100, TRAIL = 1.5;
  drawing.setAttribute("viewBox", around ? "-132 -116 264 232" : "-132 -116 264 134");

  // The square root keeps near sources apart; what is of unknown distance is on the rim.
  const far = (metres) => RADIUS * (metres === null ? 1 : Math.sqrt(Math.min(1, metres / reach)));
  function spot({ azimuth, distance }) {
    const angle = (azimuth * Math.PI) / 180, size = far(distance);
    return [-size * Math.sin(angle), -size * Math.cos(angle)];
  }

  function ground() {
    const arc = (size) => around
      ? `M${-size},0a${size},${size} 0 1 1 ${2 * size},0a${size},${size} 0 1 1 ${-2 * size},0z`
      : `M${-size},0a${size},${size} 0 0 1 ${2 * size},0z`;
    const half = (extra.view / 2) * (Math.PI / 180);
    const edge = [RADIUS * Math.sin(half), -RADIUS * Math.cos(half)];
    const view = `M0,0L${-edge[0]},${edge[1]}A${RADIUS},${RADIUS} 0 0 1 ${edge[0]},${edge[1]}z`;
    const text = (x, y, anchor, words) => make("text", { x, y, "text-anchor": anchor }, words);
    return [
      make("path", { class: "ground", d: arc(RADIUS) }),
      ...(extra.view !== null ? [make("path", { class: "view", d: view })] : []),
      make("path", { class: "ring", d: arc(RADIUS) }),
      make("path", { class: "ring", d: arc(RADIUS / 2) }),
      text(0, -RADIUS - 5, "middle", "ahead"),
      text(-RADIUS - 3, -4, "end", "left"), text(RADIUS + 3, -4, "start", "right"),
      text(RADIUS, 12, "middle", reach + " m"), text(RADIUS / 2, 12, "middle", reach / 4 + " m"),
      ...(around ? [text(0, RADIUS + 12, "middle", "behind")] : []),
      make("circle", { class: "listener", r: 3.5 }),
    ];
  }

  function trail(event, time) {
    const points = [];
    for (let at = Math.max(event.onset, time - TRAIL); at < time; at += STEP) {
      const place = placeAt(event, at);
      if (place.azimuth !== null) points.push(spot(place).map((part) => part.toFixed(1)).join(","));
    }
    return points.length > 1 ? [make("path", { class: "trail", d: "M" + points.join("L"), stroke: colour(event.class_id) })] : [];
  }

  function drawn(event, time, known) {
    const place = placeAt(event, time);
    if (place.azimuth === null) return [];
    const look = known
      ? { class: "truth", stroke: colour(event.class_id) }
      : { fill: place.onscreen === false ? "var(--ground)" : colour(event.class_id), stroke: colour(event.class_id), "stroke-width": 2 };
    const shape = make("path", { d: markPath(event.class_id, ...spot(place), known ? 10 : 6), ...look }, make("title", {}, event.class));
    return known ? [shape] : [...trail(event, time), shape];
  }

  function line(event, time) {
    const place = placeAt(event, time);
    const parts = [event.class, directionWords(place.azimuth), ...(place.distance === null ? [] : [distanceWords(place.distance)]),
      ...(place.onscreen === null ? [] : [pictureWords(place.onscreen)])];
    return make("li", {}, mark(event.class_id, place.onscreen === false), make("span", {}, parts.join(" · ")));
  }

  const base = ground();
  function draw(time) {
    const heard = filters.shown().filter((event) => sounds(event, time));
    const known = filters.shownTruth().filter((event) => sounds(event, time));
    drawing.replaceChildren(...base, ...known.flatMap((event) => drawn(event, time, true)),
      ...heard.flatMap((event) => drawn(event, time, false)));
    list.replaceChildren(...(heard.length ? heard.map((event) => line(event, time)) : [make("li", { class: "faint" }, "nothing sounds")]));
  }
  clock.listen(draw);
  filters.listen(() => draw(clock.now()));
  draw(clock.now());
})();
