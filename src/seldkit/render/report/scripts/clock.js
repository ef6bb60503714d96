// The media player, or a clock if the recording is missing or cannot be played by this browser.
const clock = (() => {
  const listeners = [];
  let media = null, hasMedia = false, url = null;
  const fragment = /^#t=(\d+(\.\d+)?)$/.exec(location.hash); // report.html#t=6.2 starts at 6.2 s
  let time = fragment ? Math.min(seconds, Number(fragment[1])) : 0; // of the clock without media
  let started = null; // performance.now() at which the clock was started

  const clockTime = () =>
    Math.min(seconds, started === null ? time : time + (performance.now() - started) / 1000);
  const now = () => (hasMedia ? media.currentTime : clockTime());
  const playing = () => (hasMedia ? !media.paused && !media.ended : started !== null);
  const notify = () => listeners.forEach((listener) => listener(now(), playing()));

  function tick() {
    if (!hasMedia && started !== null && clockTime() >= seconds) { time = seconds; started = null; }
    notify();
    if (playing()) requestAnimationFrame(tick);
  }

  function seek(to) {
    const target = Math.min(seconds, Math.max(0, to));
    if (hasMedia) media.currentTime = target;
    time = target;
    if (started !== null) started = performance.now();
    notify();
  }

  function toggle() {
    if (hasMedia) {
      if (media.paused || media.ended) media.play().catch(() => fail()); else media.pause();
      return;
    }
    if (started !== null) { time = clockTime(); started = null; }
    else { if (time >= seconds) time = 0; started = performance.now(); }
    tick();
  }

  function fail() {
    hasMedia = false;
    byId("missing").hidden = false;
    byId("missing-text").textContent = extra.media
      ? "“" + extra.media.name + "” cannot be opened: the file was moved or deleted, or this browser does not " +
        "support its format. The timeline plays without it."
      : "This report contains no recording. The timeline plays without one.";
    showPoster();
    notify();
  }

  /** Replaces the player by a still image, so that a video that cannot be displayed is never a black area. */
  function showPoster() {
    const poster = extra.media && extra.media.poster;
    byId("screen").hidden = !poster;
    if (poster) byId("screen").replaceChildren(make("img", { src: poster, alt: "Still image of the recording" }));
  }

  /** Plays the audio of a video that this browser cannot display. */
  function playAudioOf(source) {
    open(source, "audio");
    const poster = extra.media && extra.media.poster;
    if (poster) byId("screen").prepend(make("img", { src: poster, alt: "Still image of the recording" }));
    byId("no-image").hidden = false;
  }

  function open(source, kind) {
    media = make(kind, { controls: true, preload: "metadata", playsinline: true });
    if (kind === "video" && extra.media && extra.media.poster) media.poster = extra.media.poster;
    if (extra.media && extra.media.width) media.width = extra.media.width, media.height = extra.media.height;
    const opened = media;
    media.addEventListener("loadedmetadata", () => {
      if (opened !== media) return;
      if (kind === "video" && !media.videoWidth) { playAudioOf(source); return; }
      hasMedia = true;
      byId("missing").hidden = true;
      byId("screen").hidden = false;
      seek(time);
    });
    media.addEventListener("error", () => { if (opened === media) fail(); });
    for (const kind of ["seeking", "seeked", "pause", "ended", "timeupdate"]) media.addEventListener(kind, notify);
    media.addEventListener("play", tick);
    media.src = source;
    byId("screen").replaceChildren(media);
    addCaptions();
  }

  function addCaptions() {
    if (media.tagName !== "VIDEO" || !window.VTTCue) return;
    const track = media.addTextTrack("captions", "Sound events", "en");
    events.forEach((event, index) => track.addCue(new VTTCue(event.onset, event.offset, extra.captions[index])));
    track.mode = "hidden";
  }

  function embedded() {
    const text = atob(byId("recording").textContent.trim());
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    return URL.createObjectURL(new Blob([bytes], { type: extra.media.type }));
  }

  byId("choose").addEventListener("change", (change) => {
    const file = change.target.files[0];
    if (!file) return;
    if (url) URL.revokeObjectURL(url);
    url = URL.createObjectURL(file);
    byId("no-image").hidden = true;
    open(url, file.type.startsWith("audio") ? "audio" : "video");
  });
  if (extra.media) open(extra.media.embedded ? embedded() : extra.media.url, extra.media.kind);
  else fail();

  return { now, playing, seek, toggle, listen: (listener) => { listeners.push(listener); } };
})();
