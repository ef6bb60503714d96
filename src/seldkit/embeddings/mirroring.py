"""Streams of mirrored pictures, out of those of the pictures as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor


@runtime_checkable
class Mirrorable(Protocol):
    """Settings of an encoder whose tokens say where things are, so that they can be mirrored themselves."""

    def mirrored(self, stream: Tensor) -> Tensor:
        """(…, dim) of pictures -> the same of their mirror images, left for right."""


def mirrored_points(stream: Tensor, people: int, partners: Sequence[int]) -> Tensor:
    """People's points (…, people · points · 3), each from the left, from the top and how sure, mirrored.

    partners: of each point the one that it is in the mirror: a left wrist is a right one there. Zeros,
    where there is nobody, stay.
    """
    points = stream.reshape(*stream.shape[:-1], people, len(partners), 3)[..., list(partners), :]
    somebody = (points != 0).flatten(-2).any(dim=-1)[..., None]
    points[..., 0] = points[..., 0].where(~somebody, 1.0 - points[..., 0])
    return points.reshape(stream.shape)
