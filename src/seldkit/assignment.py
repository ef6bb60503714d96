"""Minimum-cost assignment (Hungarian algorithm) of rows to columns.

SciPy's solver is imported on first use only: importing it takes longer than tracking one minute of audio.
"""

from collections.abc import Sequence
from itertools import permutations
from math import perm
from typing import Final

import numpy as np

from seldkit.types import Floats, Integers

MAX_BATCH_SEARCH_SIZE: Final = 3
"""Largest matrix dimension for which `solve_assignments` compares all assignments."""

MAX_SEARCHED_ASSIGNMENTS: Final = 400
"""Largest number of assignments that `search_assignment` compares."""

TIE_TOLERANCE: Final = 1e-9
"""Total costs that differ by less are a tie."""


def solve_assignment(costs: Floats, *, maximize: bool = False) -> tuple[Integers, Integers]:
    """Solves one assignment problem with SciPy.

    Args:
        costs: Cost of each pair. Shape ``(n, m)``.
        maximize: Whether to maximize the total instead of minimizing it.

    Returns:
        Rows in increasing order and their columns. Shape ``(min(n, m),)`` each.
    """
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(costs, maximize=maximize)
    return rows, columns


def solve_assignments(costs: Floats) -> tuple[Integers, Integers]:
    """Solves many assignment problems of equal size.

    All assignments of matrices with at most `MAX_BATCH_SEARCH_SIZE` rows and columns are compared at once.
    Larger matrices and ties are solved by SciPy, so that the result always equals `solve_assignment`.

    Args:
        costs: Cost of each pair. Shape ``(matrices, n, m)``.

    Returns:
        Rows in increasing order and their columns. Shape ``(matrices, min(n, m))`` each.
    """
    _, n, m = costs.shape
    if n > m:
        columns, rows = solve_assignments(costs.transpose(0, 2, 1))
        order = np.argsort(rows, axis=1)
        return np.take_along_axis(rows, order, axis=1), np.take_along_axis(columns, order, axis=1)
    if n == 1:
        return np.zeros((len(costs), 1), np.int64), costs.argmin(axis=2)
    rows = np.broadcast_to(np.arange(n), (len(costs), n))
    if m > MAX_BATCH_SEARCH_SIZE:
        return rows, _solved_one_by_one(costs)
    candidates = np.array(list(permutations(range(m), n)))  # (assignments, n)
    totals = costs[:, np.arange(n), candidates].sum(axis=2)  # (matrices, assignments)
    columns = candidates[totals.argmin(axis=1)]
    lowest = np.partition(totals, 1, axis=1)
    tied = np.flatnonzero(lowest[:, 1] - lowest[:, 0] < TIE_TOLERANCE)
    columns[tied] = _solved_one_by_one(costs[tied])
    return rows, columns


def search_assignment(costs: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Solves one small assignment problem by exhaustive search.

    Of assignments with equal totals, the first in lexicographic order is returned. With more than
    `MAX_SEARCHED_ASSIGNMENTS` assignments, `solve_assignment` is used instead.

    Args:
        costs: Cost of each pair: ``n`` rows of ``m`` values, neither of them 0.

    Returns:
        ``min(n, m)`` pairs of a row and a column.
    """
    n, m = len(costs), len(costs[0])
    if perm(max(n, m), min(n, m)) > MAX_SEARCHED_ASSIGNMENTS:
        rows, columns = solve_assignment(np.array(costs))
        return list(zip(rows.tolist(), columns.tolist(), strict=True))
    if n <= m:
        candidates = [list(enumerate(columns)) for columns in permutations(range(m), n)]
    else:
        candidates = [
            [(row, column) for column, row in enumerate(rows)] for rows in permutations(range(n), m)
        ]
    return min(candidates, key=lambda pairs: sum(costs[row][column] for row, column in pairs))


def _solved_one_by_one(costs: Floats) -> Integers:
    """Column of each row. Shape ``(matrices, n)``; requires n ≤ m."""
    columns = [solve_assignment(matrix)[1] for matrix in costs]
    return np.array(columns, np.int64).reshape(costs.shape[:2])
