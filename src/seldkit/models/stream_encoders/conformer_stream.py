"""Conformer over a stream: the visual Conformer of AV-SELD (ICASSP 2024)."""

from typing import Literal

from torch import nn

from seldkit.models.layers.conformer import Conformer, ConformerSettings
from seldkit.models.registry import STREAM_ENCODERS, Size
from seldkit.settings import Settings


@STREAM_ENCODERS.register("conformer")
class ConformerStreamSettings(Settings):
    """Settings of a linear layer, a Conformer and a layer norm, at the rate of the stream.

    Attributes:
        dim: Width of the output vectors.
        conformer: Settings of the Conformer.
    """

    name: Literal["conformer"] = "conformer"
    dim: Size = 512
    conformer: ConformerSettings = ConformerSettings()

    def build(self, width: int) -> nn.Module:
        """Builds the stream encoder.

        Args:
            width: Width of the stream's tokens.

        Returns:
            The stream encoder.
        """
        return nn.Sequential(
            nn.Linear(width, self.dim), Conformer(self.conformer, self.dim), nn.LayerNorm(self.dim)
        )
