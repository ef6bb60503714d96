"""No encoder: for models that use streams only."""

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn

from seldkit.models.registry import ENCODERS
from seldkit.settings import Settings


@ENCODERS.register("none")
class NoEncoderSettings(Settings):
    """Settings of a model without audio encoder; the features only determine the number of label frames.

    Attributes:
        pooling: Number of feature frames per label frame.
    """

    name: Literal["none"] = "none"
    pooling: Annotated[int, Field(ge=1, le=4096)] = 5

    @property
    def dim(self) -> int:
        """Width of the output vectors: 0."""
        return 0

    def build(self, channels: int, bins: int) -> "NoEncoder":
        """Builds the encoder.

        Args:
            channels: Number of feature channels; not used.
            bins: Number of frequency bins; not used.

        Returns:
            The encoder.
        """
        return NoEncoder(self.pooling)


class NoEncoder(nn.Module):
    """Empty vectors for each label frame.

    Args:
        pooling: Number of feature frames per label frame.
    """

    def __init__(self, pooling: int) -> None:
        super().__init__()
        self.pooling = pooling

    def forward(self, features: Tensor) -> Tensor:
        """Returns empty vectors.

        Args:
            features: ``(batch, channels, frames, bins)``.

        Returns:
            ``(batch, frames // pooling, 0)``.
        """
        return features.new_zeros(features.shape[0], features.shape[2] // self.pooling, 0)
