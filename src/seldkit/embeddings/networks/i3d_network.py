"""I3D: Inception v1 inflated to three dimensions (Carreira & Zisserman, CVPR 2017)."""

from collections import OrderedDict
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from seldkit.embeddings.networks.padding import pad_same

MIXED: Final[dict[str, tuple[int, int | tuple[int, ...]]]] = {
    "Mixed_3b": (192, (64, 96, 128, 16, 32, 32)),
    "Mixed_3c": (256, (128, 128, 192, 32, 96, 64)),
    "MaxPool3d_4a_3x3": (3, 2),
    "Mixed_4b": (480, (192, 96, 208, 16, 48, 64)),
    "Mixed_4c": (512, (160, 112, 224, 24, 64, 64)),
    "Mixed_4d": (512, (128, 128, 256, 24, 64, 64)),
    "Mixed_4e": (512, (112, 144, 288, 32, 64, 64)),
    "Mixed_4f": (528, (256, 160, 320, 32, 128, 128)),
    "MaxPool3d_5a_2x2": (2, 2),
    "Mixed_5b": (832, (256, 160, 320, 32, 128, 128)),
    "Mixed_5c": (832, (384, 192, 384, 48, 128, 128)),
}
"""Channels into a mixed block and of its branches; kernel and stride of a pooling."""


class I3d(nn.Sequential):
    """(batch, 3, pictures, height, width) of −1 to 1 -> (batch, 1024, about pictures / 8, …), its last maps.

    The layers' names are those of the public PyTorch weights (rgb_imagenet.pt).
    """

    def __init__(self) -> None:
        layers: list[tuple[str, nn.Module]] = [
            ("Conv3d_1a_7x7", Unit(3, 64, (7, 7, 7), (2, 2, 2))),
            ("MaxPool3d_2a_3x3", Pool((1, 3, 3), (1, 2, 2))),
            ("Conv3d_2b_1x1", Unit(64, 64, (1, 1, 1))),
            ("Conv3d_2c_3x3", Unit(64, 192, (3, 3, 3))),
            ("MaxPool3d_3a_3x3", Pool((1, 3, 3), (1, 2, 2))),
        ]
        for name, (first, second) in MIXED.items():
            if isinstance(second, tuple):
                layers.append((name, Mixed(first, second)))
            else:
                layers.append((name, Pool((first, first, first), (second, second, second))))
        super().__init__(OrderedDict(layers))


def pooled(maps: Tensor) -> Tensor:
    """Means over the picture and two neighbours in time: (batch, 1024, time, …) -> (batch, time, 1024).

    As the network's own classifier takes them; one moment alone stands for itself.
    """
    moments = maps.mean(dim=(3, 4))
    if moments.shape[2] == 1:
        moments = pad(moments, (0, 1), mode="replicate")
    return (0.5 * (moments[:, :, 1:] + moments[:, :, :-1])).transpose(1, 2)


class Unit(nn.Module):
    """Convolution, batch normalisation, ReLU, with TensorFlow's padding."""

    def __init__(
        self,
        channels: int,
        width: int,
        kernel: tuple[int, int, int],
        stride: tuple[int, int, int] = (1, 1, 1),
    ) -> None:
        super().__init__()
        self.conv3d = nn.Conv3d(channels, width, kernel, stride, bias=False)
        self.bn = nn.BatchNorm3d(width, eps=0.001)
        self._kernel, self._stride = kernel, stride

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.bn(self.conv3d(pad_same(x, self._kernel, self._stride)))
        return torch.relu(y)


class Pool(nn.MaxPool3d):
    """Maxima, with TensorFlow's padding (zeros, which ReLU's values never fall below)."""

    def __init__(self, kernel: tuple[int, ...], stride: tuple[int, ...]) -> None:
        super().__init__(kernel, stride)
        self._kernel, self._stride = kernel, stride

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = super().forward(pad_same(x, self._kernel, self._stride))
        return y


class Mixed(nn.Module):
    """Four branches side by side."""

    def __init__(self, channels: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.b0 = Unit(channels, widths[0], (1, 1, 1))
        self.b1a = Unit(channels, widths[1], (1, 1, 1))
        self.b1b = Unit(widths[1], widths[2], (3, 3, 3))
        self.b2a = Unit(channels, widths[3], (1, 1, 1))
        self.b2b = Unit(widths[3], widths[4], (3, 3, 3))
        self.b3a = Pool((3, 3, 3), (1, 1, 1))
        self.b3b = Unit(channels, widths[5], (1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        branches = [self.b0(x), self.b1b(self.b1a(x)), self.b2b(self.b2a(x)), self.b3b(self.b3a(x))]
        return torch.cat(branches, dim=1)
