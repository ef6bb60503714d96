"""Which row of a frame continues which track: the cheapest assignment within the gate."""

from collections.abc import Sequence
from typing import Final

from seldkit.assignment import search_assignment
from seldkit.tracking.motion import Motion, Observation

REFUSED: Final = 1e6
"""The cost of a pair beyond the gate; so high that the solver takes one only where it must."""
TENTATIVE: Final = 8.0
"""What it costs more to continue a track that has not lasted yet: established ones come first."""


def link(
    motions: Sequence[Motion], established: Sequence[bool], rows: Sequence[Observation], gate: float
) -> dict[int, int]:
    """The track of each row that continues one, as numbers of rows and tracks of one class and frame.

    gate: degrees from the expected direction. As many rows as possible are given tracks, at the least total
    cost (Hungarian algorithm; Kuhn 1955).
    """
    costs = [[_cost(*track, row, gate) for row in rows] for track in zip(motions, established, strict=True)]
    if not costs or not rows:
        return {}
    return {row: track for track, row in search_assignment(costs) if costs[track][row] < REFUSED}


def _cost(motion: Motion, established: bool, row: Observation, gate: float) -> float:
    if motion.off(row) > gate:
        return REFUSED
    return motion.cost(row) + (0.0 if established else TENTATIVE)
