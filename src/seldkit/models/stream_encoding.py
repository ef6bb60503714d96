"""A model's streams on their way to the fusion: encoded, and stood in for where they are missing."""

import warnings
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from seldkit.models.registry import StreamEncoderSettings


class MissingStreamWarning(UserWarning):
    """A model answers without a stream that it wants."""


class StreamEncoders(nn.Module):
    """Each stream, (batch, time, width), through its encoder, if it has one: (batch, time, its dim).

    dropout: the share of clips in training that lose a stream, each stream separately. A learned vector
    stands in for a lost stream, and afterwards for one that is missing altogether.
    """

    def __init__(
        self, widths: Mapping[str, int], encoders: Mapping[str, StreamEncoderSettings], dropout: float
    ) -> None:
        super().__init__()
        self._names, self._dropout = list(widths), dropout
        # ModuleDict refuses some plain words ("keys"), so a stream's own name gets a prefix.
        self.encoders = nn.ModuleDict(
            {f"of-{name}": encoders[name].build(width) for name, width in widths.items() if name in encoders}
        )
        self.stand_ins = nn.ParameterDict(
            {f"of-{name}": torch.zeros(width) for name, width in widths.items() if dropout > 0}
        )

    def forward(self, streams: Mapping[str, Tensor], batch: int) -> dict[str, Tensor]:
        given = {name: self._given(name, streams.get(name), batch) for name in self._names}
        return {name: self._encoded(name, stream) for name, stream in given.items()}

    def _given(self, name: str, stream: Tensor | None, batch: int) -> Tensor:
        if not self._dropout:
            return stream  # type: ignore[return-value]  # the model has checked that it is there
        stand_in: Tensor = self.stand_ins[f"of-{name}"]
        if stream is None:
            warnings.warn(
                f"the stream '{name}' is missing; what was learned for this case stands in for it",
                MissingStreamWarning,
                stacklevel=2,
            )
            return stand_in.expand(batch, 1, -1)
        if not self.training:
            return stream
        lost = torch.rand(batch, 1, 1, device=stream.device) < self._dropout
        return torch.where(lost, stand_in.to(stream.dtype), stream)

    def _encoded(self, name: str, stream: Tensor) -> Tensor:
        key = f"of-{name}"
        return self.encoders[key](stream) if key in self.encoders else stream
