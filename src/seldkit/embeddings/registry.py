"""Interfaces of frozen encoders, and the registry that lists them by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Protocol

from numpy.typing import NDArray
from pydantic import Field

from seldkit.errors import ModelError
from seldkit.registry import Registry
from seldkit.types import ImageArray, Samples

if TYPE_CHECKING:
    import torch
    from torch import Tensor

EncoderInput = NDArray[Any]
"""Preprocessed image or images."""

Modality = Literal["audio", "images", "video"]
"""Input of an encoder: the audio of a window, single images, or all images of a window in order."""

FrameRate = Annotated[float, Field(gt=0.0, le=60.0)]
"""Images per second."""

TokenDim = Annotated[int, Field(ge=1, le=100_000)]
"""Number of values per token."""

TileCount = Annotated[int, Field(ge=1, le=32)]
"""Number of tiles of an image along one axis."""

WeightsLocation = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f]+$")]
"""Name of a model on the Hugging Face hub, or a path."""


class AudioEncoder(Protocol):
    """Encoder of audio."""

    def encode(self, audio: Samples, sample_rate: int) -> Tensor:
        """Encodes windows of audio.

        Args:
            audio: Audio, shape ``(batch, channels, samples)``: mono, left and right, or first-order
                ambisonics in ACN order.
            sample_rate: Sample rate in Hz.

        Returns:
            Tokens, evenly distributed over the window, shape ``(batch, time, dim)``, float32.
        """


class ImageEncoder(Protocol):
    """Encoder of single images or of image sequences."""

    def preprocess(self, image: ImageArray) -> EncoderInput:
        """Converts an image to the input of the encoder.

        Args:
            image: RGB image, shape ``(height, width, 3)``.

        Returns:
            Array of a fixed, small shape.
        """

    def encode(self, inputs: EncoderInput) -> Tensor:
        """Encodes preprocessed images.

        Args:
            inputs: Outputs of `preprocess`, shape ``(images, ...)`` for single images and ``(batch, images,
                ...)`` for image sequences.

        Returns:
            Tokens, shape ``(images, tokens, dim)`` for single images and ``(batch, time, dim)`` for image
            sequences, float32.
        """


class EmbeddingSettings(Protocol):
    """Settings of a frozen encoder. Importing them does not import the libraries of the encoder."""

    @property
    def embedding(self) -> str:
        """Registered name of the encoder."""

    @property
    def modality(self) -> Modality:
        """Input of the encoder."""

    @property
    def rate(self) -> float:
        """Images per second, or for audio the approximate number of tokens per second."""

    @property
    def dim(self) -> int:
        """Number of values per token."""

    def load(self, device: str | torch.device = "cpu") -> AudioEncoder | ImageEncoder:
        """Loads the encoder.

        Args:
            device: Compute device. On a GPU, the encoder runs in half precision.

        Returns:
            The encoder.

        Raises:
            ModelError: The weights are missing or wrong. The message names the files and their location.
            MissingExtraError: A library is missing.
        """


EMBEDDINGS: Final[Registry[type[EmbeddingSettings]]] = Registry("embedding")
"""Settings of frozen encoders by the name used in configurations."""


def require_token_dim(embedding: str, model: str, key: str, stated: int, actual: int) -> None:
    """Checks the number of values per token that settings state.

    Args:
        embedding: Registered name of the encoder, for the error message.
        model: Name or path of the model, for the error message.
        key: Key of the settings.
        stated: Value of the settings.
        actual: Number of values per token of the model.

    Raises:
        ModelError: The numbers differ.
    """
    if actual != stated:
        raise ModelError(
            f"embedding '{embedding}': {model} has {actual} values per token, but the settings "
            f"state {key}: {stated}; set {key}: {actual}"
        )
