"""Continuity of tracks: identity switches and fragmentations of reference events.

Reference events correspond to predicted tracks as in CLEAR MOT (Bernardin and Stiefelhagen, "Evaluating
multiple object tracking performance", 2008): a correspondence is kept while both are present and within the
angle threshold; the rest is assigned anew, with as many pairs as possible at the minimum total angle. LOCATA
(Evers et al. 2020) counts the same for sound sources, as track swaps and track fragmentations.
"""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple

import numpy as np

from seldkit.assignment import solve_assignment
from seldkit.metrics.events.event_matching import pair_rows_in_cells
from seldkit.metrics.events.event_table import EventTable
from seldkit.metrics.row_comparison import RowComparison
from seldkit.types import Floats, Integers

IMPOSSIBLE_COST_DEG: Final = 1e4
"""Cost of a pair that cannot be assigned; larger than every total angle."""


class TrackContinuity(NamedTuple):
    """Continuity of each reference event.

    Attributes:
        switches: Changes of the corresponding predicted event. Shape ``(events,)``.
        fragmentations: Interruptions after which the event corresponds again. Shape ``(events,)``.
        frames: Frames with a corresponding prediction. Shape ``(events,)``.
    """

    switches: Integers
    fragmentations: Integers
    frames: Integers


def track_continuity(
    references: EventTable, predictions: EventTable, comparison: RowComparison
) -> TrackContinuity:
    """Counts switches and fragmentations.

    Args:
        references: Reference events.
        predictions: Predicted events of the same clips.
        comparison: Comparison of the events' rows.

    Returns:
        Counts of each reference event.
    """
    i, j = pair_rows_in_cells(comparison)
    angle = comparison.angle(i, j)
    within = angle <= comparison.rules.max_angle_deg
    i, j, angle = i[within], j[within], angle[within]
    event, frame, track = references.event[i], references.rows.frame[i], predictions.event[j]
    corresponding = _corresponding(references, event, frame, track, angle)
    event, frame, track = event[corresponding], frame[corresponding], track[corresponding]
    order = np.lexsort((frame, event))
    event, frame, track = event[order], frame[order], track[order]
    same = event[1:] == event[:-1]
    switched, interrupted = same & (track[1:] != track[:-1]), same & (np.diff(frame) > 1)
    size = len(references)
    return TrackContinuity(
        np.bincount(event[1:][switched], minlength=size),
        np.bincount(event[1:][interrupted], minlength=size),
        np.bincount(event, minlength=size),
    )


class _Candidate(NamedTuple):
    """A reference event and a track in the same frame within the angle threshold."""

    position: int
    group: int
    frame: int
    event: int
    track: int
    angle: float


def _corresponding(
    references: EventTable, event: Integers, frame: Integers, track: Integers, angle: Floats
) -> Integers:
    """Positions of the corresponding pairs among all candidates of shape ``(pairs,)``."""
    if len(event) == 0:
        return np.empty(0, np.int64)
    unique = _pairs_in_frame(event, frame) * _pairs_in_frame(track, frame) == 1
    clip, class_id = references.clip[event], references.class_id[event]
    group = clip * (1 + int(class_id.max())) + class_id
    # Earlier frames matter only in groups where a row has several candidates.
    ambiguous = np.isin(group, group[~unique])
    positions = np.flatnonzero(ambiguous)
    positions = positions[np.lexsort((frame[positions], group[positions]))]
    columns = (column[positions].tolist() for column in (group, frame, event, track, angle))
    candidates = map(_Candidate, positions.tolist(), *columns)
    kept = list(_frame_by_frame(candidates))
    return np.sort(np.concatenate([np.flatnonzero(~ambiguous), np.array(kept, np.int64)]))


def _pairs_in_frame(owner: Integers, frame: Integers) -> Integers:
    """How many candidates share the owner and the frame of each candidate."""
    _, position, count = np.unique(
        owner * (1 + int(frame.max())) + frame, return_inverse=True, return_counts=True
    )
    return np.asarray(count[position])


def _frame_by_frame(candidates: Iterator[_Candidate]) -> Iterator[int]:
    """Positions of the corresponding candidates."""
    current_track: dict[int, int] = {}
    for _, cell in groupby(candidates, key=attrgetter("group", "frame")):
        remaining = list(cell)
        kept = [one for one in remaining if current_track.get(one.event) == one.track]
        # A track that two events had one after the other stays with the nearer one.
        kept = _one_per_track(sorted(kept, key=attrgetter("angle")))
        events, tracks = {one.event for one in kept}, {one.track for one in kept}
        remaining = [one for one in remaining if one.event not in events and one.track not in tracks]
        for one in (*kept, *_assign_candidates(remaining)):
            current_track[one.event] = one.track
            yield one.position


def _one_per_track(candidates: list[_Candidate]) -> list[_Candidate]:
    """The first candidate of each track."""
    first = {one.track: one for one in reversed(candidates)}
    return list(first.values())


def _assign_candidates(candidates: list[_Candidate]) -> list[_Candidate]:
    """As many candidates as possible with distinct events and tracks, at the minimum total angle."""
    if len(candidates) < 2:
        return candidates
    events, tracks = sorted({one.event for one in candidates}), sorted({one.track for one in candidates})
    by_pair = {(one.event, one.track): one for one in candidates}
    costs = [
        [
            by_pair[event, track].angle if (event, track) in by_pair else IMPOSSIBLE_COST_DEG
            for track in tracks
        ]
        for event in events
    ]
    rows, columns = solve_assignment(np.array(costs))
    assigned = [(events[row], tracks[column]) for row, column in zip(rows, columns, strict=True)]
    return [by_pair[pair] for pair in assigned if pair in by_pair]
