"""Bidirectional GRU over concatenated embeddings (AV-SELD, 2024; DCASE 2023 audio-visual baseline)."""

from collections.abc import Mapping
from typing import Literal

from torch import Tensor, nn

from seldkit.models.layers.stream_layers import Concatenation, Interpolation
from seldkit.models.registry import FUSIONS, Depth, Rate, Size
from seldkit.settings import Settings


@FUSIONS.register("bidirectional-gru")
class BidirectionalGruSettings(Settings):
    """Settings of the bidirectional GRU.

    Attributes:
        size: Width of one direction; the output is twice as wide.
        layers: Number of recurrent layers.
        dropout: Dropout probability between layers.
        norm: Whether the encoder's output is layer-normalized first.
        interpolation: Interpolation of streams to the label frames.
    """

    name: Literal["bidirectional-gru"] = "bidirectional-gru"
    size: Size = 512
    layers: Depth = 2
    dropout: Rate = 0.1
    norm: bool = True
    interpolation: Interpolation = "linear"

    def width(self, dim: int, streams: Mapping[str, int]) -> int:
        """Returns the width of the output vectors.

        Args:
            dim: Width of the encoder's output.
            streams: Width of each stream.

        Returns:
            Twice the width of one direction.
        """
        return 2 * self.size

    def build(self, dim: int, streams: Mapping[str, int]) -> "BidirectionalGru":
        """Builds the fusion.

        Args:
            dim: Width of the encoder's output.
            streams: Width of each stream.

        Returns:
            The fusion.

        Raises:
            ValueError: If there is neither an encoder nor a stream.
        """
        if not dim and not streams:
            raise ValueError("'bidirectional-gru' requires an encoder or a stream")
        return BidirectionalGru(self, dim, streams)


class BidirectionalGru(nn.Module):
    """GRU over the concatenation of the encoder's output and all streams.

    Args:
        settings: Settings of the fusion.
        dim: Width of the encoder's output.
        streams: Width of each stream.
    """

    def __init__(self, settings: BidirectionalGruSettings, dim: int, streams: Mapping[str, int]) -> None:
        super().__init__()
        self.concatenation = Concatenation(dim, streams, settings.interpolation, settings.norm)
        self.gru = nn.GRU(
            dim + sum(streams.values()),
            settings.size,
            settings.layers,
            batch_first=True,
            dropout=settings.dropout if settings.layers > 1 else 0.0,
            bidirectional=True,
        )

    def forward(self, audio: Tensor, streams: Mapping[str, Tensor]) -> Tensor:
        """Fuses audio and streams.

        Args:
            audio: Encoder output, ``(batch, frames, dim)``.
            streams: Streams by name, each ``(batch, time, width)``.

        Returns:
            ``(batch, frames, 2 * size)``.
        """
        fused: Tensor = self.gru(self.concatenation(audio, streams))[0]
        return fused
