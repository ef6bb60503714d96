"""Examination of a media file by decoding all of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seldkit.errors import MediaError
from seldkit.media.audio_track import AudioTrack
from seldkit.media.containers import open_media
from seldkit.media.media_info import AudioInfo, MediaInfo, VideoInfo, probe
from seldkit.media.stereo_pair import StereoPairCheck
from seldkit.media.video import TimedFrames
from seldkit.types import Samples

FULL_SCALE = 0.9999
"""Amplitude from which a sample is at full scale; the largest value of 16 bits is above it."""
MAX_CLIPPED_SHARE = 1e-4
"""Share of samples at full scale above which audio counts as clipped."""
SILENCE_AMPLITUDE = 10.0 ** (-80.0 / 20.0)
"""Peak amplitude below which audio counts as silent, -80 dBFS."""
MAX_DC_OFFSET = 0.01
"""Mean of a channel, relative to full scale, above which a DC offset is reported."""
MAX_DUAL_MONO_DIFFERENCE = 1e-3
"""Difference of two channels, relative to the peak (-60 dB), below which they count as equal."""
MAX_LENGTH_DIFFERENCE_SECONDS = 0.2
"""Difference between the ends of audio and video that is not reported."""


@dataclass(frozen=True)
class AudioReport:
    """Measurements of decoded audio.

    Attributes:
        seconds: Length in seconds.
        peak_dbfs: Peak level in dBFS.
        rms_dbfs: RMS level of the loudest channel in dBFS.
        clipped_share: Share of samples at full scale, between 0 and 1.
        dc_offset: Largest mean of a channel relative to full scale, between 0 and 1.
        dual_mono: Whether both channels are equal.
    """

    seconds: float
    peak_dbfs: float
    rms_dbfs: float
    clipped_share: float
    dc_offset: float
    dual_mono: bool


@dataclass(frozen=True)
class VideoReport:
    """Measurements of decoded video.

    Attributes:
        frames: Number of frames.
        seconds: End of the last frame, in seconds since the start of the presentation.
        variable_rate: Whether the frame rate varies.
    """

    frames: int
    seconds: float
    variable_rate: bool


@dataclass(frozen=True)
class MediaReport:
    """Result of `check_media`: declared properties, see `MediaInfo`, and measurements.

    Attributes:
        path: Path of the file.
        container: FFmpeg's name of the container format.
        duration: Declared duration in seconds; None if unknown.
        audio: Declared audio track; None without audio.
        video: Declared video track; None without video.
        cover_art: Whether a still image is attached.
        sound: Measurements of the audio; None if it cannot be decoded.
        picture: Measurements of the video; None if it cannot be decoded.
        problems: Problems, one line each.
    """

    path: Path
    container: str
    duration: float | None
    audio: AudioInfo | None
    video: VideoInfo | None
    cover_art: bool
    sound: AudioReport | None
    picture: VideoReport | None
    problems: list[str]


def check_media(path: str | Path) -> MediaReport:
    """Decodes a whole file in constant memory and reports its problems.

    Args:
        path: Path of the file.

    Returns:
        The report.

    Raises:
        MediaError: If the file is no media file, or neither audio nor video can be decoded.
    """
    info = probe(path)
    audio, video = None, None
    problems = [problem for problem in info.problems if not problem.endswith("late")]
    errors = []
    if info.audio is not None:
        try:
            audio, notes = _check_audio(info.path)
            problems += [note for note in notes if note not in problems]
        except MediaError as error:
            errors.append(error)
    if info.video is not None:
        try:
            video, notes = _check_video(info.path)
            problems += notes
        except MediaError as error:
            errors.append(error)
    if audio is None and video is None and errors:
        raise errors[0]
    problems += [str(error) for error in errors] + _length_problems(audio, video)
    return _report(info, audio, video, problems)


def _report(
    info: MediaInfo, audio: AudioReport | None, video: VideoReport | None, problems: list[str]
) -> MediaReport:
    return MediaReport(
        path=info.path,
        container=info.container,
        duration=info.duration,
        audio=info.audio,
        video=info.video,
        cover_art=info.cover_art,
        sound=audio,
        picture=video,
        problems=problems,
    )


def _check_audio(path: Path) -> tuple[AudioReport, list[str]]:
    levels = _Levels()
    with open_media(path) as container:
        track = AudioTrack(container, path)
        pair: StereoPairCheck | None = None
        for chunk in track:
            levels.add(chunk.samples)
            pair = pair or StereoPairCheck(chunk.sample_rate)
            pair.add(chunk.samples)
        report = levels.report(track.seconds)
        faults = [] if pair is None or report.dual_mono else pair.problems()
        return report, track.notes() + levels.problems(report) + faults


def _check_video(path: Path) -> tuple[VideoReport, list[str]]:
    with open_media(path) as container:
        frames = TimedFrames(container, path)
        for _ in frames:
            pass
        # Timestamps in milliseconds make constant rates of 24 or 30 Hz slightly uneven.
        varies = frames.count > 2 and frames.longest > 1.25 * frames.shortest + 0.002
        notes = frames.notes()
        if varies:
            shortest, longest = 1000 * frames.shortest, 1000 * frames.longest
            notes.append(f"variable frame rate: {shortest:.0f} to {longest:.0f} ms per frame")
        return VideoReport(frames.count, frames.end, varies), notes


def _length_problems(audio: AudioReport | None, video: VideoReport | None) -> list[str]:
    if audio is None or video is None or abs(audio.seconds - video.seconds) <= MAX_LENGTH_DIFFERENCE_SECONDS:
        return []
    return [f"audio and video differ in length: {audio.seconds:.2f} s and {video.seconds:.2f} s"]


class _Levels:
    """Statistics of the samples of each channel."""

    def __init__(self) -> None:
        self._channels = self._count = self._clipped = 0
        self._sum, self._energy, self._peak = np.zeros(0), np.zeros(0), 0.0
        self._difference = 0.0

    def add(self, samples: Samples) -> None:
        if len(samples) > self._channels:
            added = len(samples) - self._channels
            self._sum, self._energy = np.pad(self._sum, (0, added)), np.pad(self._energy, (0, added))
            self._channels = len(samples)
        magnitude = np.abs(samples)
        self._count += samples.shape[1]
        self._peak = max(self._peak, float(magnitude.max(initial=0.0)))
        self._clipped += int((magnitude >= FULL_SCALE).any(axis=0).sum())
        self._sum[: len(samples)] += samples.sum(axis=1, dtype=np.float64)
        self._energy[: len(samples)] += np.square(samples, dtype=np.float64).sum(axis=1)
        if len(samples) == 2:
            self._difference = max(self._difference, float(np.abs(samples[0] - samples[1]).max(initial=0.0)))

    def report(self, seconds: float) -> AudioReport:
        count = max(1, self._count)
        equal = self._channels == 2 and self._difference <= MAX_DUAL_MONO_DIFFERENCE * self._peak
        return AudioReport(
            seconds=seconds,
            peak_dbfs=_decibels(self._peak),
            rms_dbfs=_decibels(math.sqrt(self._energy.max(initial=0.0) / count)),
            clipped_share=self._clipped / count,
            dc_offset=float(np.abs(self._sum).max(initial=0.0)) / count,
            dual_mono=equal and self._peak > 0,
        )

    def problems(self, report: AudioReport) -> list[str]:
        problems = []
        if self._peak < SILENCE_AMPLITUDE:
            problems.append("the audio is silent")
        elif report.dual_mono:
            problems.append("dual mono: both channels are equal, so the direction is unknown")
        if report.clipped_share > MAX_CLIPPED_SHARE:
            problems.append(f"clipped: {100 * report.clipped_share:.2g} % of the samples are at full scale")
        if report.dc_offset > MAX_DC_OFFSET:
            problems.append(f"DC offset: the mean is {report.dc_offset:.3f} of full scale")
        return problems


def _decibels(amplitude: float) -> float:
    return 20.0 * math.log10(amplitude) if amplitude > 0 else -math.inf
