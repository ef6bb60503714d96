"""Short-term power of the autocorrelation, which shows reflections that follow the direct sound."""

from typing import Annotated, Final, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from seldkit.features.registry import FEATURES, Grid, Spectra
from seldkit.features.spectrum import FRAMES_PER_BLOCK, power_spectrum
from seldkit.settings import Settings
from seldkit.types import Floats

SMOOTHING_LAGS: Final = 8
"""Length in lags of the Hann window that averages the squared autocorrelation."""


class ShortTermAutocorrelation(nn.Module):
    """Short-term power of the autocorrelation (stpACC).

    The steps for each frame: circular autocorrelation by way of the power spectrum, negative values set to 0,
    scaling to 1 at lag 0, squaring, average over 8 lags, scaling to a maximum of 1, and Fourier resampling to
    ``bins`` values over the lags from 0 to ``n_fft / 2`` samples. The audio is reflected at both ends. Silent
    frames give 0. Source: Berghi and Jackson, arXiv 2504.08644, for the estimation of source distance.

    Args:
        sample_rate: Sample rate in Hz.
        n_fft: Length of a frame in samples, even; twice the longest lag.
        hop: Distance between successive frames in samples.
        bins: Number of values per frame, at most ``n_fft / 2``.

    Raises:
        ValueError: ``n_fft`` is odd or ``bins`` is too large.
    """

    hann: Tensor
    kernel: Tensor
    resampling: Tensor

    def __init__(self, sample_rate: int = 24000, n_fft: int = 1024, hop: int = 150, bins: int = 64) -> None:
        super().__init__()
        if n_fft < 4 or n_fft % 2 or not 0 < bins <= n_fft // 2:
            raise ValueError(f"expected an even n_fft and at most n_fft / 2 bins, got {n_fft} and {bins}")
        self.sample_rate, self.n_fft, self.hop = sample_rate, n_fft, hop
        self.register_buffer("hann", _float_tensor(np.hanning(n_fft)), persistent=False)
        kernel = _float_tensor(np.hanning(SMOOTHING_LAGS))[None, None]
        self.register_buffer("kernel", kernel, persistent=False)
        resampling = _float_tensor(_resampling_matrix(n_fft // 2, bins))
        self.register_buffer("resampling", resampling, persistent=False)

    def forward(self, waveform: Tensor) -> Tensor:
        """Computes the feature.

        Args:
            waveform: Audio, shape ``(..., samples)``.

        Returns:
            Feature, shape ``(..., frames, bins)`` with ``frames = samples // hop``.

        Raises:
            ValueError: The audio is empty.
        """
        if waveform.shape[-1] == 0:
            raise ValueError(f"expected audio (..., samples), got shape {tuple(waveform.shape)}")
        return self._all_frames(waveform)[..., : waveform.shape[-1] // self.hop, :]

    def channel_count(self, channels: int) -> int:
        """Returns 1: the feature is computed from the mid of stereo or the first channel of ambisonics.

        Args:
            channels: Number of audio channels.

        Returns:
            Number of feature channels.

        Raises:
            ValueError: The audio has neither 2 nor 4 channels.
        """
        if channels not in (2, 4):
            raise ValueError(f"short-term autocorrelation: expected 2 or 4 audio channels, got {channels}")
        return 1

    def from_spectra(self, spectra: Spectra) -> Tensor:
        """Computes the feature of the mid or first channel, with one frame more than `forward`.

        Args:
            spectra: Audio and spectrum of a batch; only the audio is used.

        Returns:
            Feature, shape ``(batch, 1, frames, bins)`` with ``frames = samples // hop + 1``.
        """
        waveform = spectra.waveform
        mono = waveform.mean(dim=1, keepdim=True) if waveform.shape[1] == 2 else waveform[:, :1]
        return self._all_frames(mono)

    def _all_frames(self, waveform: Tensor) -> Tensor:
        frames = self._split_frames(waveform.reshape(-1, waveform.shape[-1]))  # (signals, frames, n_fft)
        blocks = torch.split(frames, FRAMES_PER_BLOCK, dim=1)
        power = torch.cat([self._autocorrelation_power(block) for block in blocks], dim=1)
        return power.reshape(*waveform.shape[:-1], *power.shape[1:])

    def _split_frames(self, waveform: Tensor) -> Tensor:
        samples, margin = waveform.shape[-1], self.n_fft // 2
        missing = max(0, margin + 1 - samples)  # reflection requires more samples than it adds
        extended = nn.functional.pad(waveform, (0, missing))
        padded = nn.functional.pad(extended[:, None], (margin, margin), mode="reflect")[:, 0]
        return padded.unfold(-1, self.n_fft, self.hop)[:, : samples // self.hop + 1]

    def _autocorrelation_power(self, frames: Tensor) -> Tensor:
        power = power_spectrum(torch.fft.rfft(frames * self.hann))
        correlation = torch.fft.irfft(power, n=self.n_fft)
        positive = correlation[..., : self.n_fft // 2].clamp_min(0.0)
        scaled = positive / positive.amax(dim=-1, keepdim=True).clamp_min(torch.finfo(positive.dtype).tiny)
        squared = scaled.square().reshape(-1, 1, scaled.shape[-1])
        padded = nn.functional.pad(squared, (SMOOTHING_LAGS // 2, SMOOTHING_LAGS // 2 - 1))
        smooth = nn.functional.conv1d(padded, self.kernel)
        smooth = smooth / smooth.amax(dim=-1, keepdim=True).clamp_min(torch.finfo(smooth.dtype).tiny)
        return (smooth @ self.resampling).reshape(*scaled.shape[:-1], -1)


def _resampling_matrix(lags: int, bins: int) -> Floats:
    """Returns the matrix (lags, bins) of Fourier resampling, equal to ``scipy.signal.resample``."""
    spectrum = np.fft.rfft(np.eye(lags), axis=1)[:, : bins // 2 + 1]
    if bins < lags and bins % 2 == 0:
        spectrum[:, -1] *= 2.0  # the Nyquist frequency also represents its negative
    return np.fft.irfft(spectrum, bins, axis=1) * (bins / lags)


def _float_tensor(values: Floats) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values)).float()


@FEATURES.register("short-term-autocorrelation")
class ShortTermAutocorrelationSettings(Settings):
    """Settings of `ShortTermAutocorrelation`; the number of values equals the number of bands of the stack.

    Attributes:
        name: Name in configurations.
        n_fft: Length of a frame in samples; twice the longest lag.
    """

    name: Literal["short-term-autocorrelation"] = "short-term-autocorrelation"
    n_fft: Annotated[int, Field(ge=16, le=65536, multiple_of=2)] = 1024

    def build(self, grid: Grid) -> ShortTermAutocorrelation:
        """Creates the feature.

        Args:
            grid: Time-frequency grid of the stack.

        Returns:
            The feature.
        """
        return ShortTermAutocorrelation(grid.sample_rate, self.n_fft, grid.hop, grid.mels)
