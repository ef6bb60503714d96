"""Decoding of ACCDOA tensors to annotations."""

from collections.abc import Sequence
from itertools import permutations
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike

from seldkit.accdoa.elements import DEFAULT_ELEMENTS, checked_elements
from seldkit.annotations import Annotations
from seldkit.classes import STARSS23, ClassVocabulary
from seldkit.types import Flags, Floats, Integers

if TYPE_CHECKING:
    from torch import Tensor


MIN_VECTOR_LENGTH: Final = 1e-10
"""Length that is added to vectors before division."""
TRACK_PAIRS: Final = np.array([[0, 1], [1, 2], [2, 0]])
"""Pairs of tracks. If a pair is merged, the on-screen value of its first track is kept."""
REMAINING_TRACK: Final = np.array([2, 0, 1])
"""For each pair, the track that is not in the pair."""


def decode(
    output: "Tensor | ArrayLike",
    elements: Sequence[str] = DEFAULT_ELEMENTS,
    threshold: float | Sequence[float] = 0.5,
    unify: float = 15.0,
    classes: Sequence[str] = STARSS23,
) -> list[Annotations]:
    """Decodes the output of a model to annotations.

    A track is active if its vector is longer than the threshold. Active tracks of a class whose directions
    differ by less than ``unify`` are merged to one source: it has their mean direction and distance and the
    on-screen value of one of them. The DCASE baselines of 2022 to 2025 do the same. The angle is the azimuth
    difference, or the angle in space if the elements contain z.

    A source is on-screen if its probability is at least 0.5. The confidence is the length of the vector, at
    most 1. Distances are at least 0, and NaN if the model does not predict them. The source
    number of all rows is 0, because tracks are not linked over time.

    Args:
        output: ACCDOA tensor, shape ``(batch, frames, tracks, elements, classes)``, with three tracks
            (multi-ACCDOA) or one track (single ACCDOA).
        elements: Elements of a track, ``x y [z] [distance] [onscreen]``.
        threshold: Activity threshold, at least 0: one value, or one per class.
        unify: Angle in degrees below which active tracks of a class are merged.
        classes: Class names.

    Returns:
        One `Annotations` per item of the batch.

    Raises:
        ValueError: A shape, the number of thresholds or the elements are wrong.
    """
    elements = checked_elements(elements)
    values = np.moveaxis(_array(output), 2, -1)  # (batch, frames, elements, classes, tracks)
    batch, frames, count, class_count, tracks = values.shape
    if count != len(elements) or class_count != len(classes) or tracks not in (1, 3):
        raise ValueError(
            f"expected output (batch, frames, 1 or 3 tracks, {len(elements)}, {len(classes)}), "
            f"got {(batch, frames, tracks, count, class_count)}"
        )
    vectors = values[:, :, : 2 + ("z" in elements)]
    limits = np.asarray(threshold, dtype=np.float64).reshape(-1, 1)
    if len(limits) not in (1, class_count):
        raise ValueError(
            f"expected one threshold or one for each of {class_count} classes, got {len(limits)}"
        )
    active = np.linalg.norm(vectors, axis=2) > limits
    if tracks == 3:
        values, active = _merge_tracks(values, active, vectors, unify, "onscreen" in elements)
    # active: (batch, frames, classes, slots); rows are ordered by frame, class and slot.
    item, frame, class_id, slot = np.nonzero(active)
    rows = values[item, frame, :, class_id, slot]  # (rows, elements)
    edges = np.searchsorted(item, np.arange(1, batch))
    return [
        _annotations(part, elements, frames, classes)
        for part in zip(*(np.split(column, edges) for column in (frame, class_id, rows)), strict=True)
    ]


def align_tracks(output: "Tensor", reference: "Tensor") -> "Tensor":
    """Reorders tracks to match those of a reference.

    ADPIT leaves the order of the tracks free. Two models, or one model in two overlapping windows, may
    therefore assign the same source to different tracks. For each frame and class, the order with the
    smallest squared error is chosen.

    Args:
        output: ACCDOA tensor, shape ``(..., frames, tracks, elements, classes)``.
        reference: ACCDOA tensor of the same shape.

    Returns:
        ``output`` with its tracks reordered, same shape.
    """
    import torch

    orders = torch.tensor(list(permutations(range(output.shape[-3]))), device=output.device)
    candidates = output[..., orders, :, :]  # (..., frames, orders, tracks, elements, classes)
    errors = (
        (candidates - reference.unsqueeze(-4)).square().sum(dim=(-3, -2))
    )  # (..., frames, orders, classes)
    best = orders[errors.argmin(dim=-2)]  # (..., frames, classes, tracks)
    index = best.movedim(-1, -2).unsqueeze(-2).expand_as(output)
    return output.gather(-3, index)


