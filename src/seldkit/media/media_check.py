"""What is wrong with a media file, by decoding all of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seldkit.errors import MediaError
from seldkit.media.audio_track import AudioTrack
from seldkit.media.containers import open_media
from seldkit.media.media_info import AudioInfo, MediaInfo, VideoInfo, probe
from seldkit.media.video import TimedFrames
from seldkit.types import Samples

FULL_SCALE = 0.9999  # what 16 bits reach
CLIPPING = 1e-4
"""Share of samples at full scale from which sound counts as clipped."""
SILENCE = 10.0 ** (-80.0 / 20.0)
OFFSET = 0.01
SAME = 1e-3  # −60 dB
APART = 0.2


@dataclass(frozen=True)
class AudioReport:
    """Decoded sound: seconds, peak and RMS in dBFS (the loudest channel's), the share of samples at full
    scale, the largest mean of a channel (full scale 1), and whether two channels are equal.
    """

    seconds: float
    peak_dbfs: float
    rms_dbfs: float
    clipped_share: float
    dc_offset: float
    dual_mono: bool


@dataclass(frozen=True)
class VideoReport:
    """Decoded pictures: how many, when the last one ends (s), and whether their rate varies."""

    frames: int
    seconds: float
    variable_rate: bool


@dataclass(frozen=True)
class MediaReport:
    """What a file declares (see `MediaInfo`), what decoding it gave, and everything that is wrong with it."""

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
    """Decode a whole file, in constant memory, and say what is wrong with it.

    Raises MediaError where it is no media file or nothing of it can be read.
    """
    info = probe(path)
    sound, picture = None, None
    problems = [problem for problem in info.problems if "late" not in problem]
    failures = []
    if info.audio is not None:
        try:
            sound, notes = _check_sound(info.path)
            problems += [note for note in notes if note not in problems]
        except MediaError as failure:
            failures.append(failure)
    if info.video is not None:
        try:
            picture, notes = _check_picture(info.path)
            problems += notes
        except MediaError as failure:
            failures.append(failure)
    if sound is None and picture is None and failures:
        raise failures[0]
    problems += [str(failure) for failure in failures] + _length_problems(sound, picture)
    return _report(info, sound, picture, problems)


def _report(
    info: MediaInfo, sound: AudioReport | None, picture: VideoReport | None, problems: list[str]
) -> MediaReport:
    return MediaReport(
        path=info.path,
        container=info.container,
        duration=info.duration,
        audio=info.audio,
        video=info.video,
        cover_art=info.cover_art,
        sound=sound,
        picture=picture,
        problems=problems,
    )


def _check_sound(path: Path) -> tuple[AudioReport, list[str]]:
    levels = _Levels()
    with open_media(path) as container:
        track = AudioTrack(container, path)
        for piece in track:
            levels.add(piece.samples)
        report = levels.report(track.seconds)
        return report, track.notes() + levels.problems(report)


def _check_picture(path: Path) -> tuple[VideoReport, list[str]]:
    with open_media(path) as container:
        shown = TimedFrames(container, path)
        for _ in shown:
            pass
        # Milliseconds, in which some containers count, make a fixed rate of 24 or 30 look a little uneven.
        varies = shown.count > 2 and shown.longest > 1.25 * shown.shortest + 0.002
        notes = shown.notes()
        if varies:
            notes.append(
                f"variable frame rate: {1000 * shown.shortest:.0f} to {1000 * shown.longest:.0f} ms a frame"
            )
        return VideoReport(shown.count, shown.end, varies), notes


def _length_problems(sound: AudioReport | None, picture: VideoReport | None) -> list[str]:
    if sound is None or picture is None or abs(sound.seconds - picture.seconds) <= APART:
        return []
    return [f"sound and picture differ in length: {sound.seconds:.2f} s and {picture.seconds:.2f} s"]


class _Levels:
    """Sums over the samples of a sound, channel by channel."""

    def __init__(self) -> None:
        self._channels = self._count = self._clipped = 0
        self._total, self._energy, self._peak = np.zeros(0), np.zeros(0), 0.0
        self._difference = 0.0

    def add(self, samples: Samples) -> None:
        if len(samples) > self._channels:
            added = len(samples) - self._channels
            self._total, self._energy = np.pad(self._total, (0, added)), np.pad(self._energy, (0, added))
            self._channels = len(samples)
        size = np.abs(samples)
        self._count += samples.shape[1]
        self._peak = max(self._peak, float(size.max(initial=0.0)))
        self._clipped += int((size >= FULL_SCALE).any(axis=0).sum())
        self._total[: len(samples)] += samples.sum(axis=1, dtype=np.float64)
        self._energy[: len(samples)] += np.square(samples, dtype=np.float64).sum(axis=1)
        if len(samples) == 2:
            self._difference = max(self._difference, float(np.abs(samples[0] - samples[1]).max(initial=0.0)))

    def report(self, seconds: float) -> AudioReport:
        count = max(1, self._count)
        return AudioReport(
            seconds=seconds,
            peak_dbfs=_decibels(self._peak),
            rms_dbfs=_decibels(math.sqrt(self._energy.max(initial=0.0) / count)),
            clipped_share=self._clipped / count,
            dc_offset=float(np.abs(self._total).max(initial=0.0)) / count,
            dual_mono=self._channels == 2 and self._peak > 0 and self._difference <= SAME * self._peak,
        )

    def problems(self, report: AudioReport) -> list[str]:
        found = []
        if self._peak < SILENCE:
            found.append("the sound is silent")
        elif report.dual_mono:
            found.append("dual mono: both channels are the same, so direction cannot be told")
        if report.clipped_share > CLIPPING:
            found.append(f"clipped: {100 * report.clipped_share:.2g} % of the samples are at full scale")
        if report.dc_offset > OFFSET:
            found.append(f"DC offset: the mean is {report.dc_offset:.3f} of full scale")
        return found


def _decibels(amplitude: float) -> float:
    return 20.0 * math.log10(amplitude) if amplitude > 0 else -math.inf
