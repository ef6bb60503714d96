"""No fusion: a model that only hears."""

from collections.abc import Mapping
from typing import Literal

from torch import Tensor, nn

from seldkit.models.parts import FUSIONS
from seldkit.settings import Settings


@FUSIONS.register("none")
class NoFusionSettings(Settings):
    """Nothing to set."""

    name: Literal["none"] = "none"

    def build(self, dim: int, streams: Mapping[str, int]) -> "NoFusion":
        if streams:
            raise ValueError(f"'none' uses no stream, but the model lists {', '.join(streams)}")
        return NoFusion()


class NoFusion(nn.Module):
    """Hands on what was heard: (batch, frames, dim) -> the same."""

    def forward(self, heard: Tensor, streams: Mapping[str, Tensor]) -> Tensor:
        return heard
