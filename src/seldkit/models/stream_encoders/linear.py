"""Linear layers on each time step of a stream."""

from typing import Literal

from torch import nn

from seldkit.models.registry import STREAM_ENCODERS, Depth, Size
from seldkit.settings import Settings


@STREAM_ENCODERS.register("linear")
class LinearSettings(Settings):
    """Settings of the linear stream encoder.

    AV-SELD (ICASSP 2024) uses one layer and a norm for I3D; the DCASE 2023 audio-visual baseline uses two
    layers without norm for person boxes.

    Attributes:
        dim: Width of the output vectors.
        layers: Number of linear layers, without activations in between.
        norm: Whether a layer norm follows.
    """

    name: Literal["linear"] = "linear"
    dim: Size = 512
    layers: Depth = 1
    norm: bool = True

    def build(self, width: int) -> nn.Module:
        """Builds the stream encoder.

        Args:
            width: Width of the stream's tokens.

        Returns:
            The stream encoder.
        """
        widths = [width] + [self.dim] * self.layers
        layers: list[nn.Module] = [nn.Linear(widths[i], widths[i + 1]) for i in range(self.layers)]
        return nn.Sequential(*layers, *([nn.LayerNorm(self.dim)] if self.norm else []))
