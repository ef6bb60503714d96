"""CNN-Conformer: the audio encoder of AV-SELD (Berghi et al., ICASSP 2024)."""

from typing import Literal

from torch import Tensor, nn

from seldkit.models.encoders.residual_cnn import Filters, ResidualCnn
from seldkit.models.layers.conformer import Conformer, ConformerSettings
from seldkit.models.registry import ENCODERS
from seldkit.settings import Settings


@ENCODERS.register("cnn-conformer")
class CnnConformerSettings(Settings):
    """Settings of the CNN-Conformer.

    Attributes:
        filters: Channels of each residual block; every block halves frames and bins.
        conformer: Settings of the Conformer.
    """

    name: Literal["cnn-conformer"] = "cnn-conformer"
    filters: Filters = (64, 128, 256, 512)
    conformer: ConformerSettings = ConformerSettings()

    @property
    def dim(self) -> int:
        """Width of the output vectors."""
        return self.filters[-1]

    @property
    def pooling(self) -> int:
        """Number of feature frames per label frame."""
        return int(2 ** len(self.filters))

    def build(self, channels: int, bins: int) -> "CnnConformer":
        """Builds the encoder.

        Args:
            channels: Number of feature channels.
            bins: Number of frequency bins.

        Returns:
            The encoder.
        """
        return CnnConformer(self, channels, bins)


class CnnConformer(nn.Module):
    """Residual CNN followed by a Conformer.

    Args:
        settings: Settings of the encoder.
        channels: Number of feature channels.
        bins: Number of frequency bins.
    """

    def __init__(self, settings: CnnConformerSettings, channels: int, bins: int) -> None:
        super().__init__()
        self.cnn = ResidualCnn(settings.filters, channels, bins)
        self.conformer = Conformer(settings.conformer, settings.dim)

    def forward(self, features: Tensor) -> Tensor:
        """Encodes features.

        Args:
            features: ``(batch, channels, frames, bins)``.

        Returns:
            ``(batch, frames // 2 ** blocks, filters of the last block)``.
        """
        x: Tensor = self.conformer(self.cnn(features))
        return x
