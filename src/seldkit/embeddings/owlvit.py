"""OWL-ViT, the image encoder of an open-vocabulary object detector (Minderer et al., ECCV 2022)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from seldkit.embeddings.image_processing import average_tiles, normalise_images, resize_image
from seldkit.embeddings.pretrained_weights import SAFETENSORS_FILE, freeze, load_pretrained
from seldkit.embeddings.registry import (
    EMBEDDINGS,
    EncoderInput,
    FrameRate,
    Modality,
    TileCount,
    TokenDim,
    WeightsLocation,
    require_token_dim,
)
from seldkit.embeddings.stream_mirroring import reverse_tiles
from seldkit.settings import Settings
from seldkit.types import ImageArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor

MODEL_FILES: Final = ("config.json", SAFETENSORS_FILE, "preprocessor_config.json")


@EMBEDDINGS.register("owlvit")
class OwlVitSettings(Settings):
    """Settings of OWL-ViT.

    Attributes:
        embedding: Registered name.
        model: Name on the Hugging Face hub or local folder.
        rate: Images per second.
        rows: Number of tiles from top to bottom within which patches are averaged.
        columns: Number of tiles from left to right.
        joined: Whether the tiles of an image are concatenated to one token instead of one token per tile.
            Tokens are then synchronous with the video frames, and their values depend on the position in the
            image.
        width: Number of values per patch.
    """

    embedding: Literal["owlvit"] = "owlvit"
    model: WeightsLocation = "google/owlvit-base-patch32"
    rate: FrameRate = 2.0
    rows: TileCount = 1
    columns: TileCount = 6
    joined: bool = False
    width: TokenDim = 768

    @property
    def modality(self) -> Modality:
        """Input of the encoder."""
        return "images"

    @property
    def dim(self) -> int:
        """Number of values per token."""
        return self.width * (self.rows * self.columns if self.joined else 1)

    def mirror_stream_approximately(self, stream: Tensor) -> Tensor:
        """Reverses the tiles of each row.

        Args:
            stream: Tokens, shape ``(batch, time, dim)``.

        Returns:
            Approximate tokens of the mirrored images, same shape.
        """
        return reverse_tiles(stream, self.rows, self.columns, joined=self.joined)

    def load(self, device: str | torch.device = "cpu") -> OwlVitEncoder:
        """Loads the encoder.

        Args:
            device: Compute device.

        Returns:
            The encoder.
        """
        return OwlVitEncoder(self, device)


class OwlVitEncoder:
    """Encodes images to patch embeddings that include the class token, like the input of the detector heads.

    Args:
        settings: Settings.
        device: Compute device.

    Raises:
        ModelError: The weights are missing or wrong.
        MissingExtraError: A library is missing.
    """

    def __init__(self, settings: OwlVitSettings, device: str | torch.device = "cpu") -> None:
        self._settings = settings
        model = load_pretrained("owlvit", "OwlViTForObjectDetection", settings.model, MODEL_FILES)
        model.owlvit.text_model = None  # a third of the memory
        self._model: Any = freeze(model, device)
        self._processor: Any = load_pretrained(
            "owlvit", "OwlViTImageProcessorPil", settings.model, MODEL_FILES
        )
        actual = model.config.vision_config.hidden_size
        require_token_dim("owlvit", settings.model, "width", settings.width, actual)

    def preprocess(self, image: ImageArray) -> EncoderInput:
        """Resizes an image to a square, regardless of its aspect ratio.

        Args:
            image: RGB image, shape ``(height, width, 3)``.

        Returns:
            RGB image, shape ``(size, size, 3)``.
        """
        size = self._processor.size
        return resize_image(image, (size["width"], size["height"]), "bicubic")

    def encode(self, inputs: EncoderInput) -> Tensor:
        """Encodes images.

        Args:
            inputs: Outputs of `preprocess`, shape ``(images, size, size, 3)``.

        Returns:
            Tokens, shape ``(images, tokens, dim)``, float32.
        """
        mean, deviation = tuple(self._processor.image_mean), tuple(self._processor.image_std)
        pixels = normalise_images(inputs, next(self._model.parameters()), mean, deviation)
        patches, _ = self._model.image_embedder(pixels)  # (images, rows, columns, width)
        settings = self._settings
        return average_tiles(patches, settings.rows, settings.columns, joined=settings.joined)
