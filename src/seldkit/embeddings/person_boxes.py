"""Person boxes as Gaussian vectors, the visual stream of the DCASE 2023 audio-visual baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

import numpy as np
from pydantic import Field

from seldkit.embeddings.registry import EMBEDDINGS, EncoderInput, FrameRate, Modality, WeightsLocation
from seldkit.embeddings.yolox import PERSON_CLASS, Yolox
from seldkit.settings import Settings
from seldkit.types import Floats32, ImageArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor

AXIS_POINTS: Final = 37
"""Number of points along each axis at which the Gaussian of a box is sampled."""
MIN_HALF_WIDTH: Final = 1e-3
"""Smallest half width of a box, in units of the distance between points."""


@EMBEDDINGS.register("person-boxes")
class PersonBoxSettings(Settings):
    """Settings of person boxes.

    Attributes:
        embedding: Registered name.
        weights: ONNX file of a YOLOX without its decoding. None searches the usual locations.
        rate: Images per second.
        boxes: Largest number of boxes, by descending confidence.
        least_score: Smallest confidence of a box, from 0 to 1.
    """

    embedding: Literal["person-boxes"] = "person-boxes"
    weights: WeightsLocation | None = None
    rate: FrameRate = 1.0
    boxes: Annotated[int, Field(ge=1, le=64)] = 6
    least_score: Annotated[float, Field(ge=0.0, le=1.0)] = 0.10

    @property
    def modality(self) -> Modality:
        """Input of the encoder."""
        return "images"

    @property
    def dim(self) -> int:
        """Number of values per token."""
        return 2 * self.boxes * AXIS_POINTS

    def mirror_stream(self, stream: Tensor) -> Tensor:
        """Reverses the horizontal Gaussians.

        Args:
            stream: Tokens, shape ``(..., dim)``.

        Returns:
            Tokens of the mirrored images, same shape.
        """
        vectors = stream.reshape(*stream.shape[:-1], 2, self.boxes, AXIS_POINTS).clone()
        vectors[..., 0, :, :] = vectors[..., 0, :, :].flip(-1)
        return vectors.reshape(stream.shape)

    def load(self, device: str | torch.device = "cpu") -> PersonBoxEncoder:
        """Loads the encoder.

        Args:
            device: Compute device.

        Returns:
            The encoder.
        """
        return PersonBoxEncoder(self, device)


class PersonBoxEncoder:
    """Encodes an image to one token: the horizontal Gaussians of all boxes, then the vertical ones.

    Args:
        settings: Settings.
        device: Compute device.

    Raises:
        ModelError: The weights are missing or wrong.
        MissingExtraError: ONNX Runtime is missing.
    """

    def __init__(self, settings: PersonBoxSettings, device: str | torch.device = "cpu") -> None:
        self._settings = settings
        self._detector = Yolox("person-boxes", settings.weights, device)

    def preprocess(self, image: ImageArray) -> EncoderInput:
        """Detects the persons in an image.

        Args:
            image: RGB image, shape ``(height, width, 3)``.

        Returns:
            The token, shape ``(dim,)``.
        """
        persons = self._detector.detect(image, self._settings.least_score, PERSON_CLASS)
        return box_gaussians(persons.corners[: self._settings.boxes], self._settings.boxes).ravel()

    def encode(self, inputs: EncoderInput) -> Tensor:
        """Converts tokens to a tensor.

        Args:
            inputs: Outputs of `preprocess`, shape ``(images, dim)``.

        Returns:
            Tokens, shape ``(images, 1, dim)``, float32.
        """
        import torch

        return torch.from_numpy(inputs).unsqueeze(1)


def box_gaussians(corners: Floats32, boxes: int) -> Floats32:
    """Converts boxes to Gaussian vectors ``exp(-(x - centre)² / half_width²)`` along both axes.

    Args:
        corners: Left, top, right and bottom of each box, from 0 to 1, shape ``(n, 4)`` with n at most
            `boxes`.
        boxes: Largest number of boxes.

    Returns:
        Horizontal and vertical vectors, shape ``(2, boxes, 37)``; zeros for missing boxes.
    """
    positions = np.arange(AXIS_POINTS, dtype=np.float32)
    low, high = corners[:, :2].T, corners[:, 2:].T  # (2, n)
    centre = 0.5 * (low + high) * (AXIS_POINTS - 1)
    half_width = np.maximum(0.5 * (high - low) * (AXIS_POINTS - 1), MIN_HALF_WIDTH)
    vectors = np.zeros((2, boxes, AXIS_POINTS), np.float32)
    vectors[:, : len(corners)] = np.exp(-np.square((positions - centre[..., None]) / half_width[..., None]))
    return vectors
