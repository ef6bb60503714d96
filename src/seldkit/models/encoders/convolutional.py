"""Convolutions alone: the audio encoder of the DCASE 2023 audio-visual baseline (and its code)."""

from itertools import pairwise
from math import prod
from typing import Literal, Self

from pydantic import model_validator
from torch import Tensor, nn

from seldkit.models.encoders.seldnet import ConvBlock
from seldkit.models.registry import ENCODERS
from seldkit.models.sizes import Pools, Size
from seldkit.settings import Settings


@ENCODERS.register("convolutional")
class ConvolutionalSettings(Settings):
    """filters: channels of every convolution. time_pools, bin_pools: max pooling after each of them."""

    name: Literal["convolutional"] = "convolutional"
    filters: Size = 64
    time_pools: Pools = (5, 2, 1)
    bin_pools: Pools = (4, 4, 2)

    @property
    def dim(self) -> int:
        return self.filters

    @property
    def pooling(self) -> int:
        return prod(self.time_pools)

    @model_validator(mode="after")
    def _as_many_of_both(self) -> Self:
        if len(self.time_pools) != len(self.bin_pools):
            raise ValueError(
                f"time_pools and bin_pools name one factor per block each, "
                f"got {len(self.time_pools)} and {len(self.bin_pools)}"
            )
        return self

    def build(self, channels: int, bins: int) -> "Convolutional":
        if bins < prod(self.bin_pools):
            raise ValueError(
                f"bin_pools take {prod(self.bin_pools)} bins into one, but there are only {bins}"
            )
        return Convolutional(self, channels)


class Convolutional(nn.Module):
    """(batch, channels, frames, bins) -> (batch, frames // pooling, filters), the mean over frequency."""

    def __init__(self, settings: ConvolutionalSettings, channels: int) -> None:
        super().__init__()
        sizes = pairwise([channels] + [settings.filters] * len(settings.time_pools))
        pools = zip(settings.time_pools, settings.bin_pools, strict=True)
        self.blocks = nn.Sequential(
            *(ConvBlock(*size, pool, bias=False) for size, pool in zip(sizes, pools, strict=True))
        )

    def forward(self, features: Tensor) -> Tensor:
        x: Tensor = self.blocks(features)
        return x.mean(dim=3).transpose(1, 2)
