"""A Transformer decoder that attends from what is heard to the streams (DCASE 2024 and 2025 baselines)."""

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn

from seldkit.models.layers.dropout import Dropout
from seldkit.models.registry import FUSIONS
from seldkit.models.sizes import Depth, Rate, Size
from seldkit.settings import Settings


@FUSIONS.register("transformer-decoder")
class TransformerDecoderSettings(Settings):
    """Sizes of the decoder; the defaults are the baselines'."""

    name: Literal["transformer-decoder"] = "transformer-decoder"
    layers: Depth = 2
    heads: Depth = 8
    feedforward: Size = 2048
    dropout: Rate = 0.1

    def width(self, dim: int, streams: Mapping[str, int]) -> int:
        return dim

    def build(self, dim: int, streams: Mapping[str, int]) -> "TransformerDecoderFusion":
        if not streams:
            raise ValueError("'transformer-decoder' attends to streams, but the model lists none")
        if dim < 1 or dim % self.heads:
            raise ValueError(f"the encoder's {dim} values must be a multiple of heads, got {self.heads}")
        return TransformerDecoderFusion(self, dim, streams)


class TransformerDecoderFusion(nn.Module):
    """Each stream projected to the encoder's width, all of them the memory of a post-norm decoder.

    heard (batch, frames, dim) and each stream (batch, time, its dim) -> (batch, frames, dim). Without masks
    and positional encoding, as the baselines have it.
    """

    def __init__(self, settings: TransformerDecoderSettings, dim: int, streams: Mapping[str, int]) -> None:
        super().__init__()
        # ModuleDict refuses some plain words ("keys"), so a stream's own name gets a prefix.
        self.projections = nn.ModuleDict(
            {f"from-{name}": nn.Linear(size, dim) for name, size in streams.items()}
        )
        layer = nn.TransformerDecoderLayer(
            dim, settings.heads, settings.feedforward, settings.dropout, batch_first=True
        )
        for name in ("dropout", "dropout1", "dropout2", "dropout3"):
            setattr(layer, name, Dropout(settings.dropout))
        self.decoder = nn.TransformerDecoder(layer, settings.layers)

    def forward(self, heard: Tensor, streams: Mapping[str, Tensor]) -> Tensor:
        memory = [project(streams[key.removeprefix("from-")]) for key, project in self.projections.items()]
        fused: Tensor = self.decoder(heard, torch.cat(memory, dim=1))
        return fused
