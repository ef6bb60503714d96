"""What an embedding is, and where embeddings are listed by the name that a configuration gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Protocol

from numpy.typing import NDArray
from pydantic import Field

from seldkit.registry import Registry
from seldkit.types import ImageArray, Samples

if TYPE_CHECKING:
    import torch
    from torch import Tensor

EncoderInput = NDArray[Any]

Modality = Literal["audio", "images", "video"]
"""What an encoder takes: a window's sound, single pictures, or a window's pictures in their order."""

FrameRate = Annotated[float, Field(gt=0.0, le=60.0)]
"""Pictures a second."""

TokenDim = Annotated[int, Field(ge=1, le=100_000)]
"""Values of a token."""

TileCount = Annotated[int, Field(ge=1, le=32)]
"""Tiles of a picture from top to bottom, or from left to right."""

WeightsLocation = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f]+$")]
"""A name on the hub, or a path: where an encoder's weights are."""


class AudioEncoder(Protocol):
    """Tokens of sound."""

    def encode(self, sound: Samples, sample_rate: int) -> Tensor:
        """(batch, channels, samples) -> (batch, time, dim), float32, tokens evenly spread over the sound.

        Two channels are left and right, four are first-order ambisonics in ACN order.
        """


class ImageEncoder(Protocol):
    """Tokens of pictures: of each alone, or of several in their order."""

    def preprocess(self, picture: ImageArray) -> EncoderInput:
        """A picture, (height, width, 3) RGB, as the encoder takes it: of a fixed, small shape."""

    def encode(self, prepared: EncoderInput) -> Tensor:
        """Single pictures: (pictures, …) -> (pictures, tokens, dim); clips: (batch, pictures, …) ->
        (batch, time, dim). float32."""


class EmbeddingSettings(Protocol):
    """Settings of a frozen encoder, light to import: what a model's configuration says of a stream."""

    @property
    def embedding(self) -> str:
        """What a configuration calls it."""

    @property
    def modality(self) -> Modality:
        """What the encoder takes."""

    @property
    def rate(self) -> float:
        """Pictures a second, or for sound the tokens a second (about: they fill a window evenly)."""

    @property
    def dim(self) -> int:
        """Width of the tokens."""

    def load(self, device: str | torch.device = "cpu") -> Any:
        """The `AudioEncoder` or `ImageEncoder`, in half precision on a GPU.

        Raises ModelError, where weights are absent, naming the files and where to put them; and
        MissingExtraError.
        """


EMBEDDINGS: Final[Registry[type[EmbeddingSettings]]] = Registry("embedding")
"""Frozen encoders of sound or pictures, by the name that a stream's settings give."""
