"""How a system does where one, two, or three and more sources sound at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from seldkit.annotations import Annotations
from seldkit.metrics import PROTOCOLS, Scores, evaluate
from seldkit.types import Flags, Integers

LEVELS: Final = {"1": (1, 1), "2": (2, 2), "3+": (3, 10_000)}
"""The fewest and the most sources of a frame that counts here."""


@dataclass(frozen=True)
class Overlap:
    """The scores on the frames with so many sources at once.

    sources: "1", "2" or "3+". frames: how many have so many. official: None for protocols of segments.
    """

    sources: str
    frames: int
    official: Scores | None
    strict: Scores

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "sources": self.sources,
            "frames": self.frames,
            "official": None if self.official is None else self.official.to_dict(),
            "strict": self.strict.to_dict(),
        }


def by_overlap(
    truth: Sequence[Annotations], found: Sequence[Annotations], protocol: str
) -> tuple[Overlap, ...]:
    """The scores by the number of sources, of any class, that the reference has in a frame.

    A frame counts with all that the reference and the answer hold in it; one in which the reference has no
    source counts nowhere. Clips without a frame of a level are left out of its scores and of their jackknife
    intervals; a level without frames is left out. The official reading leaves out what it leaves out of
    whole clips: each clip's frames from its last annotated one on.
    """
    counts = [np.bincount(one.frame, minlength=one.frame_count) for one in truth]
    levels = []
    for name, (fewest, most) in LEVELS.items():
        chosen = [(count >= fewest) & (count <= most) for count in counts]
        frames = sum(int(mask.sum()) for mask in chosen)
        if frames:
            segments = PROTOCOLS[protocol].is_segment_based  # has no scores of single frames
            official = None if segments else _scores(truth, found, chosen, protocol, "official")
            levels.append(Overlap(name, frames, official, _scores(truth, found, chosen, protocol, "strict")))
    return tuple(levels)


def _scores(
    truth: Sequence[Annotations],
    found: Sequence[Annotations],
    chosen: Sequence[Flags],
    protocol: str,
    reading: str,
) -> Scores:
    """The scores of the chosen frames of each clip."""
    held = [number for number, mask in enumerate(chosen) if mask.any()]
    references = [truth[number].take(_rows(truth[number].frame, chosen[number])) for number in held]
    if reading == "official":  # it ends before the last annotated frame, which therefore has to stay
        references = [
            truth[number].take(_rows(truth[number].frame, _with_last(truth[number], chosen[number])))
            for number in held
        ]
    answers = [found[number].take(_rows(found[number].frame, chosen[number])) for number in held]
    return evaluate(references, answers, protocol, reading, jackknife=True)  # type: ignore[arg-type]


def _rows(frame: Integers, chosen: Flags) -> Flags:
    """The rows in chosen frames; an answer may go on after the reference's end."""
    within = frame < len(chosen)
    rows: Flags = within & chosen[np.minimum(frame, len(chosen) - 1)]
    return rows


def _with_last(clip: Annotations, chosen: Flags) -> Flags:
    """The chosen frames and the clip's last annotated one."""
    wider = chosen.copy()
    wider[clip.frame.max()] = True
    return wider
