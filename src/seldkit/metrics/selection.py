"""Which rows a reading scores."""

from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np

from seldkit.formats import ClipTable
from seldkit.types import Flags, Integers

MOST_TRACKS: Final = 10
"""Tracks of one class in one frame that the evaluator of 2025 can hold."""


@dataclass(frozen=True)
class Rules:
    """How a protocol is applied.

    official: the challenge's evaluator with its quirks, else strict. classes: the vocabulary's size.
    require_onscreen: a hit must also have the right on-screen flag (2025).
    """

    official: bool
    classes: int
    require_onscreen: bool = False


def rows(clips: ClipTable, kept: Flags | Integers) -> ClipTable:
    """The rows of a mask, or of increasing row numbers."""
    mask = np.zeros(len(clips.frame), np.bool_)
    mask[kept] = True
    lengths = np.bincount(clips.clip[mask], minlength=len(clips)).astype(np.int64)
    return _taken(clips, mask, lengths)


def ordered(clips: ClipTable, order: Integers) -> ClipTable:
    """The rows in another order within their clips."""
    return _taken(clips, order, clips.lengths)


def _taken(clips: ClipTable, which: Flags | Integers, lengths: Integers) -> ClipTable:
    names = [field.name for field in fields(clips) if field.name not in ("lengths", "classes")]
    columns: dict[str, Any] = {name: getattr(clips, name)[which] for name in names}
    return replace(clips, lengths=lengths, **columns)


def key_sizes(*tables: ClipTable) -> tuple[int, int]:
    """Numbers of frames and classes that all rows of the tables lie in."""
    frames = max(int(table.frame.max(initial=0)) for table in tables)
    return 1 + frames, 1 + max(int(table.class_id.max(initial=0)) for table in tables)


def cell_keys(clips: ClipTable, frames: int, classes: int) -> Integers:
    """One number for each row's clip, frame and class, rising in this order."""
    return (clips.clip * frames + clips.frame) * classes + clips.class_id


def last_frames(references: ClipTable) -> Integers:
    """The last annotated frame of each clip, 0 where there is none, (clips,)."""
    last = np.zeros(len(references), np.int64)
    np.maximum.at(last, references.clip, references.frame)
    return last


def before(clips: ClipTable, ends: Integers, classes: int) -> ClipTable:
    """The rows before each clip's end frame (clips,), of known classes."""
    return rows(clips, (clips.frame < ends[clips.clip]) & (clips.class_id < classes))


def within_tracks(clips: ClipTable) -> ClipTable:
    """What is left after the evaluator of 2025 has given ten tracks to the rows of each class and frame.

    A row takes its own source number if that is below ten and free, else the lowest free track; when none is
    free it replaces what track 0 held.
    """
    keys = cell_keys(clips, *key_sizes(clips))
    order = np.argsort(keys, kind="stable")
    begins = np.ones(len(order), np.bool_)
    begins[1:] = keys[order[1:]] != keys[order[:-1]]
    starts = np.flatnonzero(begins)
    counts = np.diff(np.r_[starts, len(order)])
    crowded = np.flatnonzero(counts > MOST_TRACKS)
    if not len(crowded):
        return clips
    moved, lost = np.arange(len(order)), np.zeros(len(order), np.bool_)
    for cell in crowded:
        group = order[starts[cell] : starts[cell] + counts[cell]]
        held = _held(group, clips.source[group])
        lost[group] = True
        lost[group[: len(held)]] = False
        moved[group[: len(held)]] = held
    return rows(ordered(clips, moved), ~lost)


def _held(group: Integers, sources: Integers) -> list[int]:
    """The rows that the tracks hold in the end, in the order in which the tracks were taken."""
    tracks: dict[int, int] = {}
    for row, source in zip(group.tolist(), sources.tolist(), strict=True):
        free = [track for track in range(MOST_TRACKS) if track not in tracks]
        own = source not in tracks and source < MOST_TRACKS
        tracks[source if own else free[0] if free else 0] = row
    return list(tracks.values())
