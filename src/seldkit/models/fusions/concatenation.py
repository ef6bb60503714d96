"""What is heard and every stream, side by side at the label frames."""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from seldkit.models.layers.time_alignment import Interpolation, resample_to_frames


class Concatenation(nn.Module):
    """heard (batch, frames, dim), streams (batch, time, their dims) -> (batch, frames, sum of all dims).

    norm: whether what is heard goes through a layer norm first (AV-SELD's code).
    """

    def __init__(self, dim: int, streams: Iterable[str], interpolation: Interpolation, norm: bool) -> None:
        super().__init__()
        self._names = list(streams)
        self._interpolation = interpolation
        self.norm = nn.LayerNorm(dim) if norm and dim else nn.Identity()

    def forward(self, heard: Tensor, streams: Mapping[str, Tensor]) -> Tensor:
        frames = heard.shape[1]
        seen = [resample_to_frames(streams[name], frames, self._interpolation) for name in self._names]
        return torch.cat([self.norm(heard), *seen], dim=-1)
