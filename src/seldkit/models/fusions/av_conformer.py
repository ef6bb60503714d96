"""AV-Conformer: a Conformer over concatenated embeddings (AV-SELD, Berghi et al., ICASSP 2024)."""

from collections.abc import Mapping
from typing import Literal

from torch import Tensor, nn

from seldkit.models.layers.conformer import Conformer, ConformerSettings
from seldkit.models.layers.stream_layers import Concatenation, Interpolation
from seldkit.models.registry import FUSIONS
from seldkit.settings import Settings


@FUSIONS.register("av-conformer")
class AvConformerSettings(Settings):
    """Settings of the AV-Conformer.

    Attributes:
        conformer: Settings of the Conformer.
        interpolation: Interpolation of streams to the label frames.
    """

    name: Literal["av-conformer"] = "av-conformer"
    conformer: ConformerSettings = ConformerSettings()
    interpolation: Interpolation = "linear"

    def width(self, dim: int, streams: Mapping[str, int]) -> int:
        """Returns the width of the output vectors.

        Args:
            dim: Width of the encoder's output.
            streams: Width of each stream.

        Returns:
            The sum of all widths.
        """
        return dim + sum(streams.values())

    def build(self, dim: int, streams: Mapping[str, int]) -> "AvConformer":
        """Builds the fusion.

        Args:
            dim: Width of the encoder's output.
            streams: Width of each stream.

        Returns:
            The fusion.
        """
        return AvConformer(self, dim, streams)


class AvConformer(nn.Module):
    """Conformer over the concatenation of the encoder's output and all streams.

    Args:
        settings: Settings of the fusion.
        dim: Width of the encoder's output.
        streams: Width of each stream.
    """

    def __init__(self, settings: AvConformerSettings, dim: int, streams: Mapping[str, int]) -> None:
        super().__init__()
        self.concatenation = Concatenation(dim, streams, settings.interpolation, norm=True)
        self.conformer = Conformer(settings.conformer, settings.width(dim, streams))

    def forward(self, audio: Tensor, streams: Mapping[str, Tensor]) -> Tensor:
        """Fuses audio and streams.

        Args:
            audio: Encoder output, ``(batch, frames, dim)``.
            streams: Streams by name, each ``(batch, time, width)``.

        Returns:
            ``(batch, frames, sum of all widths)``.
        """
        fused: Tensor = self.conformer(self.concatenation(audio, streams))
        return fused
