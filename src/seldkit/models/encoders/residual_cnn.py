"""Residual CNN: the convolutional encoder of AV-SELD (Berghi et al., ICASSP 2024, and their code)."""

from itertools import pairwise
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from seldkit.models.registry import ENCODERS, Size
from seldkit.settings import Settings

Filters = Annotated[tuple[Size, ...], Field(strict=False, min_length=1, max_length=8)]


@ENCODERS.register("residual-cnn")
class ResidualCnnSettings(Settings):
    """Settings of the residual CNN.

    Attributes:
        filters: Channels of each block; every block halves frames and bins.
    """

    name: Literal["residual-cnn"] = "residual-cnn"
    filters: Filters = (64, 128, 256, 512)

    @property
    def dim(self) -> int:
        """Width of the output vectors."""
        return self.filters[-1]

    @property
    def pooling(self) -> int:
        """Number of feature frames per label frame."""
        return int(2 ** len(self.filters))

    def build(self, channels: int, bins: int) -> "ResidualCnn":
        """Builds the encoder.

        Args:
            channels: Number of feature channels.
            bins: Number of frequency bins.

        Returns:
            The encoder.
        """
        return ResidualCnn(self.filters, channels, bins)


class ResidualCnn(nn.Module):
    """Residual blocks, then the mean over frequency.

    Args:
        filters: Channels of each block.
        channels: Number of feature channels.
        bins: Number of frequency bins.

    Raises:
        ValueError: If there are too few bins for the number of blocks.
    """

    def __init__(self, filters: tuple[int, ...], channels: int, bins: int) -> None:
        super().__init__()
        if bins < 2 ** len(filters):
            raise ValueError(f"{len(filters)} blocks require at least {2 ** len(filters)} bins, got {bins}")
        self.blocks = nn.Sequential(*(ResidualBlock(*sizes) for sizes in pairwise([channels, *filters])))

    def forward(self, features: Tensor) -> Tensor:
        """Encodes features.

        Args:
            features: ``(batch, channels, frames, bins)``.

        Returns:
            ``(batch, frames // 2 ** blocks, filters of the last block)``.
        """
        x: Tensor = self.blocks(features)  # (batch, filters, label frames, bins)
        return x.mean(dim=3).transpose(1, 2)


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions with batch norm and ReLU, average pooling, and a strided 1×1 shortcut.

    Args:
        channels: Number of input channels.
        filters: Number of output channels.
    """

    def __init__(self, channels: int, filters: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.shortcut = nn.Conv2d(channels, filters, 1, stride=2, bias=False)
        self.shortcut_bn = nn.BatchNorm2d(filters)

    def forward(self, x: Tensor) -> Tensor:
        """Applies the block.

        Args:
            x: ``(batch, channels, frames, bins)``.

        Returns:
            ``(batch, filters, frames // 2, bins // 2)``.
        """
        x = x[:, :, : x.shape[2] // 2 * 2, : x.shape[3] // 2 * 2]  # both paths need even sizes
        shortcut: Tensor = self.shortcut_bn(self.shortcut(x))
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.relu(self.bn2(self.conv2(x)))
        return shortcut + functional.avg_pool2d(x, 2)
