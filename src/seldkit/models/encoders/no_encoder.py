"""No encoder: a model that does not listen."""

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn

from seldkit.models.registry import ENCODERS
from seldkit.settings import Settings


@ENCODERS.register("none")
class NoEncoderSettings(Settings):
    """pooling: feature frames in a label frame; the features only say how long a clip is."""

    name: Literal["none"] = "none"
    pooling: Annotated[int, Field(ge=1, le=4096)] = 5

    @property
    def dim(self) -> int:
        return 0

    def build(self, channels: int, bins: int) -> "NoEncoder":
        return NoEncoder(self.pooling)


class NoEncoder(nn.Module):
    """(batch, channels, frames, bins) -> (batch, frames // pooling, 0): label frames without content."""

    def __init__(self, pooling: int) -> None:
        super().__init__()
        self.pooling = pooling

    def forward(self, features: Tensor) -> Tensor:
        return features.new_zeros(features.shape[0], features.shape[2] // self.pooling, 0)
