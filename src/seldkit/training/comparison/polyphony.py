"""Scores by number of simultaneous sources."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from seldkit.annotations import Annotations
from seldkit.metrics import PROTOCOLS, Scores, evaluate
from seldkit.metrics.protocol import Reading
from seldkit.types import Flags, Integers

POLYPHONY_LEVELS: Final = {"1": (1, 1), "2": (2, 2), "3+": (3, 10_000)}
"""Smallest and largest number of sources by name of the level."""


@dataclass(frozen=True)
class PolyphonyScores:
    """Scores on the frames with a given number of sources.

    Attributes:
        sources: Level: "1", "2" or "3+".
        frames: Number of frames.
        official: Scores in the official reading; None for protocols that count segments.
        strict: Scores in the strict reading.
    """

    sources: str
    frames: int
    official: Scores | None
    strict: Scores

    def to_dict(self) -> dict[str, Any]:
        """Converts the values for JSON.

        Returns:
            Values by name.
        """
        return {
            "sources": self.sources,
            "frames": self.frames,
            "official": None if self.official is None else self.official.to_dict(),
            "strict": self.strict.to_dict(),
        }


def scores_by_polyphony(
    references: Sequence[Annotations], predictions: Sequence[Annotations], protocol: str
) -> tuple[PolyphonyScores, ...]:
    """Computes scores by the number of reference sources of any class in a frame.

    A frame counts with all its references and predictions; frames without a reference do not count. Clips
    without a frame of a level do not affect its scores and jackknife intervals. The official reading skips
    the same frames as in whole clips: each clip's frames from its last annotated one on.

    Args:
        references: Ground truth of each clip.
        predictions: Predictions for the same clips.
        protocol: Name of the protocol.

    Returns:
        Scores of the levels that have frames.
    """
    counts = [np.bincount(clip.frame, minlength=clip.frame_count) for clip in references]
    levels = []
    for name, (smallest, largest) in POLYPHONY_LEVELS.items():
        selected = [(count >= smallest) & (count <= largest) for count in counts]
        frames = sum(int(mask.sum()) for mask in selected)
        if frames:
            official = (
                None  # segments have no scores of single frames
                if PROTOCOLS[protocol].is_segment_based
                else _scores(references, predictions, selected, protocol, "official")
            )
            strict = _scores(references, predictions, selected, protocol, "strict")
            levels.append(PolyphonyScores(name, frames, official, strict))
    return tuple(levels)


def _scores(
    references: Sequence[Annotations],
    predictions: Sequence[Annotations],
    selected: Sequence[Flags],
    protocol: str,
    reading: Reading,
) -> Scores:
    """Scores of the selected frames of each clip."""
    reference_parts, prediction_parts = [], []
    for reference, prediction, mask in zip(references, predictions, selected, strict=True):
        if mask.any():
            # The official reading ends before the last annotated frame, which is therefore kept.
            kept = _with_last_frame(reference, mask) if reading == "official" else mask
            reference_parts.append(reference.take(_rows(reference.frame, kept)))
            prediction_parts.append(prediction.take(_rows(prediction.frame, mask)))
    return evaluate(reference_parts, prediction_parts, protocol, reading, jackknife=True)


def _rows(frame: Integers, selected: Flags) -> Flags:
    """Mask of the rows in selected frames; predictions may continue after the end of the reference."""
    within = frame < len(selected)
    rows: Flags = within & selected[np.minimum(frame, len(selected) - 1)]
    return rows


def _with_last_frame(clip: Annotations, selected: Flags) -> Flags:
    """The selected frames and the last annotated one."""
    extended = selected.copy()
    extended[clip.frame.max()] = True
    return extended
