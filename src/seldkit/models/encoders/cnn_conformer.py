"""CNN-Conformer: the audio encoder of AV-SELD (Berghi et al., ICASSP 2024)."""

from typing import Literal

from torch import Tensor, nn

from seldkit.models.encoders.residual_cnn import Filters, ResidualCnn
from seldkit.models.layers.conformer import Conformer, ConformerSettings
from seldkit.models.registry import ENCODERS
from seldkit.settings import Settings


@ENCODERS.register("cnn-conformer")
class CnnConformerSettings(Settings):
    """filters: channels of each residual block, which halves frames and bins. conformer: its sizes."""

    name: Literal["cnn-conformer"] = "cnn-conformer"
    filters: Filters = (64, 128, 256, 512)
    conformer: ConformerSettings = ConformerSettings()

    @property
    def dim(self) -> int:
        return self.filters[-1]

    @property
    def pooling(self) -> int:
        return int(2 ** len(self.filters))

    def build(self, channels: int, bins: int) -> "CnnConformer":
        return CnnConformer(self, channels, bins)


class CnnConformer(nn.Module):
    """(batch, channels, frames, bins) -> (batch, frames // 2 ** blocks, filters of the last block)."""

    def __init__(self, settings: CnnConformerSettings, channels: int, bins: int) -> None:
        super().__init__()
        self.cnn = ResidualCnn(settings.filters, channels, bins)
        self.conformer = Conformer(settings.conformer, settings.dim)

    def forward(self, features: Tensor) -> Tensor:
        x: Tensor = self.conformer(self.cnn(features))
        return x
