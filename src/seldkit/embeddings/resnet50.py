"""ResNet-50, an ImageNet classifier (He et al., CVPR 2016)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

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
    from torch import Tensor, nn

MODEL_FILES: Final = ("config.json", SAFETENSORS_FILE)
CHANNELS: Final = 2048
"""Number of channels of the last layer."""

STEM_NAMES: Final = {"conv1": "embedder.embedder.convolution", "bn1": "embedder.embedder.normalization"}
"""Names of the stem's layers in torchvision and in transformers."""
BLOCK_NAMES: Final = {
    "downsample.0": "shortcut.convolution",
    "downsample.1": "shortcut.normalization",
    **{f"conv{number}": f"layer.{number - 1}.convolution" for number in (1, 2, 3)},
    **{f"bn{number}": f"layer.{number - 1}.normalization" for number in (1, 2, 3)},
}
"""Names of a block's layers in torchvision and in transformers."""


@EMBEDDINGS.register("resnet50")
class ResNet50Settings(Settings):
    """Settings of the visual stream of AV-SELD (Berghi et al., ICASSP 2024).

    A token concatenates the left half and the right half of an image of 448 × 224 pixels.

    Attributes:
        embedding: Registered name.
        model: Name on the Hugging Face hub, local folder, or file of torchvision weights (.pth).
        rate: Images per second.
    """

    embedding: Literal["resnet50"] = "resnet50"
    model: WeightsLocation = "microsoft/resnet-50"
    rate: FrameRate = 10.0

    @property
    def modality(self) -> Modality:
        """Input of the encoder."""
        return "images"

    @property
    def dim(self) -> int:
        """Number of values per token."""
        return 2 * CHANNELS

    def mirror_stream_approximately(self, stream: Tensor) -> Tensor:
        """Exchanges the tokens of the left and right half.

        Args:
            stream: Tokens, shape ``(batch, time, dim)``.

        Returns:
            Approximate tokens of the mirrored images, same shape.
        """
        return reverse_tiles(stream, 1, 2, joined=True)

    def load(self, device: str | torch.device = "cpu") -> ResNet50Encoder:
        """Loads the encoder.

        Args:
            device: Compute device.

        Returns:
            The encoder.
        """
        return ResNet50Encoder(self.model, device)


@EMBEDDINGS.register("resnet50-map")
class ResNet50MapSettings(Settings):
    """Settings of the visual stream of the DCASE 2024 and 2025 baselines.

    A token is the last feature map of 7 × 7 cells, averaged over the channels.

    Attributes:
        embedding: Registered name.
        model: Name on the Hugging Face hub, local folder, or file of torchvision weights (.pth). The
            baselines use torchvision's second weights (resnet50-11ad3fa6.pth).
        rate: Images per second.
    """

    embedding: Literal["resnet50-map"] = "resnet50-map"
    model: WeightsLocation = "microsoft/resnet-50"
    rate: FrameRate = 10.0

    @property
    def modality(self) -> Modality:
        """Input of the encoder."""
        return "images"

    @property
    def dim(self) -> int:
        """Number of values per token."""
        return 49

    def mirror_stream_approximately(self, stream: Tensor) -> Tensor:
        """Reverses each row of the map.

        Args:
            stream: Tokens, shape ``(batch, time, dim)``.

        Returns:
            Approximate tokens of the mirrored images, same shape.
        """
        return reverse_tiles(stream, 7, 7, joined=True)

    def load(self, device: str | torch.device = "cpu") -> ResNet50MapEncoder:
        """Loads the encoder.

        Args:
            device: Compute device.

        Returns:
            The encoder.
        """
        return ResNet50MapEncoder(self.model, device)


