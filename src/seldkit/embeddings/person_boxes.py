"""Person boxes as Gaussian vectors: the visual stream of the DCASE 2023 audio-visual baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from seldkit.embeddings.registry import EMBEDDINGS, EncoderInput, FrameRate, Modality, WeightsLocation
from seldkit.embeddings.yolox import PERSON, Yolox
from seldkit.settings import Settings
from seldkit.types import ImageArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor

POINTS: Final = 37
"""Places along each axis at which a box's Gaussian is read."""


@EMBEDDINGS.register("person-boxes")
class PersonBoxSettings(Settings):
    """weights: an ONNX file of a YOLOX without its decoding, or None to look for it where such files lie.

    rate: pictures a second. boxes: at most so many, surest first. least_score: of a box.
    """

    embedding: Literal["person-boxes"] = "person-boxes"
    weights: WeightsLocation | None = None
    rate: FrameRate = 1.0
    boxes: Annotated[int, Field(ge=1, le=64)] = 6
    least_score: Annotated[float, Field(ge=0.0, le=1.0)] = 0.10

    @property
    def modality(self) -> Modality:
        return "images"

    @property
    def dim(self) -> int:
        return 2 * self.boxes * POINTS

    def mirror_stream(self, stream: Tensor) -> Tensor:
        """The Gaussians from left to right, read from right to left."""
        vectors = stream.reshape(*stream.shape[:-1], 2, self.boxes, POINTS).clone()
        vectors[..., 0, :, :] = vectors[..., 0, :, :].flip(-1)
        return vectors.reshape(stream.shape)

    def load(self, device: str | torch.device = "cpu") -> PersonBoxEncoder:
        return PersonBoxEncoder(self, device)


class PersonBoxEncoder:
    """One token a picture: each box's Gaussian from left to right, then each box's from top to bottom."""

    def __init__(self, settings: PersonBoxSettings, device: str | torch.device = "cpu") -> None:
        self._settings = settings
        self._detector = Yolox("person-boxes", settings.weights, device)

    def preprocess(self, picture: ImageArray) -> EncoderInput:
        """The token itself, (dim,)."""
        found = self._detector.detect(picture, self._settings.least_score, PERSON)
        return gaussians(found.corners[: self._settings.boxes], self._settings.boxes).ravel()

    def encode(self, prepared: EncoderInput) -> Tensor:
        """(pictures, dim) -> (pictures, 1, dim)."""
        import torch

        return torch.from_numpy(prepared).unsqueeze(1)


def gaussians(corners: NDArray[np.float32], boxes: int) -> NDArray[np.float32]:
    """(2, boxes, 37): exp(−(x − middle)² / (half the box)²), zeros where there is no box.

    corners: (n, 4), left, top, right, bottom from 0 to 1, n at most `boxes`.
    """
    places = np.arange(POINTS, dtype=np.float32)
    low, high = corners[:, :2].T, corners[:, 2:].T  # (2, n)
    middle = 0.5 * (low + high) * (POINTS - 1)
    half = np.maximum(0.5 * (high - low) * (POINTS - 1), 1e-3)
    vectors = np.zeros((2, boxes, POINTS), np.float32)
    vectors[:, : len(corners)] = np.exp(-np.square((places - middle[..., None]) / half[..., None]))
    return vectors
