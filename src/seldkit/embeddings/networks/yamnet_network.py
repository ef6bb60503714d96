"""YAMNet: MobileNet v1 on patches of a log-mel spectrogram (Plakal and Ellis, AudioSet)."""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn

SAMPLE_RATE: Final = 16000
WINDOW_SAMPLES: Final = 400
HOP_SAMPLES: Final = 160
N_FFT: Final = 512
MEL_BANDS: Final = 64
MIN_FREQUENCY_HZ: Final = 125.0
MAX_FREQUENCY_HZ: Final = 7500.0
MAGNITUDE_FLOOR: Final = 0.001
"""Magnitude that is added before the logarithm."""
PATCH_FRAMES: Final = 96
"""Number of spectrogram frames (10 ms each) in a patch."""

SEPARABLE_BLOCKS: Final = (
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
    """YAMNet without the classifier, with batch normalisation folded into the convolutions.

    All sizes are even before a layer with stride 2, so that TensorFlow's padding is one zero at the end of
    each axis.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [_Convolution(1, 32, 3, 2)]
        channels = 32
        for width, stride in SEPARABLE_BLOCKS:
            layers += [
                _Convolution(channels, channels, 3, stride, channels),
                _Convolution(channels, width, 1),
            ]
            channels = width
        self.layers = nn.Sequential(*layers)

    def forward(self, patches: Tensor) -> Tensor:
        """Encodes patches.

        Args:
            patches: Log-mel patches, shape ``(patches, 1, 96, 64)``.

        Returns:
            Tokens, shape ``(patches, 1024)``.
        """
        y: Tensor = self.layers(patches)
        return y.mean(dim=(2, 3))

    def load_convolutions(self, weights: Sequence[tuple[Tensor, Tensor]]) -> None:
        """Sets the weights of all convolutions.

        Args:
            weights: Weight and bias of each convolution in order, with the shapes of the network.

        Raises:
            ValueError: The number or the shapes of the weights do not match the network.
        """
        convolutions = [module for module in self.modules() if isinstance(module, nn.Conv2d)]
        shapes = [(layer.weight.shape, layer.bias.shape) for layer in convolutions if layer.bias is not None]
        if [(weight.shape, bias.shape) for weight, bias in weights] != shapes:
            raise ValueError("its convolutions are not those of YAMNet")
        for layer, (weight, bias) in zip(convolutions, weights, strict=True):
            layer.weight.data.copy_(weight)
            assert layer.bias is not None
            layer.bias.data.copy_(bias)


class YamnetLogMel(nn.Module):
    """Log-mel spectrogram of YAMNet: natural logarithm of mel magnitudes plus 0.001."""

    mel: Tensor
    hann: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("hann", torch.hann_window(WINDOW_SAMPLES))
        self.register_buffer("mel", htk_mel_matrix())

    def forward(self, audio: Tensor) -> Tensor:
        """Computes the spectrogram.

        Args:
            audio: Mono audio at 16 kHz, shape ``(batch, samples)``.

        Returns:
            Spectrogram, shape ``(batch, frames, 64)``.
        """
        frames = audio.unfold(-1, WINDOW_SAMPLES, HOP_SAMPLES)  # (batch, frames, window)
        magnitude = torch.fft.rfft(frames * self.hann, N_FFT).abs()
        return torch.log(magnitude @ self.mel + MAGNITUDE_FLOOR)


def htk_mel_matrix() -> Tensor:
    """Creates triangular filters of height 1 on HTK's mel scale, as TensorFlow does.

    Returns:
        Filterbank, shape ``(257, 64)``, float32.
    """
    mel_range = float(_hertz_to_mel(MIN_FREQUENCY_HZ)), float(_hertz_to_mel(MAX_FREQUENCY_HZ))
    edges = torch.linspace(*mel_range, MEL_BANDS + 2, dtype=torch.float64)
    bins = _hertz_to_mel(torch.linspace(0.0, SAMPLE_RATE / 2, N_FFT // 2 + 1, dtype=torch.float64))[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    filters = torch.minimum(rising, falling).clamp_min(0.0)
    filters[0] = 0.0  # no filter includes the constant component
    return filters.float()


def _hertz_to_mel(hertz: float | Tensor) -> Tensor:
    return 1127.0 * torch.log1p(torch.as_tensor(hertz, dtype=torch.float64) / 700.0)


class _Convolution(nn.Module):
    """Convolution and ReLU, with TensorFlow's padding for even sizes."""

    def __init__(self, channels: int, width: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        padding, after = (kernel // 2, 0) if stride == 1 else (0, kernel - stride)
        self.pad = nn.ZeroPad2d((0, after, 0, after)) if after else nn.Identity()
        self.conv = nn.Conv2d(channels, width, kernel, stride, padding, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = torch.relu_(self.conv(self.pad(x)))
        return y