class ResNet50Encoder:
    """Encodes an image to one token: the mean of the cells of its left half, then of its right half.

    Args:
        model: Name on the Hugging Face hub, local folder, or file of torchvision weights (.pth).
        device: Compute device.

    Raises:
        ModelError: The weights are missing or wrong.
        MissingExtraError: A library is missing.
    """

    def __init__(self, model: str, device: str | torch.device = "cpu") -> None:
        self._network = _load_network(model, device)

    def preprocess(self, image: ImageArray) -> EncoderInput:
        """Resizes an image to 448 × 224 pixels.

        Args:
            image: RGB image, shape ``(height, width, 3)``.

        Returns:
            RGB image, shape ``(224, 448, 3)``.
        """
        return resize_image(image, (448, 224))

    def encode(self, inputs: EncoderInput) -> Tensor:
        """Encodes images.

        Args:
            inputs: Outputs of `preprocess`, shape ``(images, 224, 448, 3)``.

        Returns:
            Tokens, shape ``(images, 1, 4096)``, float32.
        """
        return average_tiles(_feature_maps(self._network, inputs), 1, 2, joined=True)


class ResNet50MapEncoder:
    """Encodes an image to one token: 7 × 7 values, row by row.

    Args:
        model: Name on the Hugging Face hub, local folder, or file of torchvision weights (.pth).
        device: Compute device.

    Raises:
        ModelError: The weights are missing or wrong.
        MissingExtraError: A library is missing.
    """

    def __init__(self, model: str, device: str | torch.device = "cpu") -> None:
        self._network = _load_network(model, device)

    def preprocess(self, image: ImageArray) -> EncoderInput:
        """Resizes an image to 360 × 180, then to 464 × 232, and crops 224 × 224, as the baselines do.

        Args:
            image: RGB image, shape ``(height, width, 3)``.

        Returns:
            RGB image, shape ``(224, 224, 3)``.
        """
        return center_crop(resize_image(resize_image(image, (360, 180)), (464, 232)), (224, 224))

    def encode(self, inputs: EncoderInput) -> Tensor:
        """Encodes images.

        Args:
            inputs: Outputs of `preprocess`, shape ``(images, 224, 224, 3)``.

        Returns:
            Tokens, shape ``(images, 1, 49)``, float32.
        """
        return _feature_maps(self._network, inputs).mean(dim=3).flatten(1).unsqueeze(1)


def _feature_maps(network: nn.Module, inputs: EncoderInput) -> Tensor:
    """Returns the feature maps of the last layer, (images, rows, columns, 2048), float32."""
    pixels = normalise_images(inputs, next(network.parameters()), IMAGENET_MEAN, IMAGENET_DEVIATION)
    maps: Tensor = network(pixels).last_hidden_state
    return maps.float().permute(0, 2, 3, 1)


def _load_network(model: str, device: str | torch.device) -> nn.Module:
    if Path(model).suffix in {".pth", ".pt"}:
        return freeze(_load_torchvision(Path(model)), device)
    network = load_pretrained("resnet50", "ResNetModel", model, MODEL_FILES)
    width = network.config.hidden_sizes[-1]
    if width != CHANNELS:
        raise ModelError(
            f"embedding 'resnet50': {model}: expected {CHANNELS} channels, got {width}; set a ResNet-50"
        )
    encoder: nn.Module = freeze(network, device)
    return encoder


def _load_torchvision(path: Path) -> nn.Module:
    """Loads a ResNet-50 with weights in torchvision's layout."""
    if not path.is_file():
        raise ModelError(
            f"embedding 'resnet50': file {path} not found; expected weights of torchvision, for example "
            "https://download.pytorch.org/models/resnet50-11ad3fa6.pth"
        )
    try:
        from transformers import ResNetConfig, ResNetModel
    except ImportError:
        raise MissingExtraError("embedding 'resnet50'", "embeddings") from None
    state = read_tensors("resnet50", path)
    network: nn.Module = ResNetModel(ResNetConfig())
    renamed = {_transformers_name(name): value for name, value in state.items() if not name.startswith("fc.")}
    load_weights("resnet50", network, renamed, path)
    return network


def _transformers_name(name: str) -> str:
    """Converts the name of a tensor of torchvision's ResNet to that of transformers."""
    layer, _, tensor = name.rpartition(".")
    block = re.fullmatch(r"layer(\d)\.(\d+)\.(.+)", layer)
    if block is None:
        return f"{STEM_NAMES.get(layer, layer)}.{tensor}"
    stage, number, part = int(block[1]) - 1, block[2], block[3]
    return f"encoder.stages.{stage}.layers.{number}.{BLOCK_NAMES.get(part, part)}.{tensor}"
