"""Matching of references with predictions in all cells of clip, frame and class at once.

Within a cell, the matches have the minimum total cost (Hungarian algorithm). Cells of equal size are solved
together.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from seldkit.assignment import solve_assignments
from seldkit.formats import ClipTable
from seldkit.metrics.row_selection import cell_keys, key_sizes
from seldkit.types import Floats, Integers

CostFunction = Callable[[Integers, Integers], Floats]
"""Cost of pairing rows of the references with rows of the predictions, given as broadcastable row numbers."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of clip, frame and class with at least one row, ordered by clip, frame and class.

    Attributes:
        clip: Clip of each cell. Shape ``(cells,)``.
        frame: Frame of each cell (100 ms). Shape ``(cells,)``.
        class_id: Class of each cell. Shape ``(cells,)``.
        references: Number of reference rows. Shape ``(cells,)``.
        predictions: Number of prediction rows. Shape ``(cells,)``.
    """

    clip: Integers
    frame: Integers
    class_id: Integers
    references: Integers
    predictions: Integers


@dataclass(frozen=True, eq=False)
class Matches:
    """Matched rows, ordered by cell and rank.

    Attributes:
        reference: Row numbers of the references. Shape ``(matches,)``.
        prediction: Row numbers of the predictions. Shape ``(matches,)``.
        cell: Cell of each match. Shape ``(matches,)``.
        rank: Position of the reference among the reference rows of its cell. Shape ``(matches,)``.
    """

    reference: Integers
    prediction: Integers
    cell: Integers
    rank: Integers


def match_rows(references: ClipTable, predictions: ClipTable, cost: CostFunction) -> tuple[Cells, Matches]:
    """Matches rows of equal clip, frame and class.

    Args:
        references: Rows of the references.
        predictions: Rows of the predictions of the same clips.
        cost: Cost of a pair.

    Returns:
        The cells and the matched rows.
    """
    frames, classes = key_sizes(references, predictions)
    keys = [cell_keys(table, frames, classes) for table in (references, predictions)]
    orders = [np.argsort(key, kind="stable") for key in keys]
    keys = [key[order] for key, order in zip(keys, orders, strict=True)]
    cell_key = _merge_sorted(*keys)
    starts = [np.searchsorted(key, cell_key) for key in keys]
    counts = [np.diff(np.r_[start, len(key)]) for key, start in zip(keys, starts, strict=True)]
    rest, class_id = np.divmod(cell_key, classes)
    clip, frame = np.divmod(rest, frames)
    return Cells(clip, frame, class_id, *counts), _match_cells(orders, starts, counts, cost)


def _merge_sorted(left: Integers, right: Integers) -> Integers:
    """Distinct numbers of two sorted arrays, sorted."""
    both = np.sort(np.concatenate([left, right]), kind="stable")
    return both[np.r_[True, both[1:] != both[:-1]]] if len(both) else both


def _match_cells(
    orders: list[Integers], starts: list[Integers], counts: list[Integers], cost: CostFunction
) -> Matches:
    """Solves all cells with rows on both sides, grouped by size."""
    both = np.flatnonzero((counts[0] > 0) & (counts[1] > 0))
    largest = 1 + int(counts[1].max(initial=0))
    sizes = counts[0][both] * largest + counts[1][both]
    parts = [np.empty((0, 4), np.int64)]
    for size in np.unique(sizes).tolist():
        n, m = divmod(size, largest)
        cell = both[sizes == size]
        left = orders[0][starts[0][cell][:, None] + np.arange(n)]  # (cells, n)
        right = orders[1][starts[1][cell][:, None] + np.arange(m)]  # (cells, m)
        rank, partner = solve_assignments(cost(left[:, :, None], right[:, None, :]))
        columns = [
            np.take_along_axis(left, rank, axis=1),
            np.take_along_axis(right, partner, axis=1),
            np.broadcast_to(cell[:, None], rank.shape),
            rank,
        ]
        parts.append(np.stack([column.reshape(-1) for column in columns], axis=1))
    rows = np.concatenate(parts)
    rows = rows[np.lexsort((rows[:, 3], rows[:, 2]))]
    return Matches(rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3])
