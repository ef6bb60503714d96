"""Keypoints of persons in images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from seldkit.embeddings.registry import EncoderInput
from seldkit.types import Floats32, ImageArray

if TYPE_CHECKING:
    from torch import Tensor


VALUES_PER_POINT: Final = 3
"""Horizontal and vertical position (0 to 1 of the image) and confidence (0 to 1) of a keypoint."""


@dataclass(frozen=True, eq=False)
class PersonKeypoints:
    """Persons in an image, by descending confidence.

    Attributes:
        points: Position from the left, position from the top and confidence of each keypoint, each from 0 to
            1, shape ``(persons, points, 3)``.
        score: Confidence of each person, shape ``(persons,)``.
    """

    points: Floats32
    score: Floats32

    def __len__(self) -> int:
        return len(self.score)


class KeypointDetector(Protocol):
    """Detector of persons and their keypoints.

    Attributes:
        body_parts: Indices of the keypoints of each ``"mouth"``, ``"wrist"`` and ``"foot"``.
    """

    body_parts: dict[str, tuple[int, ...]]

    def detect(self, image: ImageArray) -> PersonKeypoints:
        """Detects the persons in an image.

        Args:
            image: RGB image, shape ``(height, width, 3)``.

        Returns:
            Persons by descending confidence.
        """


class KeypointEncoder:
    """Encodes an image to one token: the keypoints of its persons, padded with zeros.

    Args:
        detector: Detector of persons.
        people: Largest number of persons.
        points: Number of keypoints per person.

    Attributes:
        detector: Detector of persons.
    """

    def __init__(self, detector: KeypointDetector, people: int, points: int) -> None:
        self.detector = detector
        self._shape = (people, points, VALUES_PER_POINT)

    def preprocess(self, image: ImageArray) -> EncoderInput:
        """Detects the persons in an image.

        Args:
            image: RGB image, shape ``(height, width, 3)``.

        Returns:
            The token, shape ``(dim,)``.
        """
        points = self.detector.detect(image).points[: self._shape[0]]
        token = np.zeros(self._shape, np.float32)
        token[: len(points)] = points
        return token.ravel()

    def encode(self, inputs: EncoderInput) -> Tensor:
        """Converts tokens to a tensor.

        Args:
            inputs: Outputs of `preprocess`, shape ``(images, dim)``.

        Returns:
            Tokens, shape ``(images, 1, dim)``, float32.
        """
        import torch

        return torch.from_numpy(inputs).unsqueeze(1)
