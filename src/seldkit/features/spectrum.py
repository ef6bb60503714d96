"""The short-time Fourier transform and the mel scale that the spectral features share."""

import math
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

PIECE: Final = 256
"""Frames transformed at once: small enough to stay in a core's cache."""


class Stft(nn.Module):
    """Short-time Fourier transform: (..., samples) -> complex (..., frames, n_fft // 2 + 1).

    Periodic Hann window of `window` samples in the middle of `n_fft`; frame t is centred on sample t · hop,
    silence lies beyond the ends, so there are samples // hop + 1 frames (as librosa and the DCASE baselines).
    """

    hann: Tensor

    def __init__(self, window: int = 960, hop: int = 480, n_fft: int = 1024) -> None:
        super().__init__()
        if not 0 < window <= n_fft:
            raise ValueError(f"window must be from 1 to n_fft = {n_fft} samples, got {window}")
        self.hop, self.n_fft = hop, n_fft
        before = (n_fft - window) // 2
        hann = nn.functional.pad(
            torch.hann_window(window, dtype=torch.float64), (before, n_fft - window - before)
        )
        self.register_buffer("hann", hann.float(), persistent=False)

    def forward(self, waveform: Tensor) -> Tensor:
        padded = nn.functional.pad(waveform, (self.n_fft // 2, self.n_fft // 2))
        frames = padded.unfold(-1, self.n_fft, self.hop)  # (..., frames, n_fft), a view
        pieces = torch.split(frames, PIECE, dim=-2)
        return torch.cat([torch.fft.rfft(piece * self.hann) for piece in pieces], dim=-2)


def power(spectrum: Tensor) -> Tensor:
    """|X|² of a complex tensor."""
    return spectrum.real.square() + spectrum.imag.square()


def decibels(power: Tensor, floor: float = 1e-10) -> Tensor:
    """10 log10 of a power, not below `floor` (−100 dB)."""
    return 10.0 * torch.log10(power.clamp_min(floor))


def mel_matrix(sample_rate: int, n_fft: int, mels: int) -> Tensor:
    """Triangular filters on Slaney's mel scale, each of unit area: (n_fft // 2 + 1, mels).

    The scale is linear to 1 kHz and logarithmic above (Slaney, Auditory Toolbox, 1998); filters reach from
    0 to half the sample rate.
    """
    edges = _mel_to_hertz(np.linspace(0.0, _hertz_to_mel(sample_rate / 2), mels + 2))
    bins = np.linspace(0.0, sample_rate / 2, n_fft // 2 + 1)
    rising = (bins[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    area = 2.0 / (edges[2:] - edges[:-2])
    return torch.from_numpy(np.maximum(0.0, np.minimum(rising, falling)) * area).float()


def linear_matrix(n_fft: int, bins: int) -> Tensor:
    """What takes the lowest bins of a transform as they are: (n_fft // 2 + 1, bins)."""
    if not 0 < bins <= n_fft // 2 + 1:
        raise ValueError(f"a transform of {n_fft} samples has {n_fft // 2 + 1} bins, got {bins} wanted")
    return torch.eye(n_fft // 2 + 1, bins)


_HERTZ_PER_MEL = 200.0 / 3.0
_BREAK = 1000.0  # Hz, where the scale turns logarithmic
_STEP = math.log(6.4) / 27.0


def _hertz_to_mel(hertz: float) -> float:
    if hertz < _BREAK:
        return hertz / _HERTZ_PER_MEL
    return _BREAK / _HERTZ_PER_MEL + math.log(hertz / _BREAK) / _STEP


def _mel_to_hertz(mel: np.ndarray) -> np.ndarray:
    knee = _BREAK / _HERTZ_PER_MEL
    return np.where(mel < knee, mel * _HERTZ_PER_MEL, _BREAK * np.exp(_STEP * (np.maximum(mel, knee) - knee)))
