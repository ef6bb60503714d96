"""Labels as ACCDOA targets for training."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from seldkit.accdoa.elements import DEFAULT_ELEMENTS, checked_elements
from seldkit.annotations import Annotations
from seldkit.classes import STARSS23
from seldkit.types import Flags, Floats, Integers

Targets = NDArray[np.float32]

MOST_SOURCES: Final = 3
SLOTS: Final = 6
"""Dummy tracks A0, B0 B1, C0 C1 C2: for classes with one, two and three sources in a frame."""
FIRST_SLOT: Final = np.array([0, 0, 1, 3])
"""The first dummy track by the number of sources."""


def encode_targets(annotations: Annotations, elements: Sequence[str] = DEFAULT_ELEMENTS) -> Targets:
    """ADPIT targets: (frames, 6 dummy tracks A0 B0 B1 C0 C1 C2, 1 + elements, classes).

    The first element is the activity (0 or 1); then x, y (and z) of the unit vector towards the source,
    distance in metres, on-screen 0 or 1. A class with one source in a frame fills A0, with two B0 and B1,
    with three C0 to C2 in the order of the rows; further sources are left out, as in the DCASE baselines
    (Shimada et al., ICASSP 2022). Raises ValueError where an element is asked for that a row does not know.
    """
    elements = checked_elements(elements)
    order = np.lexsort((annotations.class_id, annotations.frame))  # stable: rows keep their order
    rows = annotations.take(order)
    rank, size = _rank_within_group(rows)
    kept = rank < MOST_SOURCES
    slot = FIRST_SLOT[np.minimum(size, MOST_SOURCES)] + rank
    target = np.zeros((rows.frame_count, SLOTS, 1 + len(elements), len(rows.classes)), np.float32)
    if len(rows) == 0:  # a silent clip need not know anything
        return target
    values = np.stack([np.ones(len(rows)), *_columns(rows, elements)], axis=1)
    target[rows.frame[kept], slot[kept], :, rows.class_id[kept]] = values[kept]
    return target


def encode_single_targets(annotations: Annotations, elements: Sequence[str] = DEFAULT_ELEMENTS) -> Targets:
    """Single-ACCDOA targets, one source for each class and frame: (frames, elements, classes).

    Zero where a class is silent; the last of several sources of a class stays, as in the DCASE baselines.
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
    classes: tuple[str, ...] = STARSS23,
) -> Annotations:
    """The labels that ADPIT targets (frames, 6, 1 + elements, classes) were made from.

    Source numbers count the sources of a class in a frame; sources that the targets leave out stay out.
    """
    names = checked_elements(elements)
    frame, slot, class_id = np.nonzero(targets[:, :, 0] > 0)
    rows = np.asarray(targets[frame, slot, :, class_id], np.float64)  # (rows, 1 + elements)
    known = {name: rows[:, 1 + place] for place, name in enumerate(names)}
    x, y, z = known["x"], known["y"], known.get("z")
    return Annotations(
        frame,
        class_id,
        slot - FIRST_SLOT[1 + (slot > 0) + (slot > 2)],
        np.rad2deg(np.arctan2(y, x)),
        known.get("distance", np.full(len(rows), np.nan)),
        len(targets),
        elevation=None if z is None else np.rad2deg(np.arctan2(z, np.hypot(x, y))),
        onscreen=known["onscreen"] > 0.5 if "onscreen" in known else None,
        classes=classes,
    ).sorted()


def _rank_within_group(rows: Annotations) -> tuple[Integers, Integers]:
    """For rows sorted by frame and class: the place in its frame and class, and the number of rows there."""
    key = rows.frame * len(rows.classes) + rows.class_id
    _, first, group, count = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    return np.arange(len(rows)) - first[group], count[group]


def _columns(rows: Annotations, elements: tuple[str, ...]) -> list[Floats]:
    azimuth = np.deg2rad(rows.azimuth)
    horizontal = np.ones(len(rows))
    known = {"distance": rows.distance, "onscreen": rows.onscreen}
    if "z" in elements:
        elevation = np.deg2rad(_needed(rows.elevation, "elevation"))
        horizontal = np.cos(elevation)
        known["z"] = np.sin(elevation)
    known |= {"x": np.cos(azimuth) * horizontal, "y": np.sin(azimuth) * horizontal}
    return [_needed(known[name], name) for name in elements]


def _needed(column: Floats | Flags | None, name: str) -> Floats:
    if column is None or not np.all(np.isfinite(column)):
        raise ValueError(f"the target needs '{name}' of every row, and these annotations do not know it")
    return column.astype(np.float64)
