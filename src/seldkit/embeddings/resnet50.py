"""ResNet-50: pictures as an ImageNet classifier sees them (He et al., CVPR 2016)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from seldkit.embeddings.image_processing import (
    IMAGENET_DEVIATION,
    IMAGENET_MEAN,
    average_tiles,
    center_crop,
    normalise_images,
    resize_image,
)
from seldkit.embeddings.pretrained_weights import (
    SAFETENSORS_FILE,
    freeze,
    load_pretrained,
    load_weights,
    read_tensors,
)
from seldkit.embeddings.registry import EMBEDDINGS, EncoderInput, FrameRate, Modality, WeightsLocation
from seldkit.embeddings.stream_mirroring import reverse_tiles
from seldkit.errors import MissingExtraError, ModelError
from seldkit.settings import Settings
from seldkit.types import ImageArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor

FILES: Final = ("config.json", SAFETENSORS_FILE)

STEM: Final = {"conv1": "embedder.embedder.convolution", "bn1": "embedder.embedder.normalization"}
BLOCK: Final = {
    "downsample.0": "shortcut.convolution",
    "downsample.1": "shortcut.normalization",
    **{f"conv{number}": f"layer.{number - 1}.convolution" for number in (1, 2, 3)},
    **{f"bn{number}": f"layer.{number - 1}.normalization" for number in (1, 2, 3)},
}
"""torchvision's names of a ResNet's layers and those of transformers."""


@EMBEDDINGS.register("resnet50")
class ResNet50Settings(Settings):
    """The visual stream of AV-SELD (Berghi et al., ICASSP 2024): 448 × 224 pixels, left half beside right.

    model: name on the hub, a local folder, or a file of torchvision's (.pth). rate: pictures a second.
    """

    embedding: Literal["resnet50"] = "resnet50"
    model: WeightsLocation = "microsoft/resnet-50"
    rate: FrameRate = 10.0

    @property
    def modality(self) -> Modality:
        return "images"

    @property
    def dim(self) -> int:
        return 2 * 2048

    def mirror_stream_approximately(self, stream: Tensor) -> Tensor:
        """The right half before the left."""
        return reverse_tiles(stream, 1, 2, joined=True)

    def load(self, device: str | torch.device = "cpu") -> ResNet50Encoder:
        return ResNet50Encoder(self.model, device)


@EMBEDDINGS.register("resnet50-map")
class ResNet50MapSettings(Settings):
    """The visual stream of the DCASE 2024 and 2025 baselines: the last 7 × 7 map, its channels averaged.

    model: as for "resnet50"; the baselines took torchvision's second weights (resnet50-11ad3fa6.pth).
    """

    embedding: Literal["resnet50-map"] = "resnet50-map"
    model: WeightsLocation = "microsoft/resnet-50"
    rate: FrameRate = 10.0

    @property
    def modality(self) -> Modality:
        return "images"

    @property
    def dim(self) -> int:
        return 49

    def mirror_stream_approximately(self, stream: Tensor) -> Tensor:
        """Each row of the map from right to left."""
        return reverse_tiles(stream, 7, 7, joined=True)

    def load(self, device: str | torch.device = "cpu") -> ResNet50MapEncoder:
        return ResNet50MapEncoder(self.model, device)


class ResNet50Encoder:
    """One token a picture: the mean of its left half's 7 × 7 cells, then of its right half's."""

    def __init__(self, model: str, device: str | torch.device = "cpu") -> None:
        self._network = _network(model, device)

    def preprocess(self, picture: ImageArray) -> EncoderInput:
        """The whole picture at 448 × 224."""
        return resize_image(picture, (448, 224))

    def encode(self, prepared: EncoderInput) -> Tensor:
        """(pictures, 224, 448, 3) -> (pictures, 1, 4096)."""
        return average_tiles(_maps(self._network, prepared), 1, 2).flatten(1).unsqueeze(1)


class ResNet50MapEncoder:
    """One token a picture: 7 × 7 values, row by row."""

    def __init__(self, model: str, device: str | torch.device = "cpu") -> None:
        self._network = _network(model, device)

    def preprocess(self, picture: ImageArray) -> EncoderInput:
        """The baselines' way: to 360 × 180, up to a height of 232, and of that the middle 224 × 224."""
        return center_crop(resize_image(resize_image(picture, (360, 180)), (464, 232)), (224, 224))

    def encode(self, prepared: EncoderInput) -> Tensor:
        """(pictures, 224, 224, 3) -> (pictures, 1, 49)."""
        return _maps(self._network, prepared).mean(dim=3).flatten(1).unsqueeze(1)


def _maps(network: Any, prepared: EncoderInput) -> Tensor:
    """The last layer's maps, (pictures, rows, columns, 2048), float32."""
    pixels = normalise_images(prepared, next(network.parameters()), IMAGENET_MEAN, IMAGENET_DEVIATION)
    maps: Tensor = network(pixels).last_hidden_state
    return maps.float().permute(0, 2, 3, 1)


def _network(model: str, device: str | torch.device) -> Any:
    if Path(model).suffix in {".pth", ".pt"}:
        return freeze(_of_torchvision(Path(model)), device)
    network = load_pretrained("resnet50", "ResNetModel", model, FILES)
    width = network.config.hidden_sizes[-1]
    if width != 2048:
        raise ModelError(
            f"embedding 'resnet50': {model} gives {width} values a cell; expected the 2048 of a ResNet-50"
        )
    return freeze(network, device)


def _of_torchvision(path: Path) -> Any:
    """A ResNet-50 with the weights of a file in torchvision's layout."""
    if not path.is_file():
        raise ModelError(
            f"embedding 'resnet50': {path} is no file; expected torchvision's weights, such as "
            "https://download.pytorch.org/models/resnet50-11ad3fa6.pth"
        )
    try:
        from transformers import ResNetConfig, ResNetModel
    except ImportError:
        raise MissingExtraError("embedding 'resnet50'", "embeddings") from None
    state = read_tensors("resnet50", path)
    network = ResNetModel(ResNetConfig())
    ours = {_renamed(name): tensor for name, tensor in state.items() if not name.startswith("fc.")}
    load_weights("resnet50", network, ours, path)
    return network


def _renamed(name: str) -> str:
    """A tensor of torchvision's ResNet under the name that transformers gives it."""
    layer, _, what = name.rpartition(".")
    block = re.fullmatch(r"layer(\d)\.(\d+)\.(.+)", layer)
    if block is None:
        return f"{STEM.get(layer, layer)}.{what}"
    stage, number, part = int(block[1]) - 1, block[2], block[3]
    return f"encoder.stages.{stage}.layers.{number}.{BLOCK.get(part, part)}.{what}"
