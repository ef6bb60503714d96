"""YAMNet: MobileNet v1 over patches of a log-mel spectrogram (Plakal & Ellis, AudioSet)."""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn

RATE: Final = 16000
WINDOW, HOP, FFT, MELS = 400, 160, 512, 64
LOWEST, HIGHEST = 125.0, 7500.0
FLOOR: Final = 0.001
PATCH: Final = 96
"""Spectrogram frames of 10 ms in a patch."""

BLOCKS: Final = (
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    *((512, 1),) * 5,
    (1024, 2),
    (1024, 1),
)
"""Channels and stride of the separable convolutions."""


class Yamnet(nn.Module):
    """(patches, 1, 96, 64) -> (patches, 1024). Batch normalisations are folded into the convolutions.

    Their strides leave even sizes, so TensorFlow's padding is zeros after each axis where the stride is 2.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [_Convolution(1, 32, 3, 2)]
        channels = 32
        for width, stride in BLOCKS:
            layers += [
                _Convolution(channels, channels, 3, stride, channels),
                _Convolution(channels, width, 1),
            ]
            channels = width
        self.layers = nn.Sequential(*layers)

    def forward(self, patches: Tensor) -> Tensor:
        y: Tensor = self.layers(patches)
        return y.mean(dim=(2, 3))

    def take(self, weights: Sequence[tuple[Tensor, Tensor]]) -> None:
        """Take the weight and bias of each convolution, in their order. ValueError where one does not fit."""
        convolutions = [module for module in self.modules() if isinstance(module, nn.Conv2d)]
        shapes = [(layer.weight.shape, layer.bias.shape) for layer in convolutions if layer.bias is not None]
        if [(weight.shape, bias.shape) for weight, bias in weights] != shapes:
            raise ValueError("its convolutions are not those of YAMNet")
        for layer, (weight, bias) in zip(convolutions, weights, strict=True):
            layer.weight.data.copy_(weight)
            assert layer.bias is not None
            layer.bias.data.copy_(bias)


class YamnetLogMel(nn.Module):
    """Sound at 16 kHz, (batch, samples) -> (batch, frames, 64): ln of HTK mels of magnitudes, plus 0.001."""

    mel: Tensor
    hann: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("hann", torch.hann_window(WINDOW))
        self.register_buffer("mel", mel_filters())

    def forward(self, sound: Tensor) -> Tensor:
        frames = sound.unfold(-1, WINDOW, HOP)  # (batch, frames, window)
        magnitude = torch.fft.rfft(frames * self.hann, FFT).abs()
        return torch.log(magnitude @ self.mel + FLOOR)


def mel_filters() -> Tensor:
    """Triangles of height 1 on HTK's mel scale, (257, 64), as TensorFlow makes them."""
    edges = torch.linspace(float(_mel(LOWEST)), float(_mel(HIGHEST)), MELS + 2, dtype=torch.float64)
    bins = _mel(torch.linspace(0.0, RATE / 2, FFT // 2 + 1, dtype=torch.float64))[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    filters = torch.minimum(rising, falling).clamp_min(0.0)
    filters[0] = 0.0  # the constant part belongs to no filter
    return filters.float()


def _mel(hertz: float | Tensor) -> Tensor:
    return 1127.0 * torch.log1p(torch.as_tensor(hertz, dtype=torch.float64) / 700.0)


class _Convolution(nn.Module):
    """A convolution and ReLU, padded as TensorFlow does for even sizes."""

    def __init__(self, channels: int, width: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        around, after = (kernel // 2, 0) if stride == 1 else (0, kernel - stride)
        self.pad = nn.ZeroPad2d((0, after, 0, after)) if after else nn.Identity()
        self.conv = nn.Conv2d(channels, width, kernel, stride, around, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = torch.relu_(self.conv(self.pad(x)))
        return y
