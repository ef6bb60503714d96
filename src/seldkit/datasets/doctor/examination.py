"""One clip examined: its sound, its video, and how the two and its labels go together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from seldkit.annotations import Annotations
from seldkit.datasets.clips import Clip
from seldkit.datasets.doctor.sound import SoundFacts, listen
from seldkit.datasets.layouts import Layout
from seldkit.errors import FormatError, MediaError
from seldkit.formats import read_annotations
from seldkit.media import probe

SIDEWAYS: Final = 0.3
"""Least |sin(azimuth)·cos(elevation)| of a frame that can tell left from right: 17°."""
LOUD: Final = 0.01
"""Share of the loudest frame's power from which a frame can tell: −20 dB."""


@dataclass(frozen=True)
class Sides:
    """How the sound's sides agree with the labels', over the loud frames with one labelled source to a side.

    frames: how many. agreement: Σ xy / Σ |xy| of the labelled x = sin(azimuth)·cos(elevation) and the heard
    y (see `sound.sideways`): 1 where every frame agrees, −1 where each is the other way. slope: Σ xy / Σ x².
    """

    frames: int
    agreement: float
    slope: float


@dataclass(frozen=True)
class ClipFacts:
    """What examining a clip gave; None where it has no such file or it cannot be read.

    video_seconds: None also where the file does not say. errors: of files that cannot be read, one line each.
    """

    name: str
    sound: SoundFacts | None
    video_seconds: float | None
    sides: Sides | None
    errors: tuple[str, ...]


@dataclass(frozen=True)
class ExaminationTask:
    """The work of one process: the clips of a group, one after the other."""

    layout: Layout
    input: str

    def __call__(self, clips: Sequence[Clip]) -> list[ClipFacts]:
        """The facts of each clip, in order."""
        return [examine_clip(clip, self.layout, self.input) for clip in clips]


def examine_clip(clip: Clip, layout: Layout, input: str) -> ClipFacts:
    """Read a clip's sound and labels and its video's header."""
    errors: list[str] = []
    sound, video_seconds, sides = None, None, None
    if clip.audio is not None:
        try:
            sound = listen(clip.audio, input)
        except MediaError as problem:
            errors.append(str(problem))
    if clip.video is not None:
        try:
            pictures = probe(clip.video).video
            if pictures is None:
                errors.append(f"{clip.video}: expected pictures, found none")
            else:
                video_seconds = pictures.duration
        except MediaError as problem:
            errors.append(str(problem))
    if sound is not None and clip.metadata is not None:
        try:
            labels = read_annotations(clip.metadata, layout.format, len(sound.level), layout.classes)
            sides = sides_of(labels, sound)
        except FormatError:
            pass  # the labels' own examination says it
    return ClipFacts(clip.name, sound, video_seconds, sides, tuple(errors))


def sides_of(labels: Annotations, sound: SoundFacts) -> Sides | None:
    """How the sound's sides agree with the labels'; None where no frame can tell."""
    heard = labels.take(labels.frame < len(sound.level))
    alone = np.bincount(heard.frame, minlength=len(sound.level))[heard.frame] == 1
    x = np.sin(np.radians(heard.azimuth))
    if heard.elevation is not None:
        x = x * np.cos(np.radians(heard.elevation))
    loud = sound.level[heard.frame] >= LOUD * sound.level.max(initial=0.0)
    kept = alone & loud & (np.abs(x) >= SIDEWAYS)
    x, y = x[kept], sound.side[heard.frame[kept]]
    total = float(np.abs(x * y).sum())
    if total == 0.0:
        return None
    along = float((x * y).sum())
    return Sides(len(x), along / total, along / float((x * x).sum()))
