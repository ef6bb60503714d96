"""One clip examined: its sound, its video, and how the two and its labels go together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from seldkit.annotations import Annotations
from seldkit.datasets.clip_index import DatasetClip, read_label_file
from seldkit.datasets.folder_layout import FolderLayout
from seldkit.datasets.validation.audio_statistics import AudioStatistics, measure_file
from seldkit.errors import FormatError, MediaError
from seldkit.media import probe

MIN_LATERAL_POSITION: Final = 0.3
"""Least |sin(azimuth)·cos(elevation)| of a frame that can tell left from right: 17°."""
MIN_RELATIVE_POWER: Final = 0.01
"""Share of the loudest frame's power from which a frame can tell: −20 dB."""


@dataclass(frozen=True)
class SideAgreement:
    """How the sound's sides agree with the labels', over the loud frames with one labelled source to a side.

    left, right: frames by the labelled side. With the labelled x = sin(azimuth)·cos(elevation) and the heard
    y (see `sound.sideways`): product Σ xy, size Σ |xy|, square Σ x². The sums of several clips add up.
    """

    left: int = 0
    right: int = 0
    product: float = 0.0
    size: float = 0.0
    square: float = 0.0

    @property
    def frames(self) -> int:
        """Frames that can tell."""
        return self.left + self.right

    @property
    def agreement(self) -> float:
        """1 where every frame agrees, −1 where each is the other way; 0 without any."""
        return self.product / self.size if self.size else 0.0

    @property
    def slope(self) -> float:
        """How far the sound leans to the labelled side, 1 for a coincident pair without reverberation."""
        return self.product / self.square if self.square else 0.0

    def __add__(self, other: "SideAgreement") -> "SideAgreement":
        return SideAgreement(
            *(getattr(self, name) + getattr(other, name) for name in SideAgreement.__match_args__)
        )


@dataclass(frozen=True)
class ClipStatistics:
    """What examining a clip gave; None where it has no such file or it cannot be read.

    video_seconds: None also where the file does not say. errors: of files that cannot be read, one line each.
    """

    name: str
    sound: AudioStatistics | None
    video_seconds: float | None
    sides: SideAgreement
    errors: tuple[str, ...]


@dataclass(frozen=True)
class StatisticsTask:
    """The work of one process: the clips of a group, one after the other."""

    layout: FolderLayout
    input: str

    def __call__(self, clips: Sequence[DatasetClip]) -> list[ClipStatistics]:
        """The facts of each clip, in order."""
        return [measure_clip(clip, self.layout, self.input) for clip in clips]


def measure_clip(clip: DatasetClip, layout: FolderLayout, input: str) -> ClipStatistics:
    """Read a clip's sound and labels and its video's header."""
    errors: list[str] = []
    sound, video_seconds, sides = None, None, SideAgreement()
    if clip.audio is not None:
        try:
            sound = measure_file(clip.audio, input)
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
            labels = read_label_file(clip.metadata, layout, len(sound.level))
            sides = measure_side_agreement(labels, sound)
        except FormatError:
            pass  # the labels' own examination says it
    return ClipStatistics(clip.name, sound, video_seconds, sides, tuple(errors))


def measure_side_agreement(labels: Annotations, sound: AudioStatistics) -> SideAgreement:
    """How the sound's sides agree with the labels'."""
    heard = labels.take(labels.frame < len(sound.level))
    alone = np.bincount(heard.frame, minlength=len(sound.level))[heard.frame] == 1
    x = np.sin(np.radians(heard.azimuth))
    if heard.elevation is not None:
        x = x * np.cos(np.radians(heard.elevation))
    loud = sound.level[heard.frame] >= MIN_RELATIVE_POWER * sound.level.max(initial=0.0)
    kept = alone & loud & (np.abs(x) >= MIN_LATERAL_POSITION)
    x = x[kept]
    product = x * sound.side[heard.frame[kept]]
    return SideAgreement(
        left=int((x > 0).sum()),
        right=int((x < 0).sum()),
        product=float(product.sum()),
        size=float(np.abs(product).sum()),
        square=float((x * x).sum()),
    )
