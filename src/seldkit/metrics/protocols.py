"""The yearly protocols by name. A new one is a function that counts, a function that scores, and a line
here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from seldkit.formats import ClipTable
from seldkit.metrics.formulas import Average, Named, scores_2023, scores_2024, scores_2025
from seldkit.metrics.frame_based import count_2024, count_2025
from seldkit.metrics.segment_based import count_2023
from seldkit.metrics.selection import Rules
from seldkit.metrics.statistics import ProtocolCounts
from seldkit.registry import Registry

Reading = Literal["official", "strict"]


@dataclass(frozen=True)
class Protocol:
    """How a year's challenge is scored.

    count: from references and predictions of the same clips to additive counts. score: from counts with any
    leading axes to named scores, overall and class-wise. distance: whether references must have distances.
    """

    count: Callable[[ClipTable, ClipTable, Rules], ProtocolCounts]
    score: Callable[[ProtocolCounts, Average, bool], tuple[Named, Named]]
    distance: bool


PROTOCOLS: Final[Registry[Protocol]] = Registry("protocol")
"""Every protocol by its name."""

PROTOCOLS.register("dcase2025")(Protocol(count_2025, scores_2025, distance=True))
PROTOCOLS.register("dcase2024")(Protocol(count_2024, scores_2024, distance=True))
PROTOCOLS.register("dcase2023")(Protocol(count_2023, scores_2023, distance=False))
