"""Whether a source is followed: how often its track changes, and how often it is lost and found again.

The correspondence of true and predicted tracks is that of CLEAR MOT (Bernardin and Stiefelhagen, "Evaluating
multiple object tracking performance", 2008): a pair that held stays as long as both are there and near
enough; what is left is paired anew, as much as possible at the least total angle. LOCATA (Evers et al. 2020)
counts the same for sound sources, as track swaps and fragmentations.
"""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from seldkit.assignment import solve_assignment
from seldkit.metrics.events.event_matching import same_cells
from seldkit.metrics.events.event_table import EventTable
from seldkit.metrics.frame_based import ANGLE, Compared
from seldkit.types import Floats, Integers


class Following(NamedTuple):
    """For each true event, (events,): changes of the predicted event that follows it, losses after which it
    was found again, and frames in which it was followed.
    """

    switches: Integers
    fragmentations: Integers
    followed: Integers


def following(references: EventTable, predictions: EventTable, compared: Compared) -> Following:
    """Follow the true events of clips; `compared` is of both tables' rows."""
    i, j = same_cells(compared)
    off = compared.off(i, j)
    near = off <= ANGLE
    i, j, off = i[near], j[near], off[near]
    event, frame, track = references.owner[i], references.rows.frame[i], predictions.owner[j]
    kept = _corresponding(references, event, frame, track, off)
    event, frame, track = event[kept], frame[kept], track[kept]
    order = np.lexsort((frame, event))
    event, frame, track = event[order], frame[order], track[order]
    same = event[1:] == event[:-1]
    swapped, lost = same & (track[1:] != track[:-1]), same & (np.diff(frame) > 1)
    size = len(references)
    return Following(
        np.bincount(event[1:][swapped], minlength=size),
        np.bincount(event[1:][lost], minlength=size),
        np.bincount(event, minlength=size),
    )


def _corresponding(
    references: EventTable, event: Integers, frame: Integers, track: Integers, off: Floats
) -> Integers:
    """Places of the pairs that correspond, among all near ones, (pairs,) each."""
    if len(event) == 0:
        return np.empty(0, np.int64)
    alone = _count(event, frame) * _count(track, frame) == 1
    clip, class_id = references.clip[event], references.class_id[event]
    group = clip * (1 + int(class_id.max())) + class_id
    # Only where a row has a choice does it matter what held before.
    crowded = np.isin(group, group[~alone])
    places = np.flatnonzero(crowded)
    places = places[np.lexsort((frame[places], group[places]))]
    columns = (column[places].tolist() for column in (group, frame, event, track, off))
    kept = list(_one_after_the_other(zip(places.tolist(), *columns, strict=True)))
    return np.sort(np.concatenate([np.flatnonzero(~crowded), np.array(kept, np.int64)]))


def _count(owner: Integers, frame: Integers) -> Integers:
    """How many pairs share each pair's event and frame."""
    _, place, count = np.unique(
        owner * (1 + int(frame.max())) + frame, return_inverse=True, return_counts=True
    )
    return np.asarray(count[place])


Pair = tuple[int, int, int, int, int, float]
"""Place, group, frame, event, track, angle."""


def _one_after_the_other(pairs: Iterator[Pair]) -> Iterator[int]:
    held: dict[int, int] = {}
    for _, cell in groupby(pairs, key=itemgetter(1, 2)):
        left = list(cell)
        stays = [pair for pair in left if held.get(pair[3]) == pair[4]]
        # A track that two events held, one after the other, stays with the nearer one.
        stays = _distinct(sorted(stays, key=itemgetter(5)))
        events, tracks = {pair[3] for pair in stays}, {pair[4] for pair in stays}
        left = [pair for pair in left if pair[3] not in events and pair[4] not in tracks]
        for pair in (*stays, *_cheapest(left)):
            held[pair[3]] = pair[4]
            yield pair[0]


def _distinct(pairs: list[Pair]) -> list[Pair]:
    first = {pair[4]: pair for pair in reversed(pairs)}
    return list(first.values())


def _cheapest(pairs: list[Pair]) -> list[Pair]:
    if len(pairs) < 2:
        return pairs
    events, tracks = sorted({pair[3] for pair in pairs}), sorted({pair[4] for pair in pairs})
    table = {(pair[3], pair[4]): pair for pair in pairs}
    far = 1e4
    costs = [
        [table[event, track][5] if (event, track) in table else far for track in tracks] for event in events
    ]
    taken = [
        (events[row], tracks[column]) for row, column in zip(*solve_assignment(np.array(costs)), strict=True)
    ]
    return [table[one] for one in taken if one in table]
