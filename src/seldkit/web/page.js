"use strict";
// The onset of an event seeks the player.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-seconds]");
  const video = document.querySelector("#video video");
  if (button && video) {
    video.currentTime = Number(button.dataset.seconds);
    video.play();
  }
});
// Browsers process voices by default (echo cancellation, noise suppression, automatic gain, mono), which removes
// the level differences between the channels.
if (navigator.mediaDevices) {
  const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const unprocessed = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 2 };
  navigator.mediaDevices.getUserMedia = (constraints) => {
    if (!constraints.audio) return original(constraints);
    const audio = { ...unprocessed, ...(constraints.audio === true ? {} : constraints.audio) };
    return original({ ...constraints, audio });
  };
}
