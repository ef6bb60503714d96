"""OWL-ViT: patches of pictures as an open-vocabulary detector sees them (Minderer et al., ECCV 2022)."""

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
)
from seldkit.embeddings.stream_mirroring import reverse_tiles
from seldkit.errors import ModelError
from seldkit.settings import Settings
from seldkit.types import ImageArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor

FILES: Final = ("config.json", SAFETENSORS_FILE, "preprocessor_config.json")


@EMBEDDINGS.register("owlvit")
class OwlVitSettings(Settings):
    """model: name on the hub or a local folder. rate: pictures a second. width: of its last layer.

    rows, columns: tiles of a picture within which the patches are averaged. joined: one token a picture that
    holds its tiles one after the other, instead of one token a tile; the tokens then are frame-wise, and tell
    where in the picture something is by their place.
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
        return "images"

    @property
    def dim(self) -> int:
        return self.width * (self.rows * self.columns if self.joined else 1)

    def mirror_stream_approximately(self, stream: Tensor) -> Tensor:
        """The tiles from right to left."""
        return reverse_tiles(stream, self.rows, self.columns, joined=self.joined)

    def load(self, device: str | torch.device = "cpu") -> OwlVitEncoder:
        return OwlVitEncoder(self, device)


class OwlVitEncoder:
    """Patch embeddings with the class token merged into them, as the detector's heads take them."""

    def __init__(self, settings: OwlVitSettings, device: str | torch.device = "cpu") -> None:
        self._settings = settings
        model = load_pretrained("owlvit", "OwlViTForObjectDetection", settings.model, FILES)
        model.owlvit.text_model = None  # frees a third of the memory
        self._model: Any = freeze(model, device)
        self._processor: Any = load_pretrained("owlvit", "OwlViTImageProcessorPil", settings.model, FILES)
        width = model.config.vision_config.hidden_size
        if width != settings.width:
            raise ModelError(
                f"embedding 'owlvit': {settings.model} gives {width} values, the settings say width: "
                f"{settings.width}; set width: {width}"
            )

    def preprocess(self, picture: ImageArray) -> EncoderInput:
        """The whole picture, whatever its aspect, as a square."""
        size = self._processor.size
        return resize_image(picture, (size["width"], size["height"]), "bicubic")

    def encode(self, prepared: EncoderInput) -> Tensor:
        """(pictures, height, width, 3) -> (pictures, tokens, dim)."""
        mean, deviation = tuple(self._processor.image_mean), tuple(self._processor.image_std)
        pixels = normalise_images(prepared, next(self._model.parameters()), mean, deviation)
        patches, _ = self._model.image_embedder(pixels)  # (pictures, rows, columns, width)
        tiles = average_tiles(patches, self._settings.rows, self._settings.columns)
        return tiles.flatten(1).unsqueeze(1) if self._settings.joined else tiles
