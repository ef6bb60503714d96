"""Conversion of annotations to ACCDOA targets and back."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from seldkit.accdoa.elements import DEFAULT_ELEMENTS, checked_elements
from seldkit.annotations import Annotations
from seldkit.classes import STARSS23, ClassVocabulary
from seldkit.types import Flags, Floats, Floats32, Integers

MAX_SOURCES_PER_CLASS: Final = 3
"""Number of simultaneous sources of a class that a target represents."""
TARGET_TRACKS: Final = 6
"""Target tracks A0, B0 B1, C0 C1 C2, for classes with one, two and three sources in a frame."""
FIRST_TRACK: Final = np.array([0, 0, 1, 3])
"""First target track, by number of sources of the class in the frame."""


def encode_targets(annotations: Annotations, elements: Sequence[str] = DEFAULT_ELEMENTS) -> Floats32:
    """Encodes annotations as ADPIT targets for multi-ACCDOA.

    There are six dummy tracks. A class with one source in a frame uses track A0, a class with two sources B0
    and B1, a class with three sources C0 to C2, in the order of the rows. If there are more than three, the
    others are ignored, as in the DCASE baselines (Shimada et al., ICASSP 2022).

    Args:
        annotations: Annotations of a clip.
        elements: Elements of a track, ``x y [z] [distance] [onscreen]``.

    Returns:
        Targets, shape ``(frames, 6, 1 + elements, classes)``: the activity (0 or 1), the unit vector towards
        the source, the distance in metres and on-screen (0 or 1).

    Raises:
        ValueError: The elements are invalid, or a required value is missing in the annotations.
    """
    elements = checked_elements(elements)
    order = np.lexsort((annotations.class_id, annotations.frame))  # stable: keeps the order of rows
    rows = annotations.take(order)
    rank, size = _rank_within_group(rows)
    kept = rank < MAX_SOURCES_PER_CLASS
    track = FIRST_TRACK[np.minimum(size, MAX_SOURCES_PER_CLASS)] + rank
    target = np.zeros((rows.frame_count, TARGET_TRACKS, 1 + len(elements), len(rows.classes)), np.float32)
    if len(rows) == 0:  # columns of a clip without events may be missing
        return target
    values = np.stack([np.ones(len(rows)), *_columns(rows, elements)], axis=1)
    target[rows.frame[kept], track[kept], :, rows.class_id[kept]] = values[kept]
    return target


def encode_single_targets(annotations: Annotations, elements: Sequence[str] = DEFAULT_ELEMENTS) -> Floats32:
    """Encodes annotations as targets of single ACCDOA, with one source per class and frame.

    If a class has several sources in a frame, the last one is used, as in the DCASE baselines.

    Args:
        annotations: Annotations of a clip.
        elements: Elements of a track, ``x y [z] [distance] [onscreen]``.

    Returns:
        Targets, shape ``(frames, elements, classes)``; zero for inactive classes.

    Raises:
        ValueError: The elements are invalid, or a required value is missing in the annotations.
    """
    elements = checked_elements(elements)
    target = np.zeros((annotations.frame_count, len(elements), len(annotations.classes)), np.float32)
    if len(annotations) == 0:
        return target
    values = np.stack(_columns(annotations, elements), axis=1)
    target[annotations.frame, :, annotations.class_id] = values
    return target


def decode_targets(
    targets: NDArray[np.floating[Any]],
    elements: Sequence[str] = DEFAULT_ELEMENTS,
    classes: Sequence[str] = STARSS23,
) -> Annotations:
    """Converts ADPIT targets back to the annotations from which they were encoded.

    Args:
        targets: Targets of `encode_targets`, shape ``(frames, 6, 1 + elements, classes)``.
        elements: Elements of a track, ``x y [z] [distance] [onscreen]``.
        classes: Class names.

    Returns:
        Annotations without the sources that the targets leave out. Sources are numbered within their class
        and frame.

    Raises:
        ValueError: The elements are invalid.
    """
    names = checked_elements(elements)
    frame, track, class_id = np.nonzero(targets[:, :, 0] > 0)
    rows = np.asarray(targets[frame, track, :, class_id], np.float64)  # (rows, 1 + elements)
    column = {name: rows[:, 1 + index] for index, name in enumerate(names)}
    x, y, z = column["x"], column["y"], column.get("z")
    return Annotations(
        frame,
        class_id,
        track - FIRST_TRACK[1 + (track > 0) + (track > 2)],
        np.rad2deg(np.arctan2(y, x)),
        column.get("distance", np.full(len(rows), np.nan)),
        len(targets),
        elevation=None if z is None else np.rad2deg(np.arctan2(z, np.hypot(x, y))),
        onscreen=column["onscreen"] > 0.5 if "onscreen" in column else None,
        classes=ClassVocabulary.from_names(classes),
    ).sorted()


def _rank_within_group(rows: Annotations) -> tuple[Integers, Integers]:
    """Returns each row's rank within its frame and class, and the size of that group; rows are sorted."""
    key = rows.frame * len(rows.classes) + rows.class_id
    _, first, group, count = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    return np.arange(len(rows)) - first[group], count[group]


def _columns(rows: Annotations, elements: tuple[str, ...]) -> list[Floats]:
    azimuth = np.deg2rad(rows.azimuth)
    horizontal = np.ones(len(rows))
    column = {"distance": rows.distance, "onscreen": rows.onscreen}
    if "z" in elements:
        elevation = np.deg2rad(_required(rows.elevation, "elevation"))
        horizontal = np.cos(elevation)
        column["z"] = np.sin(elevation)
    column |= {"x": np.cos(azimuth) * horizontal, "y": np.sin(azimuth) * horizontal}
    return [_required(column[name], name) for name in elements]


def _required(column: Floats | Flags | None, name: str) -> Floats:
    if column is None or not np.all(np.isfinite(column)):
        raise ValueError(
            f"expected annotations with '{name}' in every row, but it is missing in some or all rows"
        )
    return column.astype(np.float64)
