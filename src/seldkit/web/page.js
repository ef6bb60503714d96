"use strict";
// An event's time takes the player there.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-seconds]");
  const video = document.querySelector("#video video");
  if (button && video) {
    video.currentTime = Number(button.dataset.seconds);
    video.play();
  }
});
// What browsers do to voices in calls (echo, noise, loudness, one channel) leaves no direction to hear.
if (navigator.mediaDevices) {
  const asked = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 2 };
  navigator.mediaDevices.getUserMedia = (wanted) => {
    if (!wanted.audio) return asked(wanted);
    return asked({ ...wanted, audio: { ...plain, ...(wanted.audio === true ? {} : wanted.audio) } });
  };
}
