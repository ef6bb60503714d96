"""Streams of a model before the fusion: encoded, and replaced by a learned vector if they are missing."""

import warnings
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from seldkit.models.layers.stream_layers import stream_key
from seldkit.models.registry import StreamEncoderSettings


class MissingStreamWarning(UserWarning):
    """A model runs without one of its streams."""


class StreamEncoders(nn.Module):
    """Encoders of all streams, and placeholders of missing ones.

    In training each stream is removed from a random part of the clips; a learned placeholder replaces it. At
    inference the placeholder replaces a stream that is missing.

    Args:
        widths: Width of each stream, by name.
        encoders: Settings of stream encoders, by name of the stream; streams without one are passed through.
        dropout: Fraction of training clips that lose a stream, for each stream independently.
    """

    def __init__(
        self, widths: Mapping[str, int], encoders: Mapping[str, StreamEncoderSettings], dropout: float
    ) -> None:
        super().__init__()
        self._names, self._dropout = list(widths), dropout
        self.encoders = nn.ModuleDict(
            {
                stream_key(name): encoders[name].build(width)
                for name, width in widths.items()
                if name in encoders
            }
        )
        self.placeholders = nn.ParameterDict(
            {stream_key(name): torch.zeros(width) for name, width in widths.items() if dropout > 0}
        )

    def forward(self, streams: Mapping[str, Tensor], batch: int) -> dict[str, Tensor]:
        """Encodes streams.

        Args:
            streams: Streams by name, each ``(batch, time, width)``. Streams may be missing if the model was
                trained with stream dropout.
            batch: Number of clips.

        Returns:
            All streams of the model by name, each ``(batch, time, dim)``.
        """
        complete = {name: self._or_placeholder(name, streams.get(name), batch) for name in self._names}
        return {name: self._encode(name, stream) for name, stream in complete.items()}

    def _or_placeholder(self, name: str, stream: Tensor | None, batch: int) -> Tensor:
        if not self._dropout:
            return stream  # type: ignore[return-value]  # SeldModel has checked that it is not missing
        placeholder: Tensor = self.placeholders[stream_key(name)]
        if stream is None:
            warnings.warn(
                f"the stream '{name}' is missing; a learned placeholder is used instead",
                MissingStreamWarning,
                stacklevel=2,
            )
            return placeholder.expand(batch, 1, -1)
        if not self.training:
            return stream
        dropped = torch.rand(batch, 1, 1, device=stream.device) < self._dropout
        return torch.where(dropped, placeholder.to(stream.dtype), stream)

    def _encode(self, name: str, stream: Tensor) -> Tensor:
        key = stream_key(name)
        return self.encoders[key](stream) if key in self.encoders else stream
