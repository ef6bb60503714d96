"""The same small network on each tile of an image, so that training on one side generalizes to the other."""

from itertools import pairwise
from typing import ClassVar, Literal

from torch import Tensor, nn

from seldkit.models.layers.dropout import Dropout
from seldkit.models.registry import STREAM_ENCODERS, Depth, Rate, Size
from seldkit.settings import Settings


@STREAM_ENCODERS.register("tiles")
class TilesSettings(Settings):
    """Settings of the tile encoder, which was designed for seldkit's default model.

    Attributes:
        tiles: Number of tiles whose values are concatenated in each token.
        hidden: Hidden width of the network.
        tile_dim: Output width per tile.
        layers: Number of linear layers, with ReLU in between.
        dropout: Dropout probability of the input and of the hidden values.
    """

    renamed_keys: ClassVar = {"each": "tile_dim"}

    name: Literal["tiles"] = "tiles"
    tiles: Size = 1
    hidden: Size = 64
    tile_dim: Size = 16
    layers: Depth = 2
    dropout: Rate = 0.2

    @property
    def dim(self) -> int:
        """Width of the output vectors."""
        return self.tiles * self.tile_dim

    def build(self, width: int) -> "Tiles":
        """Builds the stream encoder.

        Args:
            width: Width of the stream's tokens.

        Returns:
            The stream encoder.
        """
        return Tiles(self, width)


class Tiles(nn.Module):
    """Multi-layer perceptron applied to each tile.

    Args:
        settings: Settings of the stream encoder.
        width: Width of the stream's tokens, a multiple of the number of tiles.

    Raises:
        ValueError: If the width is not a multiple of the number of tiles.
    """

    def __init__(self, settings: TilesSettings, width: int) -> None:
        super().__init__()
        if width % settings.tiles:
            raise ValueError(
                f"tiles: expected a stream of {settings.tiles} tiles, got {width} values per token"
            )
        self._tiles = settings.tiles
        widths = [width // settings.tiles, *[settings.hidden] * (settings.layers - 1), settings.tile_dim]
        layers: list[nn.Module] = [nn.LayerNorm(widths[0])]
        for inputs, outputs in pairwise(widths):
            layers += [Dropout(settings.dropout), nn.Linear(inputs, outputs), nn.ReLU()]
        self.network = nn.Sequential(*layers)

    def forward(self, stream: Tensor) -> Tensor:
        """Encodes a stream.

        Args:
            stream: ``(batch, time, tiles * values)``.

        Returns:
            ``(batch, time, tiles * tile_dim)``.
        """
        tiles: Tensor = self.network(stream.reshape(*stream.shape[:-1], self._tiles, -1))
        return tiles.flatten(-2)
