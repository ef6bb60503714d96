// Top view: the receiver, and the active events by azimuth and distance at the current time. Left is left.
(() => {
  const drawing = byId("top-view"), list = byId("active");
  const allEvents = [...events, ...reference];
  const fullCircle = allEvents.some((event) => event.trajectory.azimuth.some((angle) => Math.abs(angle) > 90));
  const maxDistance = allEvents.reduce(
    (largest, event) => event.trajectory.distance.reduce((max, metres) => Math.max(max, metres), largest), 0);
  const range = [1, 2, 4, 8, 16, 32, 64].find((metres) => metres >= maxDistance) || 128;
  const RADIUS = 100, TRAIL_SECONDS = 1.5;
  drawing.setAttribute("viewBox", fullCircle ? "-132 -116 264 232" : "-132 -116 264 134");

  // The radius is proportional to the square root of the distance. Unknown distances are drawn at the outer ring.
  const radiusOf = (metres) => RADIUS * (metres === null ? 1 : Math.sqrt(Math.min(1, metres / range)));
  function pointOf({ azimuth, distance }) {
    const angle = (azimuth * Math.PI) / 180, radius = radiusOf(distance);
    return [-radius * Math.sin(angle), -radius * Math.cos(angle)];
  }

  function background() {
    const arc = (radius) => fullCircle
      ? `M${-radius},0a${radius},${radius} 0 1 1 ${2 * radius},0a${radius},${radius} 0 1 1 ${-2 * radius},0z`
      : `M${-radius},0a${radius},${radius} 0 0 1 ${2 * radius},0z`;
    const half = (extra.view / 2) * (Math.PI / 180);
    const edge = [RADIUS * Math.sin(half), -RADIUS * Math.cos(half)];
    const view = `M0,0L${-edge[0]},${edge[1]}A${RADIUS},${RADIUS} 0 0 1 ${edge[0]},${edge[1]}z`;
    const label = (x, y, anchor, text) => make("text", { x, y, "text-anchor": anchor }, text);
    return [
      make("path", { class: "background", d: arc(RADIUS) }),
      ...(extra.view !== null ? [make("path", { class: "view", d: view })] : []),
      make("path", { class: "ring", d: arc(RADIUS) }),
      make("path", { class: "ring", d: arc(RADIUS / 2) }),
      label(0, -RADIUS - 5, "middle", "ahead"),
      label(-RADIUS - 3, -4, "end", "left"), label(RADIUS + 3, -4, "start", "right"),
      label(RADIUS, 12, "middle", range + " m"), label(RADIUS / 2, 12, "middle", range / 4 + " m"),
      ...(fullCircle ? [label(0, RADIUS + 12, "middle", "behind")] : []),
      make("circle", { class: "receiver", r: 3.5 }),
    ];
  }

  function trail(event, time) {
    const points = [];
    for (let past = Math.max(event.onset, time - TRAIL_SECONDS); past < time; past += STEP) {
      const position = positionAt(event, past);
      if (position.azimuth !== null) points.push(pointOf(position).map((value) => value.toFixed(1)).join(","));
    }
    return points.length > 1
      ? [make("path", { class: "trail", d: "M" + points.join("L"), stroke: colour(event.class_id) })]
      : [];
  }

  function marker(event, time, isReference) {
    const position = positionAt(event, time);
    if (position.azimuth === null) return [];
    const paint = colour(event.class_id);
    const style = isReference
      ? { class: "reference", stroke: paint }
      : { fill: position.onscreen === false ? "var(--background)" : paint, stroke: paint, "stroke-width": 2 };
    const d = markerPath(event.class_id, ...pointOf(position), isReference ? 10 : 6);
    const shape = make("path", { d, ...style }, make("title", {}, event.class));
    return isReference ? [shape] : [...trail(event, time), shape];
  }

  function description(event, time) {
    const position = positionAt(event, time);
    const parts = [event.class, directionText(position.azimuth),
      ...(position.distance === null ? [] : [distanceText(position.distance)]),
      ...(position.onscreen === null ? [] : [onscreenText(position.onscreen)])];
    return make("li", {}, markerIcon(event.class_id, position.onscreen === false), make("span", {}, parts.join(" · ")));
  }

  const fixed = background();
  function draw(time) {
    const active = filters.shown().filter((event) => isActive(event, time));
    const activeReference = filters.shownReference().filter((event) => isActive(event, time));
    drawing.replaceChildren(...fixed, ...activeReference.flatMap((event) => marker(event, time, true)),
      ...active.flatMap((event) => marker(event, time, false)));
    const none = make("li", { class: "faint" }, "no active event");
    list.replaceChildren(...(active.length ? active.map((event) => description(event, time)) : [none]));
  }
  clock.listen(draw);
  filters.listen(() => draw(clock.now()));
  draw(clock.now());
})();
