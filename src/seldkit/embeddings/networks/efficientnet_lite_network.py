"""EfficientNet-Lite 0 to 2: inverted bottlenecks with ReLU6 and without squeeze-and-excitation."""

import math
import re
from collections.abc import Mapping
from typing import Final, Self

from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from seldkit.embeddings.networks import pad_same

SCALES: Final = {"lite0": (1.0, 1.0), "lite1": (1.0, 1.1), "lite2": (1.1, 1.2)}
"""Factors of the width and depth relative to the first variant, by variant."""

STAGES: Final = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""Blocks, kernel size, stride, expansion and channels of each stage (Tan and Le 2019, table 1)."""

STEM_CHANNELS: Final = 32
HEAD_CHANNELS: Final = 1280
NORM_EPSILON: Final = 1e-3

PUBLIC_NAMES: Final = (
    (r"^_conv_stem\.", "stem.conv."),
    (r"^_bn0\.", "stem.norm."),
    (r"^_conv_head\.", "head.conv."),
    (r"^_bn1\.", "head.norm."),
    (r"^_blocks\.(\d+)\._expand_conv\.", r"blocks.\1.expand.conv."),
    (r"^_blocks\.(\d+)\._bn0\.", r"blocks.\1.expand.norm."),
    (r"^_blocks\.(\d+)\._depthwise_conv\.", r"blocks.\1.depthwise.conv."),
    (r"^_blocks\.(\d+)\._bn1\.", r"blocks.\1.depthwise.norm."),
    (r"^_blocks\.(\d+)\._project_conv\.", r"blocks.\1.project.conv."),
    (r"^_blocks\.(\d+)\._bn2\.", r"blocks.\1.project.norm."),
)
"""Patterns of tensor names in the public PyTorch weights, and the names in this network."""


class EfficientNetLite(nn.Module):
    """EfficientNet-Lite without the classifier.

    Args:
        variant: ``"lite0"``, ``"lite1"`` or ``"lite2"``.
        stage: Last stage, 1 to 7. None includes the head.
    """

    def __init__(self, variant: str, stage: int | None = None) -> None:
        super().__init__()
        self._is_truncated = stage is not None
        _, depth_factor = SCALES[variant]
        self.stem = ConvolutionLayer(3, STEM_CHANNELS, 3, 2)
        blocks: list[InvertedBottleneck] = []
        channels = STEM_CHANNELS
        for number, (repeats, kernel, stride, expansion, _) in enumerate(STAGES[:stage], 1):
            fixed = number in (1, len(STAGES))
            width = stage_channels(variant, number)
            for repeat in range(repeats if fixed else math.ceil(repeats * depth_factor)):
                block_stride = 1 if repeat else stride
                blocks.append(InvertedBottleneck(channels, width, kernel, block_stride, expansion))
                channels = width
        self.blocks = nn.Sequential(*blocks)
        self.head = ConvolutionLayer(channels, HEAD_CHANNELS, 1, 1) if stage is None else nn.Identity()

    def forward(self, pixels: Tensor) -> Tensor:
        """Computes feature maps.

        Args:
            pixels: Normalised images, shape ``(images, 3, height, width)``.

        Returns:
            Feature maps, shape ``(images, 1280, height / 32, width / 32)``, or those of the last stage.
        """
        maps: Tensor = self.head(self.blocks(self.stem(pixels)))
        return maps

    def fold_normalisation(self) -> Self:
        """Folds the batch normalisation into the convolutions, for inference.

        Returns:
            The network itself.
        """
        for module in self.modules():
            if isinstance(module, ConvolutionLayer) and isinstance(module.norm, nn.BatchNorm2d):
                module.conv = fuse_conv_bn_eval(module.conv.eval(), module.norm.eval())
                module.norm = nn.Identity()
        return self

    def rename_public_weights(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Renames the tensors of the public weights to the names of this network.

        Args:
            state: Tensors by public name, any shape.

        Returns:
            Tensors by name, without the classifier and without stages that this network leaves out.
        """
        names = {name: name for name in state if not name.startswith("_fc.")}
        for pattern, replacement in PUBLIC_NAMES:
            names = {name: re.sub(pattern, replacement, new) for name, new in names.items()}
        used = self.state_dict().keys() if self._is_truncated else set(names.values())
        return {new: state[name] for name, new in names.items() if new in used}


class ConvolutionLayer(nn.Module):
    """Convolution, batch normalisation and optionally ReLU6, with TensorFlow's padding.

    Args:
        channels: Number of input channels.
        width: Number of output channels.
        kernel: Kernel size.
        stride: Stride.
        groups: Number of groups.
        active: Whether ReLU6 is applied.
    """

    def __init__(
        self, channels: int, width: int, kernel: int, stride: int, groups: int = 1, active: bool = True
    ) -> None:
        super().__init__()
        padding = kernel // 2 if stride == 1 else 0  # symmetrical padding requires no copy
        self.conv = nn.Conv2d(channels, width, kernel, stride, padding, groups=groups, bias=False)
        self.norm: nn.Module = nn.BatchNorm2d(width, eps=NORM_EPSILON)
        self.activation = nn.ReLU6(inplace=True) if active else nn.Identity()
        self._kernel, self._stride = (kernel, kernel), (stride, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Applies the layer.

        Args:
            x: Feature maps, shape ``(images, channels, height, width)``.

        Returns:
            Feature maps, shape ``(images, width, height / stride, width / stride)``.
        """
        if max(self._stride) > 1:
            x = pad_same(x, self._kernel, self._stride)
        y: Tensor = self.activation(self.norm(self.conv(x)))
        return y


class InvertedBottleneck(nn.Module):
    """Expansion, depthwise convolution and projection, with a residual connection if the shapes match.

    Args:
        channels: Number of input channels.
        width: Number of output channels.
        kernel: Kernel size.
        stride: Stride.
        expansion: Factor of the number of channels of the depthwise convolution.
    """

    def __init__(self, channels: int, width: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        expanded = channels * expansion
        self.expand = ConvolutionLayer(channels, expanded, 1, 1) if expansion > 1 else nn.Identity()
        self.depthwise = ConvolutionLayer(expanded, expanded, kernel, stride, groups=expanded)
        self.project = ConvolutionLayer(expanded, width, 1, 1, active=False)
        self._is_residual = stride == 1 and channels == width

    def forward(self, x: Tensor) -> Tensor:
        """Applies the block.

        Args:
            x: Feature maps, shape ``(images, channels, height, width)``.

        Returns:
            Feature maps, shape ``(images, width, height / stride, width / stride)``.
        """
        y: Tensor = self.project(self.depthwise(self.expand(x)))
        return x + y if self._is_residual else y


def stage_channels(variant: str, stage: int) -> int:
    """Returns the number of output channels of a stage.

    Args:
        variant: ``"lite0"``, ``"lite1"`` or ``"lite2"``.
        stage: Number of the stage, 1 to 7.

    Returns:
        Number of channels.
    """
    return _round_to_multiple_of_8(STAGES[stage - 1][-1] * SCALES[variant][0])


def _round_to_multiple_of_8(width: float) -> int:
    """Rounds to a multiple of 8 that is at least 90 % of the width."""
    rounded = max(8, int(width + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * width else rounded
