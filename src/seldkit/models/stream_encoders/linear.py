"""Linear layers on each time step of a stream."""

from typing import Literal

from torch import nn

from seldkit.models.registry import STREAM_ENCODERS
from seldkit.models.sizes import Depth, Size
from seldkit.settings import Settings


@STREAM_ENCODERS.register("linear")
class LinearSettings(Settings):
    """dim: width that it gives. layers: how many, without an activation between. norm: a layer norm last.

    One layer and a norm is what AV-SELD (ICASSP 2024) has for I3D; two layers without a norm is what the
    DCASE 2023 audio-visual baseline has for boxes.
    """

    name: Literal["linear"] = "linear"
    dim: Size = 512
    layers: Depth = 1
    norm: bool = True

    def build(self, width: int) -> nn.Module:
        widths = [width] + [self.dim] * self.layers
        parts: list[nn.Module] = [nn.Linear(widths[i], widths[i + 1]) for i in range(self.layers)]
        return nn.Sequential(*parts, *([nn.LayerNorm(self.dim)] if self.norm else []))
