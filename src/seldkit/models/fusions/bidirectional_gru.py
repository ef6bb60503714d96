"""A bidirectional GRU over concatenated embeddings (AV-SELD, 2024; DCASE 2023 audio-visual baseline)."""

from collections.abc import Mapping
from typing import Literal

from torch import Tensor, nn

from seldkit.models.fusions.concatenation import Concatenation
from seldkit.models.layers.time_alignment import Interpolation
from seldkit.models.registry import FUSIONS
from seldkit.models.sizes import Depth, Rate, Size
from seldkit.settings import Settings


@FUSIONS.register("bidirectional-gru")
class BidirectionalGruSettings(Settings):
    """size: width of one direction; the fusion gives twice as many values.

    norm: whether what is heard goes through a layer norm first. interpolation: how streams of another rate
    come to the label frames.
    """

    name: Literal["bidirectional-gru"] = "bidirectional-gru"
    size: Size = 512
    layers: Depth = 2
    dropout: Rate = 0.1
    norm: bool = True
    interpolation: Interpolation = "linear"

    def width(self, dim: int, streams: Mapping[str, int]) -> int:
        return 2 * self.size

    def build(self, dim: int, streams: Mapping[str, int]) -> "BidirectionalGru":
        if not dim and not streams:
            raise ValueError("'bidirectional-gru' has nothing to join: no encoder and no stream")
        return BidirectionalGru(self, dim, streams)


class BidirectionalGru(nn.Module):
    """heard (batch, frames, dim) and streams (batch, time, their dims) -> (batch, frames, 2 · size)."""

    def __init__(self, settings: BidirectionalGruSettings, dim: int, streams: Mapping[str, int]) -> None:
        super().__init__()
        self.together = Concatenation(dim, streams, settings.interpolation, settings.norm)
        self.gru = nn.GRU(
            dim + sum(streams.values()),
            settings.size,
            settings.layers,
            batch_first=True,
            dropout=settings.dropout if settings.layers > 1 else 0.0,
            bidirectional=True,
        )

    def forward(self, heard: Tensor, streams: Mapping[str, Tensor]) -> Tensor:
        fused: Tensor = self.gru(self.together(heard, streams))[0]
        return fused
