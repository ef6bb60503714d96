"""I3D: Inception v1 inflated to three dimensions (Carreira and Zisserman, CVPR 2017)."""

from collections import OrderedDict
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from seldkit.embeddings.networks import pad_same

INCEPTION_BLOCKS: Final[dict[str, tuple[int, int | tuple[int, ...]]]] = {
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
"""Input channels and branch channels of Inception blocks; kernel size and stride of poolings."""


class I3d(nn.Sequential):
    """I3D without the classifier.

    Maps images ``(batch, 3, images, height, width)`` from -1 to 1 to feature maps
    ``(batch, 1024, images / 8, height / 32, width / 32)``. Layers have the names of the public PyTorch
    weights (rgb_imagenet.pt).
    """

    def __init__(self) -> None:
        layers: list[tuple[str, nn.Module]] = [
            ("Conv3d_1a_7x7", ConvolutionUnit(3, 64, (7, 7, 7), (2, 2, 2))),
            ("MaxPool3d_2a_3x3", MaxPoolSame((1, 3, 3), (1, 2, 2))),
            ("Conv3d_2b_1x1", ConvolutionUnit(64, 64, (1, 1, 1))),
            ("Conv3d_2c_3x3", ConvolutionUnit(64, 192, (3, 3, 3))),
            ("MaxPool3d_3a_3x3", MaxPoolSame((1, 3, 3), (1, 2, 2))),
        ]
        for name, (first, second) in INCEPTION_BLOCKS.items():
            if isinstance(second, tuple):
                layers.append((name, InceptionBlock(first, second)))
            else:
                layers.append((name, MaxPoolSame((first, first, first), (second, second, second))))
        super().__init__(OrderedDict(layers))


def pool_maps(maps: Tensor) -> Tensor:
    """Averages feature maps over the image and over two neighbours in time, as the classifier of I3D does.

    Args:
        maps: Feature maps, shape ``(batch, 1024, time, height, width)``.

    Returns:
        Tokens, shape ``(batch, max(1, time - 1), 1024)``.
    """
    means = maps.mean(dim=(3, 4))
    if means.shape[2] == 1:
        means = pad(means, (0, 1), mode="replicate")
    return (0.5 * (means[:, :, 1:] + means[:, :, :-1])).transpose(1, 2)


class ConvolutionUnit(nn.Module):
    """Convolution, batch normalisation and ReLU, with TensorFlow's padding.

    Args:
        channels: Number of input channels.
        width: Number of output channels.
        kernel: Kernel size in time, height and width.
        stride: Stride in time, height and width.
    """

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
        """Applies the unit.

        Args:
            x: Feature maps, shape ``(batch, channels, time, height, width)``.

        Returns:
            Feature maps, each size divided by its stride and rounded up.
        """
        y: Tensor = self.bn(self.conv3d(pad_same(x, self._kernel, self._stride)))
        return torch.relu(y)


class MaxPoolSame(nn.MaxPool3d):
    """Max pooling with TensorFlow's padding (zeros, which are not larger than outputs of ReLU).

    Args:
        kernel: Kernel size in time, height and width.
        stride: Stride in time, height and width.
    """

    def __init__(self, kernel: tuple[int, ...], stride: tuple[int, ...]) -> None:
        super().__init__(kernel, stride)
        self._kernel, self._stride = kernel, stride

    def forward(self, x: Tensor) -> Tensor:
        """Applies the pooling.

        Args:
            x: Feature maps, shape ``(batch, channels, time, height, width)``.

        Returns:
            Feature maps, each size divided by its stride and rounded up.
        """
        y: Tensor = super().forward(pad_same(x, self._kernel, self._stride))
        return y


class InceptionBlock(nn.Module):
    """Four parallel branches.

    Args:
        channels: Number of input channels.
        widths: Numbers of channels of the six convolutions.
    """

    def __init__(self, channels: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.b0 = ConvolutionUnit(channels, widths[0], (1, 1, 1))
        self.b1a = ConvolutionUnit(channels, widths[1], (1, 1, 1))
        self.b1b = ConvolutionUnit(widths[1], widths[2], (3, 3, 3))
        self.b2a = ConvolutionUnit(channels, widths[3], (1, 1, 1))
        self.b2b = ConvolutionUnit(widths[3], widths[4], (3, 3, 3))
        self.b3a = MaxPoolSame((3, 3, 3), (1, 1, 1))
        self.b3b = ConvolutionUnit(channels, widths[5], (1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Applies the block.

        Args:
            x: Feature maps, shape ``(batch, channels, time, height, width)``.

        Returns:
            Feature maps of all branches, concatenated along the channels.
        """
        branches = [self.b0(x), self.b1b(self.b1a(x)), self.b2b(self.b2a(x)), self.b3b(self.b3a(x))]
        return torch.cat(branches, dim=1)
