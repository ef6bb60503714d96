"""Assignment of the rows of a frame to tracks, within a gate."""

from collections.abc import Sequence
from typing import Final

from seldkit.assignment import search_assignment
from seldkit.tracking.motion import Motion, Observation

GATED_COST: Final = 1e6
"""Cost of a pair outside the gate, above any sum of costs inside it."""
TENTATIVE_COST: Final = 8.0
"""Additional cost of a track that is not confirmed yet, so that confirmed tracks have priority."""


def link(
    motions: Sequence[Motion], confirmed: Sequence[bool], rows: Sequence[Observation], gate: float
) -> dict[int, int]:
    """Assigns rows to tracks of one class in one frame (Hungarian algorithm, Kuhn 1955).

    As many rows as possible are assigned, at the smallest total cost.

    Args:
        motions: Motion model of each track, advanced to the frame.
        confirmed: Whether each track is an event already.
        rows: Observations in the frame.
        gate: Largest angle between prediction and row in degrees.

    Returns:
        The index of the track for each assigned row, by the index of the row.
    """
    costs = [[_cost(*track, row, gate) for row in rows] for track in zip(motions, confirmed, strict=True)]
    if not costs or not rows:
        return {}
    return {row: track for track, row in search_assignment(costs) if costs[track][row] < GATED_COST}


def _cost(motion: Motion, confirmed: bool, row: Observation, gate: float) -> float:
    if motion.angular_error(row) > gate:
        return GATED_COST
    return motion.cost(row) + (0.0 if confirmed else TENTATIVE_COST)
