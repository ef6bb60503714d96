"""Transformer decoder that attends from audio to streams (DCASE 2024 and 2025 baselines)."""

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn

from seldkit.models.layers.dropout import Dropout
from seldkit.models.layers.stream_layers import stream_key
from seldkit.models.registry import FUSIONS, Depth, Rate, Size
from seldkit.settings import Settings


@FUSIONS.register("transformer-decoder")
class TransformerDecoderSettings(Settings):
    """Settings of the Transformer decoder; the defaults are those of the baselines.

    Attributes:
        layers: Number of layers.
        heads: Number of heads of each attention.
        feedforward: Hidden width of the feed-forward networks.
        dropout: Dropout probability.
    """

    name: Literal["transformer-decoder"] = "transformer-decoder"
    layers: Depth = 2
    heads: Depth = 8
    feedforward: Size = 2048
    dropout: Rate = 0.1

    def width(self, dim: int, streams: Mapping[str, int]) -> int:
        """Returns the width of the output vectors.

        Args:
            dim: Width of the encoder's output.
            streams: Width of each stream.

        Returns:
            The encoder's width.
        """
        return dim

    def build(self, dim: int, streams: Mapping[str, int]) -> "TransformerDecoderFusion":
        """Builds the fusion.

        Args:
            dim: Width of the encoder's output.
            streams: Width of each stream; at least one is required.

        Returns:
            The fusion.

        Raises:
            ValueError: If there are no streams, or the width is not a multiple of the number of heads.
        """
        if not streams:
            raise ValueError("'transformer-decoder' requires at least one stream, but the model has none")
        if dim < 1 or dim % self.heads:
            raise ValueError(f"the encoder's width must be a multiple of heads ({self.heads}), got {dim}")
        return TransformerDecoderFusion(self, dim, streams)


class TransformerDecoderFusion(nn.Module):
    """Post-norm Transformer decoder whose memory is all streams, projected to the encoder's width.

    Without masks and positional encoding, as in the baselines.

    Args:
        settings: Settings of the fusion.
        dim: Width of the encoder's output.
        streams: Width of each stream.
    """

    def __init__(self, settings: TransformerDecoderSettings, dim: int, streams: Mapping[str, int]) -> None:
        super().__init__()
        self.projections = nn.ModuleDict(
            {stream_key(name): nn.Linear(width, dim) for name, width in streams.items()}
        )
        self._names = list(streams)
        layer = nn.TransformerDecoderLayer(
            dim, settings.heads, settings.feedforward, settings.dropout, batch_first=True
        )
        for name in ("dropout", "dropout1", "dropout2", "dropout3"):
            setattr(layer, name, Dropout(settings.dropout))
        self.decoder = nn.TransformerDecoder(layer, settings.layers)

    def forward(self, audio: Tensor, streams: Mapping[str, Tensor]) -> Tensor:
        """Fuses audio and streams.

        Args:
            audio: Encoder output, ``(batch, frames, dim)``.
            streams: Streams by name, each ``(batch, time, width)``.

        Returns:
            ``(batch, frames, dim)``.
        """
        memory = [self.projections[stream_key(name)](streams[name]) for name in self._names]
        fused: Tensor = self.decoder(audio, torch.cat(memory, dim=1))
        return fused
