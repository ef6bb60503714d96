"""Short-time Fourier transform and mel filterbank of the spectral features."""

import math
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from seldkit.types import Floats

FRAMES_PER_BLOCK: Final = 256
"""Number of frames that are transformed at once; small enough for the cache of a CPU core."""

MEL_WIDTH_HZ: Final = 200.0 / 3.0
"""Width of one mel in the linear part of Slaney's scale."""
MEL_BREAK_HZ: Final = 1000.0
"""Frequency above which Slaney's scale is logarithmic."""
MEL_LOG_STEP: Final = math.log(6.4) / 27.0
"""Natural logarithm of the frequency ratio of one mel in the logarithmic part of Slaney's scale."""


class Stft(nn.Module):
    """Short-time Fourier transform with a periodic Hann window.

    The window is centred in the transform. Frame ``t`` is centred on sample ``t * hop``; the audio is padded
    with zeros at both ends. This equals librosa and the DCASE baselines.

    Args:
        window: Length of the window in samples, at most ``n_fft``.
        hop: Distance between successive frames in samples.
        n_fft: Length of the Fourier transform in samples.

    Raises:
        ValueError: The window is longer than the transform.
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
        """Transforms audio.

        Args:
            waveform: Audio, shape ``(..., samples)``.

        Returns:
            Complex spectrum, shape ``(..., frames, n_fft // 2 + 1)`` with ``frames = samples // hop + 1``.
        """
        padded = nn.functional.pad(waveform, (self.n_fft // 2, self.n_fft // 2))
        frames = padded.unfold(-1, self.n_fft, self.hop)  # (..., frames, n_fft), a view
        blocks = torch.split(frames, FRAMES_PER_BLOCK, dim=-2)
        return torch.cat([torch.fft.rfft(block * self.hann) for block in blocks], dim=-2)


def power_spectrum(spectrum: Tensor) -> Tensor:
    """Computes the squared magnitude of a complex spectrum.

    Args:
        spectrum: Complex tensor of any shape.

    Returns:
        Real tensor of the same shape.
    """
    return spectrum.real.square() + spectrum.imag.square()


def power_to_db(power: Tensor, floor: float = 1e-10) -> Tensor:
    """Converts power to decibels.

    Args:
        power: Power, any shape.
        floor: Smallest power; lower values are raised to it. The default corresponds to -100 dB.

    Returns:
        Level in dB, same shape.
    """
    return 10.0 * torch.log10(power.clamp_min(floor))


def mel_matrix(sample_rate: int, n_fft: int, mels: int) -> Tensor:
    """Creates triangular filters of unit area on Slaney's mel scale.

    The scale is linear up to 1 kHz and logarithmic above (Slaney, Auditory Toolbox, 1998). The filters cover
    0 Hz to half the sample rate.

    Args:
        sample_rate: Sample rate in Hz.
        n_fft: Length of the Fourier transform in samples.
        mels: Number of filters.

    Returns:
        Filterbank, shape ``(n_fft // 2 + 1, mels)``, float32.
    """
    edges = _mel_to_hertz(np.linspace(0.0, _hertz_to_mel(sample_rate / 2), mels + 2))
    bins = np.linspace(0.0, sample_rate / 2, n_fft // 2 + 1)
    rising = (bins[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    area = 2.0 / (edges[2:] - edges[:-2])
    return torch.from_numpy(np.maximum(0.0, np.minimum(rising, falling)) * area).float()


def linear_matrix(n_fft: int, bins: int) -> Tensor:
    """Creates a matrix that selects the lowest bins of a Fourier transform.

    Args:
        n_fft: Length of the Fourier transform in samples.
        bins: Number of bins to select, at most ``n_fft // 2 + 1``.

    Returns:
        Selection matrix, shape ``(n_fft // 2 + 1, bins)``, float32.

    Raises:
        ValueError: The transform has fewer bins.
    """
    if not 0 < bins <= n_fft // 2 + 1:
        raise ValueError(
            f"expected at most {n_fft // 2 + 1} bins of a transform of {n_fft} samples, got {bins}"
        )
    return torch.eye(n_fft // 2 + 1, bins)


def _hertz_to_mel(hertz: float) -> float:
    if hertz < MEL_BREAK_HZ:
        return hertz / MEL_WIDTH_HZ
    return MEL_BREAK_HZ / MEL_WIDTH_HZ + math.log(hertz / MEL_BREAK_HZ) / MEL_LOG_STEP


def _mel_to_hertz(mel: Floats) -> Floats:
    break_mel = MEL_BREAK_HZ / MEL_WIDTH_HZ
    logarithmic = MEL_BREAK_HZ * np.exp(MEL_LOG_STEP * (np.maximum(mel, break_mel) - break_mel))
    return np.where(mel < break_mel, mel * MEL_WIDTH_HZ, logarithmic)
