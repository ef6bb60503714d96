"""Short-term power of the autocorrelation: reflections that follow the direct sound."""

from typing import Annotated, Final, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from seldkit.features.registry import FEATURES, Grid, Spectra
from seldkit.features.spectrum import PIECE
from seldkit.settings import Settings

SMOOTHING: Final = 8
"""Length in lags of the Hann window that averages the squared autocorrelation."""


class ShortTermAutocorrelation(nn.Module):
    """Short-term power of the autocorrelation (stpACC): (..., samples) -> (..., frames, bins).

    For each frame: the circular autocorrelation by the power spectrum, its negative values cut off, scaled
    to 1 at lag 0, squared, averaged over 8 lags, scaled to a largest value of 1, and resampled by Fourier's
    method to `bins` values over the lags from 0 to n_fft / 2 samples. frames = samples // hop; the sound is
    mirrored at its ends. Silent frames give 0. Berghi & Jackson, arXiv 2504.08644, for source distance.
    """

    hann: Tensor
    kernel: Tensor
    resampling: Tensor

    def __init__(self, sample_rate: int = 24000, n_fft: int = 1024, hop: int = 150, bins: int = 64) -> None:
        super().__init__()
        if n_fft < 4 or n_fft % 2 or not 0 < bins <= n_fft // 2:
            raise ValueError(f"expected an even n_fft and at most n_fft / 2 bins, got {n_fft} and {bins}")
        self.sample_rate, self.n_fft, self.hop = sample_rate, n_fft, hop
        self.register_buffer("hann", _float(np.hanning(n_fft)), persistent=False)
        self.register_buffer("kernel", _float(np.hanning(SMOOTHING))[None, None], persistent=False)
        self.register_buffer("resampling", _float(_resampling(n_fft // 2, bins)), persistent=False)

    def forward(self, waveform: Tensor) -> Tensor:
        if waveform.shape[-1] == 0:
            raise ValueError(f"expected sound (..., samples), got shape {tuple(waveform.shape)}")
        return self._all_frames(waveform)[..., : waveform.shape[-1] // self.hop, :]

    def channel_count(self, channels: int) -> int:
        """One feature channel, of the mid of stereo sound or the first channel of FOA."""
        if channels not in (2, 4):
            raise ValueError(f"expected 2 or 4 channels of sound, got {channels}")
        return 1

    def from_spectra(self, spectra: Spectra) -> Tensor:
        """The mid or first channel's, with the last frame that `forward` drops: (batch, 1, frames, bins)."""
        sound = spectra.waveform
        middle = sound.mean(dim=1, keepdim=True) if sound.shape[1] == 2 else sound[:, :1]
        return self._all_frames(middle)

    def _all_frames(self, waveform: Tensor) -> Tensor:
        frames = self._frames(waveform.reshape(-1, waveform.shape[-1]))  # (sounds, frames, n_fft)
        power = torch.cat([self._power(piece) for piece in torch.split(frames, PIECE, dim=1)], dim=1)
        return power.reshape(*waveform.shape[:-1], *power.shape[1:])

    def _frames(self, waveform: Tensor) -> Tensor:
        samples, margin = waveform.shape[-1], self.n_fft // 2
        short = max(0, margin + 1 - samples)  # mirroring needs more sound than it adds
        longer = nn.functional.pad(waveform, (0, short))
        padded = nn.functional.pad(longer[:, None], (margin, margin), mode="reflect")[:, 0]
        return padded.unfold(-1, self.n_fft, self.hop)[:, : samples // self.hop + 1]

    def _power(self, frames: Tensor) -> Tensor:
        spectrum = torch.fft.rfft(frames * self.hann)
        correlation = torch.fft.irfft(spectrum.real.square() + spectrum.imag.square(), n=self.n_fft)
        positive = correlation[..., : self.n_fft // 2].clamp_min(0.0)
        scaled = positive / positive.amax(dim=-1, keepdim=True).clamp_min(torch.finfo(positive.dtype).tiny)
        flat = scaled.square().reshape(-1, 1, scaled.shape[-1])
        smooth = nn.functional.conv1d(
            nn.functional.pad(flat, (SMOOTHING // 2, SMOOTHING // 2 - 1)), self.kernel
        )
        smooth = smooth / smooth.amax(dim=-1, keepdim=True).clamp_min(torch.finfo(smooth.dtype).tiny)
        return (smooth @ self.resampling).reshape(*scaled.shape[:-1], -1)


def _resampling(lags: int, bins: int) -> np.ndarray:
    """Resampling by Fourier's method, which is linear, as scipy.signal.resample does: (lags, bins)."""
    spectrum = np.fft.rfft(np.eye(lags), axis=1)[:, : bins // 2 + 1]
    if bins < lags and bins % 2 == 0:
        spectrum[:, -1] *= 2.0  # the highest frequency stands for its negative too
    return np.fft.irfft(spectrum, bins, axis=1) * (bins / lags)


def _float(values: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values)).float()


@FEATURES.register("short-term-autocorrelation")
class ShortTermAutocorrelationSettings(Settings):
    """`n_fft`: twice the longest lag, in samples; as many bins as the stack has mels."""

    name: Literal["short-term-autocorrelation"] = "short-term-autocorrelation"
    n_fft: Annotated[int, Field(ge=16, le=65536, multiple_of=2)] = 1024

    def build(self, grid: Grid) -> ShortTermAutocorrelation:
        return ShortTermAutocorrelation(grid.sample_rate, self.n_fft, grid.hop, grid.mels)
