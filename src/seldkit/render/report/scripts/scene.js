// The data of the page, and the interpolated positions of events.
const byId = (id) => document.getElementById(id);
const scene = JSON.parse(byId("scene").textContent);
const extra = JSON.parse(byId("extra").textContent);
const STEP = scene.frame_seconds;
const seconds = Math.max(STEP, scene.frame_count * STEP);

const numbered = (list) => list.map((event, number) => ({ ...event, number }));
const events = numbered(scene.events);
const reference = numbered(extra.reference);
const classes = [...new Map([...events, ...reference].map((event) => [event.class_id, event.class]))]
  .sort((first, second) => first[0] - second[0])
  .map(([id, name]) => ({ id, name, count: events.filter((event) => event.class_id === id).length }));

/** Azimuth (degrees), distance (metres; null if unknown) and on-screen flag of an event at a time in seconds. */
function positionAt(event, time) {
  const { frame, azimuth, distance, onscreen } = event.trajectory;
  if (!frame.length) return { azimuth: event.azimuth, distance: event.distance, onscreen: event.onscreen };
  const exact = time / STEP - 0.5;
  let low = 0, high = frame.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (frame[middle] <= exact) low = middle; else high = middle - 1;
  }
  const next = Math.min(low + 1, frame.length - 1);
  const weight = next === low ? 0 : Math.min(1, Math.max(0, (exact - frame[low]) / (frame[next] - frame[low])));
  return {
    azimuth: interpolate(azimuth[low], azimuth[next], weight, true),
    distance: interpolate(distance[low], distance[next], weight, false),
    onscreen: onscreen ? onscreen[low] : event.onscreen,
  };
}

function interpolate(first, second, weight, circular) {
  if (first === null || second === null) return first === null ? second : first;
  let step = second - first;
  if (circular) step = ((step + 540) % 360) - 180;
  return first + weight * step;
}

const isActive = (event, time) => event.onset <= time && time < event.offset;

// The same texts as in seldkit.text_format.
function directionText(azimuth) {
  if (azimuth === null) return "unknown";
  const size = Math.abs(Math.round(azimuth)), side = azimuth > 0 ? "left" : "right";
  const text = size < 10 ? "ahead" : size > 170 ? "behind" : size > 90 ? side + ", behind" : side;
  return size + "° " + text;
}
const distanceText = (metres) => (metres === null ? "unknown" : metres.toFixed(1) + " m");
const onscreenText = (flag) => (flag === null ? "–" : flag ? "on screen" : "off screen");

function timeText(time) {
  const tenths = Math.round(time * 10), pad = (number) => String(number).padStart(2, "0");
  const whole = Math.floor(tenths / 10), hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return (hours ? hours + ":" + pad(minutes) : minutes) + ":" + pad(whole % 60) + "." + (tenths % 10);
}
