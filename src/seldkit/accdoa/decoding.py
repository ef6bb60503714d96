"""ACCDOA tensors as annotations."""

from collections.abc import Sequence
from itertools import permutations
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike

from seldkit.accdoa.elements import DEFAULT_ELEMENTS, checked_elements
from seldkit.annotations import Annotations
from seldkit.classes import STARSS23
from seldkit.types import Flags, Floats, Integers

if TYPE_CHECKING:
    from torch import Tensor


TINY: Final = 1e-10
PAIRS: Final = np.array([[0, 1], [1, 2], [2, 0]])
"""Pairs of tracks; of a pair that is one source, the first one's on-screen value stays."""
THIRD: Final = np.array([2, 0, 1])
"""The track that is in none of the pair."""


def decode(
    output: "Tensor | ArrayLike",
    elements: Sequence[str] = DEFAULT_ELEMENTS,
    threshold: float | Sequence[float] = 0.5,
    unify: float = 15.0,
    classes: tuple[str, ...] = STARSS23,
) -> list[Annotations]:
    """What a model's output says: one `Annotations` for each item of the batch.

    output: (batch, frames, tracks, elements, classes), three tracks of multi-ACCDOA or one of single ACCDOA.
    threshold: a track is active where its vector is longer than this; one number, or one for each class.
    unify: active tracks of one class that point less than so many degrees apart are one source: their mean
    direction and distance, and the on-screen value of one of them (DCASE baselines 2022 to 2025; those
    compare and average horizontally in 2025, in space where there is z).

    On-screen is a probability of at least 0.5. The confidence is the vector's length, at most 1. Distances
    are at least 0, NaN where the model has none. Sources are numbered 0: tracks are not followed over time.
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
        values, active = _unified(values, active, vectors, unify, "onscreen" in elements)
    # (batch, frames, classes, places): the order of rows is by frame, class and place.
    item, frame, class_id, place = np.nonzero(active)
    rows = values[item, frame, :, class_id, place]  # (rows, elements)
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


def _unified(
    values: Floats, active: Flags, vectors: Floats, unify: float, has_onscreen: bool
) -> tuple[Floats, Flags]:
    """Sources instead of tracks, in up to three places each: the same shapes.

    No pair is alike: every active track. One pair is: the third track first, then the pair's mean. More are:
    the mean of all three.
    """
    alike = _alike(vectors, active, unify)  # (batch, frames, classes, pairs)
    pairs = alike.sum(axis=-1)
    pair = alike.argmax(axis=-1)

    third = _track(values, THIRD[pair])
    first, second = (_track(values, PAIRS[pair, side]) for side in (0, 1))
    pair_mean, all_mean = (first + second) / 2, values.mean(axis=-1)
    if has_onscreen:
        pair_mean[:, :, -1], all_mean[:, :, -1] = first[:, :, -1], values[:, :, -1, :, 0]

    one, more = (pairs == 1)[:, :, None], (pairs > 1)[:, :, None]
    places = values.copy()
    places[..., 0] = np.where(more, all_mean, np.where(one, third, values[..., 0]))
    places[..., 1] = np.where(one, pair_mean, values[..., 1])

    third_active = np.take_along_axis(active, THIRD[pair][..., None], axis=-1)[..., 0]
    filled = active & (pairs == 0)[..., None]
    filled[..., 0] |= (pairs > 1) | ((pairs == 1) & third_active)
    filled[..., 1] |= pairs == 1
    return places, filled


def _alike(vectors: Floats, active: Flags, unify: float) -> Flags:
    """Which pairs of active tracks point the same way: (batch, frames, classes, pairs)."""
    unit = vectors / (np.linalg.norm(vectors, axis=2, keepdims=True) + TINY)
    cosine = (unit[..., PAIRS[:, 0]] * unit[..., PAIRS[:, 1]]).sum(axis=2)
    near = np.rad2deg(np.arccos(np.clip(cosine, -1.0, 1.0))) < unify
    alike: Flags = near & active[..., PAIRS[:, 0]] & active[..., PAIRS[:, 1]]
    return alike


def _track(values: Floats, track: Integers) -> Floats:
    """The values of one track for each class: (batch, frames, elements, classes)."""
    return np.take_along_axis(values, track[:, :, None, :, None], axis=-1)[..., 0]


def _annotations(
    part: tuple[Integers, Integers, Floats],
    elements: tuple[str, ...],
    frame_count: int,
    classes: tuple[str, ...],
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
        classes=classes,
    )
