"""EfficientNet-Lite 0 to 2: inverted bottlenecks without squeeze-and-excitation, ReLU6 throughout."""

import math
import re
from collections.abc import Mapping
from typing import Final, Self

from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from seldkit.embeddings.networks.padding import pad_same

SCALES: Final = {"lite0": (1.0, 1.0), "lite1": (1.0, 1.1), "lite2": (1.1, 1.2)}
"""Of each variant: how much wider and deeper than the first."""

STAGES: Final = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""Blocks, kernel, stride, expansion and channels of each stage (Tan & Le 2019, table 1)."""

STEM, HEAD, EPSILON = 32, 1280, 1e-3

RENAMED: Final = (
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
"""The public PyTorch weights' names and these."""


class EfficientNetLite(nn.Module):
    """(pictures, 3, height, width) -> (pictures, 1280, height / 32, width / 32), without the classifier.

    stage: the last one, 1 to 7, whose own channels and cells it then gives; None for all and the head.
    """

    def __init__(self, variant: str, stage: int | None = None) -> None:
        super().__init__()
        self._cut = stage is not None
        _, deeper = SCALES[variant]
        self.stem = Layer(3, STEM, 3, 2)
        blocks: list[Block] = []
        channels = STEM
        for number, (repeats, kernel, stride, expansion, _) in enumerate(STAGES[:stage], 1):
            fixed = number in (1, len(STAGES))
            width = channels_of(variant, number)
            for repeat in range(repeats if fixed else math.ceil(repeats * deeper)):
                blocks.append(Block(channels, width, kernel, 1 if repeat else stride, expansion))
                channels = width
        self.blocks = nn.Sequential(*blocks)
        self.head = Layer(channels, HEAD, 1, 1) if stage is None else nn.Identity()

    def forward(self, pixels: Tensor) -> Tensor:
        maps: Tensor = self.head(self.blocks(self.stem(pixels)))
        return maps

    def folded(self) -> Self:
        """Itself, for use alone: each norm's numbers are put into its convolution."""
        for module in self.modules():
            if isinstance(module, Layer) and isinstance(module.norm, nn.BatchNorm2d):
                module.conv = fuse_conv_bn_eval(module.conv.eval(), module.norm.eval())
                module.norm = nn.Identity()
        return self

    def renamed(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The public weights under this network's names, without the classifier and what it leaves out."""
        names = {name: name for name in state if not name.startswith("_fc.")}
        for theirs, ours in RENAMED:
            names = {name: re.sub(theirs, ours, new) for name, new in names.items()}
        known = self.state_dict().keys() if self._cut else set(names.values())
        return {new: state[name] for name, new in names.items() if new in known}


class Layer(nn.Module):
    """Convolution, batch normalisation and, unless it is the last of a block, ReLU6."""

    def __init__(
        self, channels: int, width: int, kernel: int, stride: int, groups: int = 1, active: bool = True
    ) -> None:
        super().__init__()
        around = kernel // 2 if stride == 1 else 0  # the same on all sides: a copy with zeros is saved
        self.conv = nn.Conv2d(channels, width, kernel, stride, around, groups=groups, bias=False)
        self.norm: nn.Module = nn.BatchNorm2d(width, eps=EPSILON)
        self.activation = nn.ReLU6(inplace=True) if active else nn.Identity()
        self._kernel, self._stride = (kernel, kernel), (stride, stride)

    def forward(self, x: Tensor) -> Tensor:
        if max(self._stride) > 1:
            x = pad_same(x, self._kernel, self._stride)
        y: Tensor = self.activation(self.norm(self.conv(x)))
        return y


class Block(nn.Module):
    """An inverted bottleneck: widen, convolve each channel, narrow; added to its input where they match."""

    def __init__(self, channels: int, width: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = channels * expansion
        self.expand = Layer(channels, wide, 1, 1) if expansion > 1 else nn.Identity()
        self.depthwise = Layer(wide, wide, kernel, stride, groups=wide)
        self.project = Layer(wide, width, 1, 1, active=False)
        self._adds = stride == 1 and channels == width

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.project(self.depthwise(self.expand(x)))
        return x + y if self._adds else y


def channels_of(variant: str, stage: int) -> int:
    """What a stage, 1 to 7, gives."""
    return _of_eight(STAGES[stage - 1][-1] * SCALES[variant][0])


def _of_eight(width: float) -> int:
    """The nearest multiple of eight that is at most a tenth narrower."""
    rounded = max(8, int(width + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * width else rounded
