"""People in pictures as sets of points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from seldkit.embeddings.registry import Prepared
from seldkit.types import Floats32, ImageArray

if TYPE_CHECKING:
    from torch import Tensor


VALUES: Final = 3
"""Of each point: from the left, from the top (0 to 1 of the picture), and how sure it is (0 to 1)."""


@dataclass(frozen=True, eq=False)
class People:
    """points: (people, points, 3), surest people first. score: (people,)."""

    points: Floats32
    score: Floats32

    def __len__(self) -> int:
        return len(self.score)


class Finder(Protocol):
    """Finds people.

    Attribute parts: the numbers of the points of a "mouth", "wrist" and "foot".
    """

    parts: dict[str, tuple[int, ...]]

    def find(self, picture: ImageArray) -> People:
        """The people of a picture, (height, width, 3) RGB."""


class PeopleEncoder:
    """One token a picture: the points of its people, surest first, zeros where there are fewer."""

    def __init__(self, finder: Finder, people: int, points: int) -> None:
        self.finder = finder
        self._shape = (people, points, VALUES)

    def prepare(self, picture: ImageArray) -> Prepared:
        """The token itself, (dim,)."""
        found = self.finder.find(picture).points[: self._shape[0]]
        token = np.zeros(self._shape, np.float32)
        token[: len(found)] = found
        return token.ravel()

    def encode(self, prepared: Prepared) -> Tensor:
        """(pictures, dim) -> (pictures, 1, dim)."""
        import torch

        return torch.from_numpy(prepared).unsqueeze(1)
