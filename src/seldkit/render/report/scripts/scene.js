// What the page holds, and where each event is at any time.
const byId = (id) => document.getElementById(id);
const scene = JSON.parse(byId("scene").textContent);
const extra = JSON.parse(byId("extra").textContent);
const STEP = scene.frame_seconds;
const seconds = Math.max(STEP, scene.frame_count * STEP);

const numbered = (list) => list.map((event, number) => ({ ...event, number }));
const events = numbered(scene.events);
const truth = numbered(extra.truth);
const used = [...new Map([...events, ...truth].map((event) => [event.class_id, event.class]))]
  .sort((one, other) => one[0] - other[0])
  .map(([id, name]) => ({ id, name, rows: events.filter((event) => event.class_id === id).length }));

/** Azimuth (degrees), distance (metres; null where unknown) and on-screen flag of an event at a time. */
function placeAt(event, time) {
  const { frame, azimuth, distance, onscreen } = event.trajectory;
  if (!frame.length) return { azimuth: event.azimuth, distance: event.distance, onscreen: event.onscreen };
  const at = time / STEP - 0.5;
  let low = 0, high = frame.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (frame[middle] <= at) low = middle; else high = middle - 1;
  }
  const next = Math.min(low + 1, frame.length - 1);
  const share = next === low ? 0 : Math.min(1, Math.max(0, (at - frame[low]) / (frame[next] - frame[low])));
  return {
    azimuth: between(azimuth[low], azimuth[next], share, true),
    distance: between(distance[low], distance[next], share, false),
    onscreen: onscreen ? onscreen[low] : event.onscreen,
  };
}

function between(one, other, share, circular) {
  if (one === null || other === null) return one === null ? other : one;
  let step = other - one;
  if (circular) step = ((step + 540) % 360) - 180;
  return one + share * step;
}

const sounds = (event, time) => event.onset <= time && time < event.offset;

// Words, as seldkit.text_format says them.
function directionWords(azimuth) {
  if (azimuth === null) return "unknown";
  const size = Math.abs(Math.round(azimuth)), side = azimuth > 0 ? "left" : "right";
  const word = size < 10 ? "ahead" : size > 170 ? "behind" : size > 90 ? side + ", behind" : side;
  return size + "° " + word;
}
const distanceWords = (metres) => (metres === null ? "unknown" : metres.toFixed(1) + " m");
const pictureWords = (flag) => (flag === null ? "–" : flag ? "on screen" : "off screen");

function timeWords(time) {
  const tenths = Math.round(time * 10), pad = (number) => String(number).padStart(2, "0");
  const whole = Math.floor(tenths / 10), hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return (hours ? hours + ":" + pad(minutes) : minutes) + ":" + pad(whole % 60) + "." + (tenths % 10);
}
