"""Pairing of references with predictions: all (clip, frame, class) cells of a data set at once.

Within a cell the pairs are those of the least total cost (the Hungarian algorithm's answer). Cells of equal
size are solved together: every assignment of up to three sources is tried; larger cells, and those in which
two assignments cost the same, go to SciPy's solver, so that ties fall as they do in the challenges'
evaluators.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from seldkit.assignment import solve_assignments
from seldkit.formats import ClipTable
from seldkit.metrics.selection import cell_keys, key_sizes
from seldkit.types import Floats, Integers

Cost = Callable[[Integers, Integers], Floats]
"""The cost of pairing reference rows with prediction rows, given as broadcastable row numbers."""


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells in which anything is: `clip`, `frame`, `class_id`, and rows on either side, each (cells,)."""

    clip: Integers
    frame: Integers
    class_id: Integers
    references: Integers
    predictions: Integers


@dataclass(frozen=True, eq=False)
class Pairs:
    """Matched rows: row numbers on either side, their cell, and the reference's rank in its cell, each
    (pairs,).

    Ordered by cell, then rank.
    """

    reference: Integers
    prediction: Integers
    cell: Integers
    rank: Integers


def cells_and_pairs(references: ClipTable, predictions: ClipTable, cost: Cost) -> tuple[Cells, Pairs]:
    """The cells of two tables of the same clips, and the matched rows."""
    frames, classes = key_sizes(references, predictions)
    sides = [cell_keys(clips, frames, classes) for clips in (references, predictions)]
    orders = [np.argsort(side, kind="stable") for side in sides]
    sides = [side[order] for side, order in zip(sides, orders, strict=True)]
    keys = _merged(*sides)
    firsts = [np.searchsorted(side, keys) for side in sides]
    counts = [np.diff(np.r_[first, len(side)]) for side, first in zip(sides, firsts, strict=True)]
    rest, class_id = np.divmod(keys, classes)
    clip, frame = np.divmod(rest, frames)
    cells = Cells(clip, frame, class_id, *counts)
    return cells, _pairs(orders, firsts, counts, cost)


def _merged(left: Integers, right: Integers) -> Integers:
    """The distinct numbers of two sorted arrays, sorted."""
    both = np.sort(np.concatenate([left, right]), kind="stable")
    return both[np.r_[True, both[1:] != both[:-1]]] if len(both) else both


def _pairs(orders: list[Integers], firsts: list[Integers], counts: list[Integers], cost: Cost) -> Pairs:
    both = np.flatnonzero((counts[0] > 0) & (counts[1] > 0))
    largest = 1 + int(counts[1].max(initial=0))
    sizes = counts[0][both] * largest + counts[1][both]
    parts = [np.empty((0, 4), np.int64)]
    for size in np.unique(sizes).tolist():
        n, m = divmod(size, largest)
        cell = both[sizes == size]
        left = orders[0][firsts[0][cell][:, None] + np.arange(n)]  # (cells, n)
        right = orders[1][firsts[1][cell][:, None] + np.arange(m)]  # (cells, m)
        rank, partner = solve_assignments(cost(left[:, :, None], right[:, None, :]))
        columns = [
            np.take_along_axis(left, rank, axis=1),
            np.take_along_axis(right, partner, axis=1),
            np.broadcast_to(cell[:, None], rank.shape),
            rank,
        ]
        parts.append(np.stack([column.reshape(-1) for column in columns], axis=1))
    found = np.concatenate(parts)
    found = found[np.lexsort((found[:, 3], found[:, 2]))]
    return Pairs(found[:, 0], found[:, 1], found[:, 2], found[:, 3])
