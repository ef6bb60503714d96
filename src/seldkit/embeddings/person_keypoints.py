"""People in pictures as sets of points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from seldkit.embeddings.registry import EncoderInput
from seldkit.types import Floats32, ImageArray

if TYPE_CHECKING:
    from torch import Tensor


VALUES_PER_POINT: Final = 3
"""Of each point: from the left, from the top (0 to 1 of the picture), and how sure it is (0 to 1)."""


@dataclass(frozen=True, eq=False)
class PersonKeypoints:
    """points: (people, points, 3), surest people first. score: (people,)."""

    points: Floats32
    score: Floats32

    def __len__(self) -> int:
        return len(self.score)


class KeypointDetector(Protocol):
    """Finds people.

    Attribute body_parts: the numbers of the points of a "mouth", "wrist" and "foot".
    """

    body_parts: dict[str, tuple[int, ...]]

    def detect(self, picture: ImageArray) -> PersonKeypoints:
        """The people of a picture, (height, width, 3) RGB."""


class KeypointEncoder:
    """One token a picture: the points of its people, surest first, zeros where there are fewer."""

    def __init__(self, finder: KeypointDetector, people: int, points: int) -> None:
        self.detector = finder
        self._shape = (people, points, VALUES_PER_POINT)

    def preprocess(self, picture: ImageArray) -> EncoderInput:
        """The token itself, (dim,)."""
        found = self.detector.detect(picture).points[: self._shape[0]]
        token = np.zeros(self._shape, np.float32)
        token[: len(found)] = found
        return token.ravel()

    def encode(self, prepared: EncoderInput) -> Tensor:
        """(pictures, dim) -> (pictures, 1, dim)."""
        import torch

        return torch.from_numpy(prepared).unsqueeze(1)