def _array(output: "Tensor | ArrayLike") -> Floats:
    detach = getattr(output, "detach", None)
    array = np.asarray(output if detach is None else detach().cpu().double().numpy(), dtype=np.float64)
    if array.ndim != 5:
        raise ValueError(f"expected output (batch, frames, tracks, elements, classes), got {array.shape}")
    return array


def _merge_tracks(
    values: Floats, active: Flags, vectors: Floats, unify: float, has_onscreen: bool
) -> tuple[Floats, Flags]:
    """Merges tracks to sources, in up to three slots of the same shapes.

    If no pair of tracks is close, all active tracks are kept. If one pair is close, the slots are the
    remaining track and the mean of the pair. If more pairs are close, the only slot is the mean of all three.
    """
    close = _close_pairs(vectors, active, unify)  # (batch, frames, classes, pairs)
    close_count = close.sum(axis=-1)
    pair = close.argmax(axis=-1)

    remaining = _take_track(values, REMAINING_TRACK[pair])
    first, second = (_take_track(values, TRACK_PAIRS[pair, index]) for index in (0, 1))
    pair_mean, all_mean = (first + second) / 2, values.mean(axis=-1)
    if has_onscreen:
        pair_mean[:, :, -1], all_mean[:, :, -1] = first[:, :, -1], values[:, :, -1, :, 0]

    one, several = (close_count == 1)[:, :, None], (close_count > 1)[:, :, None]
    slots = values.copy()
    slots[..., 0] = np.where(several, all_mean, np.where(one, remaining, values[..., 0]))
    slots[..., 1] = np.where(one, pair_mean, values[..., 1])

    remaining_active = np.take_along_axis(active, REMAINING_TRACK[pair][..., None], axis=-1)[..., 0]
    used = active & (close_count == 0)[..., None]
    used[..., 0] |= (close_count > 1) | ((close_count == 1) & remaining_active)
    used[..., 1] |= close_count == 1
    return slots, used


def _close_pairs(vectors: Floats, active: Flags, unify: float) -> Flags:
    """Returns which pairs of active tracks have close directions, (batch, frames, classes, pairs)."""
    unit = vectors / (np.linalg.norm(vectors, axis=2, keepdims=True) + MIN_VECTOR_LENGTH)
    cosine = (unit[..., TRACK_PAIRS[:, 0]] * unit[..., TRACK_PAIRS[:, 1]]).sum(axis=2)
    close = np.rad2deg(np.arccos(np.clip(cosine, -1.0, 1.0))) < unify
    close_and_active: Flags = close & active[..., TRACK_PAIRS[:, 0]] & active[..., TRACK_PAIRS[:, 1]]
    return close_and_active


def _take_track(values: Floats, track: Integers) -> Floats:
    """Returns the values of one track per class, (batch, frames, elements, classes)."""
    return np.take_along_axis(values, track[:, :, None, :, None], axis=-1)[..., 0]


def _annotations(
    part: tuple[Integers, Integers, Floats],
    elements: tuple[str, ...],
    frame_count: int,
    classes: Sequence[str],
) -> Annotations:
    frame, class_id, rows = part
    column = dict(zip(elements, rows.T, strict=True))
    x, y, z = column["x"], column["y"], column.get("z")
    flat = np.hypot(x, y)
    confidence = np.minimum(flat if z is None else np.hypot(flat, z), 1.0)
    distance = column.get("distance", np.full(len(frame), np.nan))
    return Annotations(
        frame=frame,
        class_id=class_id,
        source=np.zeros(len(frame), np.int64),
        azimuth=np.rad2deg(np.arctan2(y, x)),
        distance=np.maximum(distance, 0.0),
        frame_count=frame_count,
        elevation=None if z is None else np.rad2deg(np.arctan2(z, flat)),
        onscreen=column["onscreen"] >= 0.5 if "onscreen" in column else None,
        confidence=confidence,
        classes=ClassVocabulary.from_names(classes),
    )
