// Elements, markers and colours. Text from the recording is only ever inserted as text, never as markup.
function make(tag, attributes = {}, ...children) {
  const isSvg = ["svg", "g", "path", "rect", "line", "circle", "text", "title"].includes(tag);
  const element = isSvg
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

/** Sets the colours of the classes, which are lighter in a dark colour scheme. */
function setColours() {
  const scheme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  for (const { id } of classes) {
    document.documentElement.style.setProperty("--class-" + id, extra.styles[id][scheme]);
  }
}
setColours();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", setColours);

const CORNERS = { s: [4, 45], "^": [3, 0], D: [4, 0], v: [3, 180], p: [5, 0], h: [6, 0], "*": [10, 0] };

/** The outline of the marker of a class around (x, y). */
function markerPath(id, x, y, radius) {
  const shape = extra.styles[id].shape;
  if (!(shape in CORNERS)) {
    return `M${x - radius},${y}a${radius},${radius} 0 1 0 ${2 * radius},0a${radius},${radius} 0 1 0 ${-2 * radius},0z`;
  }
  const [corners, rotation] = CORNERS[shape];
  const points = Array.from({ length: corners }, (_, corner) => {
    const angle = ((rotation + (360 * corner) / corners) * Math.PI) / 180;
    const length = (corners === 10 && corner % 2 ? 0.45 : 1.15) * radius;
    return (x + length * Math.sin(angle)).toFixed(1) + "," + (y - length * Math.cos(angle)).toFixed(1);
  });
  return "M" + points.join("L") + "z";
}

/** The marker of a class as an icon; hollow for events that are off screen. */
function markerIcon(id, hollow = false) {
  const style = { d: markerPath(id, 7, 7, 5), fill: hollow ? "none" : colour(id), stroke: colour(id) };
  return make("svg", { viewBox: "0 0 14 14", "aria-hidden": "true" }, make("path", { ...style, "stroke-width": 1.5 }));
}
