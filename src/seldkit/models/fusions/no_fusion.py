"""No fusion: a model that only hears."""

from collections.abc import Mapping
from typing import Literal

from torch import Tensor, nn

from seldkit.models.registry import FUSIONS
from seldkit.settings import Settings


@FUSIONS.register("none")
class NoFusionSettings(Settings):
    """Nothing to set."""

    name: Literal["none"] = "none"

    def width(self, dim: int, streams: Mapping[str, int]) -> int:
        return dim

    def build(self, dim: int, streams: Mapping[str, int]) -> "NoFusion":
        if streams:
            raise ValueError(f"'none' uses no stream, but the model lists {', '.join(streams)}")
        if not dim:
            raise ValueError("'none' hands on what is heard, but the encoder is 'none' too")
        return NoFusion()


class NoFusion(nn.Module):
    """Hands on what was heard: (batch, frames, dim) -> the same."""

    def forward(self, heard: Tensor, streams: Mapping[str, Tensor]) -> Tensor:
        return heard
