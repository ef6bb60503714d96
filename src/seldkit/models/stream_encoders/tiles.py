"""The same small network on each tile of a picture: what is learned of one side holds on the other."""

from itertools import pairwise
from typing import Literal

from torch import Tensor, nn

from seldkit.models.layers.dropout import Dropout
from seldkit.models.registry import STREAM_ENCODERS
from seldkit.models.sizes import Depth, Rate, Size
from seldkit.settings import Settings


@STREAM_ENCODERS.register("tiles")
class TilesSettings(Settings):
    """tiles: of a token that holds them one after the other. hidden, each: widths within and of each tile.
    layers: linear ones of each tile, with ReLU between. dropout: of what comes in and within.

    seldkit's own choice.
    """

    name: Literal["tiles"] = "tiles"
    tiles: Size = 1
    hidden: Size = 64
    each: Size = 16
    layers: Depth = 2
    dropout: Rate = 0.2

    @property
    def dim(self) -> int:
        """What it gives of a token."""
        return self.tiles * self.each

    def build(self, width: int) -> "Tiles":
        return Tiles(self, width)


class Tiles(nn.Module):
    """(batch, time, tiles · values) -> (batch, time, tiles · each). ValueError where tiles do not divide."""

    def __init__(self, settings: TilesSettings, width: int) -> None:
        super().__init__()
        if width % settings.tiles:
            raise ValueError(
                f"tiles: expected a stream of {settings.tiles} tiles, got {width} values a token"
            )
        self._tiles = settings.tiles
        widths = [width // settings.tiles, *[settings.hidden] * (settings.layers - 1), settings.each]
        parts: list[nn.Module] = [nn.LayerNorm(widths[0])]
        for given, wanted in pairwise(widths):
            parts += [Dropout(settings.dropout), nn.Linear(given, wanted), nn.ReLU()]
        self.network = nn.Sequential(*parts)

    def forward(self, stream: Tensor) -> Tensor:
        tiles: Tensor = self.network(stream.reshape(*stream.shape[:-1], self._tiles, -1))
        return tiles.flatten(-2)
