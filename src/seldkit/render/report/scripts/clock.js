// The player, or a clock without sound where there is none that this browser can play.
const clock = (() => {
  const listeners = [];
  let media = null, heard = false, url = null;
  const linked = /^#t=(\d+(\.\d+)?)$/.exec(location.hash); // report.html#t=6.2 begins there
  let time = linked ? Math.min(seconds, Number(linked[1])) : 0; // of the silent clock
  let started = null; // when it was started there

  const silentTime = () => Math.min(seconds, started === null ? time : time + (performance.now() - started) / 1000);
  const now = () => (heard ? media.currentTime : silentTime());
  const playing = () => (heard ? !media.paused && !media.ended : started !== null);
  const tell = () => listeners.forEach((listener) => listener(now(), playing()));

  function tick() {
    if (!heard && started !== null && silentTime() >= seconds) { time = seconds; started = null; }
    tell();
    if (playing()) requestAnimationFrame(tick);
  }

  function seek(to) {
    const target = Math.min(seconds, Math.max(0, to));
    if (heard) media.currentTime = target;
    time = target;
    if (started !== null) started = performance.now();
    tell();
  }

  function toggle() {
    if (heard) {
      if (media.paused || media.ended) media.play().catch(() => fail()); else media.pause();
      return;
    }
    if (started !== null) { time = silentTime(); started = null; }
    else { if (time >= seconds) time = 0; started = performance.now(); }
    tick();
  }

  function fail() {
    heard = false;
    byId("missing").hidden = false;
    byId("missing-text").textContent = extra.media
      ? "“" + extra.media.name + "” could not be opened: it is not beside this page any more, or this browser " +
        "does not play its kind. The timeline plays without it."
      : "This page has no recording with it. The timeline plays without one.";
    byId("screen").hidden = true;
    tell();
  }

  function open(source, kind) {
    media = make(kind, { controls: true, preload: "metadata", playsinline: true });
    if (extra.media && extra.media.width) media.width = extra.media.width, media.height = extra.media.height;
    const mine = media;
    media.addEventListener("loadedmetadata", () => {
      if (mine !== media) return;
      heard = true;
      byId("missing").hidden = true;
      byId("screen").hidden = false;
      seek(time);
    });
    media.addEventListener("error", () => { if (mine === media) fail(); });
    for (const kind of ["seeking", "seeked", "pause", "ended", "timeupdate"]) media.addEventListener(kind, tell);
    media.addEventListener("play", tick);
    media.src = source;
    byId("screen").replaceChildren(media);
    addCaptions();
  }

  function addCaptions() {
    if (media.tagName !== "VIDEO" || !window.VTTCue) return;
    const track = media.addTextTrack("captions", "Sound events", "en");
    events.forEach((event, number) => track.addCue(new VTTCue(event.onset, event.offset, extra.captions[number])));
    track.mode = "hidden";
  }

  function embedded() {
    const text = atob(byId("recording").textContent.trim());
    const bytes = Uint8Array.from(text, (sign) => sign.charCodeAt(0));
    return URL.createObjectURL(new Blob([bytes], { type: extra.media.type }));
  }

  byId("choose").addEventListener("change", (change) => {
    const file = change.target.files[0];
    if (!file) return;
    if (url) URL.revokeObjectURL(url);
    url = URL.createObjectURL(file);
    open(url, file.type.startsWith("audio") ? "audio" : "video");
  });
  if (extra.media) open(extra.media.embedded ? embedded() : extra.media.url, extra.media.kind);
  else fail();

  return { now, playing, seek, toggle, listen: (listener) => { listeners.push(listener); } };
})();
