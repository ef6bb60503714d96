"""Selection of the rows that are scored."""

from dataclasses import fields, replace
from typing import Final

import numpy as np

from seldkit.formats import ClipTable
from seldkit.types import Flags, Integers

MAX_TRACKS: Final = 10
"""Rows of one class in one frame that the DCASE 2025 evaluator can store."""


def select_rows(clips: ClipTable, rows: Flags | Integers) -> ClipTable:
    """Selects rows.

    Args:
        clips: Rows of clips.
        rows: Mask of shape ``(rows,)``, or increasing row numbers.

    Returns:
        The selected rows.
    """
    mask = np.zeros(len(clips.frame), np.bool_)
    mask[rows] = True
    lengths = np.bincount(clips.clip[mask], minlength=len(clips)).astype(np.int64)
    return _take(clips, mask, lengths)


def reorder_rows(clips: ClipTable, order: Integers) -> ClipTable:
    """Reorders rows within their clips.

    Args:
        clips: Rows of clips.
        order: Row numbers in the new order, clip by clip. Shape ``(rows,)``.

    Returns:
        The reordered rows.
    """
    return _take(clips, order, clips.lengths)


def _take(clips: ClipTable, rows: Flags | Integers, lengths: Integers) -> ClipTable:
    names = [field.name for field in fields(clips) if field.name not in ("lengths", "classes")]
    return replace(clips, lengths=lengths, **{name: getattr(clips, name)[rows] for name in names})


def replace_unknown(clips: ClipTable) -> ClipTable:
    """Replaces unknown angles and distances (NaN) by 0, as the DCASE formats store them.

    Args:
        clips: Rows of clips.

    Returns:
        Rows without NaN.
    """
    columns = {
        name: np.nan_to_num(getattr(clips, name), nan=0.0) for name in ("azimuth", "elevation", "distance")
    }
    return replace(clips, **columns)


def key_sizes(*tables: ClipTable) -> tuple[int, int]:
    """Determines how many frames and classes the tables use.

    Args:
        *tables: Rows of clips.

    Returns:
        The largest frame number plus 1, and the largest class number plus 1.
    """
    frames = max(int(table.frame.max(initial=0)) for table in tables)
    return 1 + frames, 1 + max(int(table.class_id.max(initial=0)) for table in tables)


def cell_keys(clips: ClipTable, frames: int, classes: int) -> Integers:
    """Combines clip, frame and class of each row into one number that increases in this order.

    Args:
        clips: Rows of clips.
        frames: Number of frames, larger than every frame number.
        classes: Number of classes, larger than every class number.

    Returns:
        Keys. Shape ``(rows,)``.
    """
    return (clips.clip * frames + clips.frame) * classes + clips.class_id


def last_frames(references: ClipTable) -> Integers:
    """Finds the last frame with a row in each clip.

    Args:
        references: Rows of clips.

    Returns:
        Frame numbers; 0 for a clip without rows. Shape ``(clips,)``.
    """
    last = np.zeros(len(references), np.int64)
    np.maximum.at(last, references.clip, references.frame)
    return last


def rows_before(clips: ClipTable, end_frames: Integers, class_count: int) -> ClipTable:
    """Selects rows of known classes before an end frame.

    Args:
        clips: Rows of clips.
        end_frames: First frame of each clip that is not selected. Shape ``(clips,)``.
        class_count: Number of classes of the vocabulary.

    Returns:
        The selected rows.
    """
    return select_rows(clips, (clips.frame < end_frames[clips.clip]) & (clips.class_id < class_count))


def rows_before_last_frame(
    references: ClipTable, predictions: ClipTable, class_count: int
) -> tuple[ClipTable, ClipTable]:
    """Selects rows before the last annotated frame.

    The official evaluators of 2024 and 2025 use the index of the last annotated frame as the number of
    frames.

    Args:
        references: Rows of the references.
        predictions: Rows of the predictions.
        class_count: Number of classes of the vocabulary.

    Returns:
        Selected rows of the references and of the predictions.
    """
    ends = last_frames(references)
    return rows_before(references, ends, class_count), rows_before(predictions, ends, class_count)


def limit_tracks(clips: ClipTable) -> ClipTable:
    """Keeps the rows that the DCASE 2025 evaluator stores in its ten tracks of each class and frame.

    A row takes the track of its source number if this is below ten and free, otherwise the lowest free track.
    Without a free track it replaces the row in track 0.

    Args:
        clips: Rows of clips.

    Returns:
        The stored rows.
    """
    keys = cell_keys(clips, *key_sizes(clips))
    order = np.argsort(keys, kind="stable")
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = keys[order[1:]] != keys[order[:-1]]
    starts = np.flatnonzero(is_first)
    counts = np.diff(np.r_[starts, len(order)])
    crowded = np.flatnonzero(counts > MAX_TRACKS)
    if not len(crowded):
        return clips
    moved, dropped = np.arange(len(order)), np.zeros(len(order), np.bool_)
    for cell in crowded:
        group = order[starts[cell] : starts[cell] + counts[cell]]
        stored = _stored_rows(group, clips.source[group])
        dropped[group] = True
        dropped[group[: len(stored)]] = False
        moved[group[: len(stored)]] = stored
    return select_rows(reorder_rows(clips, moved), ~dropped)


def _stored_rows(group: Integers, sources: Integers) -> list[int]:
    """Rows in the tracks after all rows were stored, in the order in which the tracks were first used."""
    tracks: dict[int, int] = {}
    for row, source in zip(group.tolist(), sources.tolist(), strict=True):
        free = [track for track in range(MAX_TRACKS) if track not in tracks]
        is_free = source not in tracks and source < MAX_TRACKS
        tracks[source if is_free else free[0] if free else 0] = row
    return list(tracks.values())
