// Elements, marks and colours. Text from the recording only ever becomes text, never markup.
function make(tag, attributes = {}, ...children) {
  const known = ["svg", "g", "path", "rect", "line", "circle", "text", "title"].includes(tag);
  const element = known
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const colour = (id) => "var(--class-" + id + ")";

/** Classes have lighter colours on dark ground. */
function setColours() {
  const kind = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  for (const { id } of used) {
    document.documentElement.style.setProperty("--class-" + id, extra.looks[id][kind]);
  }
}
setColours();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", setColours);

const CORNERS = { s: [4, 45], "^": [3, 0], D: [4, 0], v: [3, 180], p: [5, 0], h: [6, 0], "*": [10, 0] };

/** The outline of a class's mark around (x, y). */
function markPath(id, x, y, radius) {
  const shape = extra.looks[id].shape;
  if (!(shape in CORNERS)) {
    return `M${x - radius},${y}a${radius},${radius} 0 1 0 ${2 * radius},0a${radius},${radius} 0 1 0 ${-2 * radius},0z`;
  }
  const [corners, turn] = CORNERS[shape];
  const points = Array.from({ length: corners }, (_, corner) => {
    const angle = ((turn + (360 * corner) / corners) * Math.PI) / 180;
    const reach = (corners === 10 && corner % 2 ? 0.45 : 1.15) * radius;
    return (x + reach * Math.sin(angle)).toFixed(1) + "," + (y - reach * Math.cos(angle)).toFixed(1);
  });
  return "M" + points.join("L") + "z";
}

/** A class's mark as a small picture; hollow for what is off the screen. */
function mark(id, hollow = false) {
  const look = { d: markPath(id, 7, 7, 5), fill: hollow ? "none" : colour(id), stroke: colour(id) };
  return make("svg", { viewBox: "0 0 14 14", "aria-hidden": "true" }, make("path", { ...look, "stroke-width": 1.5 }));
}
