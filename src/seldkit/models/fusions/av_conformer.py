"""AV-Conformer: a Conformer over concatenated embeddings (AV-SELD, Berghi et al., ICASSP 2024)."""

from collections.abc import Mapping
from typing import Literal

from torch import Tensor, nn

from seldkit.models.fusions.concatenation import Concatenation
from seldkit.models.layers.conformer import Conformer, ConformerSettings
from seldkit.models.layers.time_alignment import Interpolation
from seldkit.models.registry import FUSIONS
from seldkit.settings import Settings


@FUSIONS.register("av-conformer")
class AvConformerSettings(Settings):
    """conformer: its sizes. interpolation: how streams of another rate come to the label frames."""

    name: Literal["av-conformer"] = "av-conformer"
    conformer: ConformerSettings = ConformerSettings()
    interpolation: Interpolation = "linear"

    def width(self, dim: int, streams: Mapping[str, int]) -> int:
        return dim + sum(streams.values())

    def build(self, dim: int, streams: Mapping[str, int]) -> "AvConformer":
        return AvConformer(self, dim, streams)


class AvConformer(nn.Module):
    """heard (batch, frames, dim) and streams (batch, time, their dims) -> (batch, frames, sum of dims)."""

    def __init__(self, settings: AvConformerSettings, dim: int, streams: Mapping[str, int]) -> None:
        super().__init__()
        self.together = Concatenation(dim, streams, settings.interpolation, norm=True)
        self.conformer = Conformer(settings.conformer, settings.width(dim, streams))

    def forward(self, heard: Tensor, streams: Mapping[str, Tensor]) -> Tensor:
        fused: Tensor = self.conformer(self.together(heard, streams))
        return fused
