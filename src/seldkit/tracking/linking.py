"""Which row of a frame continues which track: the cheapest assignment within the gate."""

from collections.abc import Sequence
from itertools import permutations
from math import perm
from typing import Final

import numpy as np

from seldkit.tracking.motion import Motion, Observation

REFUSED: Final = 1e6
"""The cost of a pair beyond the gate; so high that the solver takes one only where it must."""
MOST_WAYS: Final = 400
"""Ways to give tracks to rows that are tried one by one."""
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
    return {row: track for track, row in assigned(costs) if costs[track][row] < REFUSED}


def assigned(costs: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """The pairs of lines and columns of a table of costs, one for each of the fewer, that cost least in all.

    All ways are tried where there are few, as for the three tracks of a decoder: SciPy's solver would take
    longer to import than a minute of tracking.
    """
    lines, columns = len(costs), len(costs[0])
    if perm(max(lines, columns), min(lines, columns)) > MOST_WAYS:
        from scipy.optimize import linear_sum_assignment

        return [
            (int(line), int(column))
            for line, column in zip(*linear_sum_assignment(np.array(costs)), strict=True)
        ]
    if lines <= columns:
        ways = [list(enumerate(way)) for way in permutations(range(columns), lines)]
    else:
        ways = [
            [(line, column) for column, line in enumerate(way)] for way in permutations(range(lines), columns)
        ]
    return min(ways, key=lambda way: sum(costs[line][column] for line, column in way))


def _cost(motion: Motion, established: bool, row: Observation, gate: float) -> float:
    if motion.off(row) > gate:
        return REFUSED
    return motion.cost(row) + (0.0 if established else TENTATIVE)
