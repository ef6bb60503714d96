"""No fusion: for audio-only models."""

from collections.abc import Mapping
from typing import Literal

from torch import Tensor, nn

from seldkit.models.registry import FUSIONS
from seldkit.settings import Settings


@FUSIONS.register("none")
class NoFusionSettings(Settings):
    """Settings of a model without streams."""

    name: Literal["none"] = "none"

    def width(self, dim: int, streams: Mapping[str, int]) -> int:
        """Returns the width of the output vectors.

        Args:
            dim: Width of the encoder's output.
            streams: Width of each stream; must be empty.

        Returns:
            The encoder's width.
        """
        return dim

    def build(self, dim: int, streams: Mapping[str, int]) -> "NoFusion":
        """Builds the fusion.

        Args:
            dim: Width of the encoder's output.
            streams: Width of each stream; must be empty.

        Returns:
            The fusion.

        Raises:
            ValueError: If there are streams, or no encoder.
        """
        if streams:
            raise ValueError(f"'none' does not support streams, but the model has {', '.join(streams)}")
        if not dim:
            raise ValueError("a model without an encoder ('none') requires a fusion other than 'none'")
        return NoFusion()


class NoFusion(nn.Module):
    """Identity."""

    def forward(self, audio: Tensor, streams: Mapping[str, Tensor]) -> Tensor:
        """Returns the encoder's output.

        Args:
            audio: Encoder output, ``(batch, frames, dim)``.
            streams: Not used; any shape.

        Returns:
            `audio`, ``(batch, frames, dim)``.
        """
        return audio
