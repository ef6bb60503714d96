"""A Conformer over a stream: the visual Conformer of AV-SELD (ICASSP 2024)."""

from typing import Literal

from torch import nn

from seldkit.models.layers.conformer import Conformer, ConformerSettings
from seldkit.models.registry import STREAM_ENCODERS
from seldkit.models.sizes import Size
from seldkit.settings import Settings


@STREAM_ENCODERS.register("conformer")
class ConformerStreamSettings(Settings):
    """A linear layer to `dim` values, a Conformer, a layer norm, at the stream's own rate."""

    name: Literal["conformer"] = "conformer"
    dim: Size = 512
    conformer: ConformerSettings = ConformerSettings()

    def build(self, width: int) -> nn.Module:
        return nn.Sequential(
            nn.Linear(width, self.dim), Conformer(self.conformer, self.dim), nn.LayerNorm(self.dim)
        )
