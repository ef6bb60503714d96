"""Statistics of a clip: its audio, its video, and the agreement of audio and labels."""

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
"""Minimum |sin(azimuth) · cos(elevation)| of labels that are compared with the audio: 17° at elevation 0."""
MIN_RELATIVE_POWER: Final = 0.01
"""Minimum power of frames that are compared, relative to the loudest frame: -20 dB."""


@dataclass(frozen=True)
class SideAgreement:
    """Agreement of the lateral positions of audio and labels. Agreements of several clips can be added.

    Loud frames with one labelled source that is not near the median plane are compared. x is the lateral
    position of the label, sin(azimuth) · cos(elevation), and y is that of the audio, see `lateral_position`.

    Attributes:
        left: Number of frames with a label on the left.
        right: Number of frames with a label on the right.
        product: Σ xy.
        size: Σ |xy|.
        square: Σ x².
    """

    left: int = 0
    right: int = 0
    product: float = 0.0
    size: float = 0.0
    square: float = 0.0

    @property
    def frames(self) -> int:
        """Number of compared frames."""
        return self.left + self.right

    @property
    def agreement(self) -> float:
        """Σ xy / Σ |xy|: 1 if all frames agree, -1 if all have opposite sides, 0 without frames."""
        return self.product / self.size if self.size else 0.0

    @property
    def slope(self) -> float:
        """Σ xy / Σ x²: 1 for a coincident pair without reverberation, negative for opposite sides."""
        return self.product / self.square if self.square else 0.0

    def __add__(self, other: "SideAgreement") -> "SideAgreement":
        return SideAgreement(
            *(getattr(self, name) + getattr(other, name) for name in SideAgreement.__match_args__)
        )


@dataclass(frozen=True)
class ClipStatistics:
    """Statistics of a clip.

    Attributes:
        name: Name of the clip.
        audio: Statistics of the audio; None if the file is missing or cannot be read.
        video_seconds: Duration of the video in seconds; None if the file is missing, cannot be read or does
            not contain its duration.
        sides: Agreement of audio and labels.
        errors: Errors of files that cannot be read, one line each.
    """

    name: str
    audio: AudioStatistics | None
    video_seconds: float | None
    sides: SideAgreement
    errors: tuple[str, ...]


@dataclass(frozen=True)
class StatisticsTask:
    """Measures several clips in one process.

    Attributes:
        layout: Layout of the dataset.
        input: Channel layout of the audio: "stereo", "foa" or "mic".
    """

    layout: FolderLayout
    input: str

    def __call__(self, clips: Sequence[DatasetClip]) -> list[ClipStatistics]:
        """Measures several clips."""
        return [measure_clip(clip, self.layout, self.input) for clip in clips]


def measure_clip(clip: DatasetClip, layout: FolderLayout, input: str) -> ClipStatistics:
    """Computes the statistics of a clip. Of the video, only the header is read.

    Args:
        clip: The clip.
        layout: Layout of the dataset.
        input: Channel layout of the audio: "stereo", "foa" or "mic".

    Returns:
        The statistics.
    """
    errors: list[str] = []
    audio, video_seconds, sides = None, None, SideAgreement()
    if clip.audio is not None:
        try:
            audio = measure_file(clip.audio, input)
        except MediaError as problem:
            errors.append(str(problem))
    if clip.video is not None:
        try:
            video = probe(clip.video).video
            if video is None:
                errors.append(f"{clip.video}: expected video, found none; replace the file")
            else:
                video_seconds = video.duration
        except MediaError as problem:
            errors.append(str(problem))
    if audio is not None and clip.metadata is not None:
        try:
            labels = read_label_file(clip.metadata, layout, len(audio.level))
            sides = measure_side_agreement(labels, audio)
        except FormatError:
            pass  # reported by `read_dataset_labels`
    return ClipStatistics(clip.name, audio, video_seconds, sides, tuple(errors))


def measure_side_agreement(labels: Annotations, audio: AudioStatistics) -> SideAgreement:
    """Compares the lateral positions of audio and labels.

    Args:
        labels: Labels of a clip.
        audio: Statistics of its audio.

    Returns:
        The agreement.
    """
    rows = labels.take(labels.frame < len(audio.level))
    single = np.bincount(rows.frame, minlength=len(audio.level))[rows.frame] == 1
    x = np.sin(np.radians(rows.azimuth))
    if rows.elevation is not None:
        x = x * np.cos(np.radians(rows.elevation))
    loud = audio.level[rows.frame] >= MIN_RELATIVE_POWER * audio.level.max(initial=0.0)
    compared = single & loud & (np.abs(x) >= MIN_LATERAL_POSITION)
    x = x[compared]
    product = x * audio.side[rows.frame[compared]]
    return SideAgreement(
        left=int((x > 0).sum()),
        right=int((x < 0).sum()),
        product=float(product.sum()),
        size=float(np.abs(product).sum()),
        square=float((x * x).sum()),
    )
