"""Convolutions only: the audio encoder of the DCASE 2023 audio-visual baseline (and its code)."""

from itertools import pairwise
from math import prod
from typing import Literal, Self

from pydantic import model_validator
from torch import Tensor, nn

from seldkit.models.encoders.seldnet import ConvBlock, check_bins, check_pools
from seldkit.models.registry import ENCODERS, Pools, Size
from seldkit.settings import Settings


@ENCODERS.register("convolutional")
class ConvolutionalSettings(Settings):
    """Settings of the convolutional encoder.

    Attributes:
        filters: Channels of every convolution.
        time_pools: Max pooling over feature frames after each convolution.
        bin_pools: Max pooling over frequency bins after each convolution.
    """

    name: Literal["convolutional"] = "convolutional"
    filters: Size = 64
    time_pools: Pools = (5, 2, 1)
    bin_pools: Pools = (4, 4, 2)

    @property
    def dim(self) -> int:
        """Width of the output vectors."""
        return self.filters

    @property
    def pooling(self) -> int:
        """Number of feature frames per label frame."""
        return prod(self.time_pools)

    @model_validator(mode="after")
    def _check_pools(self) -> Self:
        check_pools(self.time_pools, self.bin_pools)
        return self

    def build(self, channels: int, bins: int) -> "Convolutional":
        """Builds the encoder.

        Args:
            channels: Number of feature channels.
            bins: Number of frequency bins.

        Returns:
            The encoder.
        """
        check_bins(self.bin_pools, bins)
        return Convolutional(self, channels)


class Convolutional(nn.Module):
    """Convolutional blocks, then the mean over frequency.

    Args:
        settings: Settings of the encoder.
        channels: Number of feature channels.
    """

    def __init__(self, settings: ConvolutionalSettings, channels: int) -> None:
        super().__init__()
        sizes = pairwise([channels] + [settings.filters] * len(settings.time_pools))
        pools = zip(settings.time_pools, settings.bin_pools, strict=True)
        self.blocks = nn.Sequential(
            *(ConvBlock(*size, pool, bias=False) for size, pool in zip(sizes, pools, strict=True))
        )

    def forward(self, features: Tensor) -> Tensor:
        """Encodes features.

        Args:
            features: ``(batch, channels, frames, bins)``.

        Returns:
            ``(batch, frames // pooling, filters)``.
        """
        x: Tensor = self.blocks(features)
        return x.mean(dim=3).transpose(1, 2)
