"""Cross-correlation between microphones: how much later a sound reaches one than the other."""

from itertools import combinations
from typing import Literal

import torch
from torch import Tensor, nn

from seldkit.features.registry import FEATURES, FrontEnd, Grid, Spectra
from seldkit.settings import Settings


class CrossCorrelation(nn.Module):
    """Cross-correlation with phase transform (GCC-PHAT, Knapp and Carter 1976) of every pair of microphones.

    (batch, channels, samples) -> (batch, pairs, frames, mels), pairs in the order 0-1, 0-2, … 1-2, …; the
    last axis holds lags of −mels // 2 to mels // 2 − 1 samples, so that it stacks with mel bands (as the
    DCASE 2020 to 2024 baselines have it for microphone arrays).
    """

    def __init__(
        self, sample_rate: int = 24000, window: int = 960, hop: int = 480, n_fft: int = 1024, mels: int = 64
    ) -> None:
        super().__init__()
        self.front_end = FrontEnd(
            Grid(sample_rate=sample_rate, window=window, hop=hop, n_fft=n_fft, mels=mels)
        )

    def forward(self, waveform: Tensor) -> Tensor:
        self.channel_count(waveform.shape[1])
        return self.from_spectra(self.front_end(waveform))

    def channel_count(self, channels: int) -> int:
        """One feature channel for each pair of sound channels."""
        if channels < 2:
            raise ValueError(f"a cross-correlation needs at least 2 channels of sound, got {channels}")
        return channels * (channels - 1) // 2

    def from_spectra(self, spectra: Spectra) -> Tensor:
        """The same, of sound that was transformed already."""
        spectrum, lags = spectra.spectrum, spectra.mel.shape[1]
        pairs = torch.tensor(list(combinations(range(spectrum.shape[1]), 2)), device=spectrum.device)
        phase = torch.angle(spectrum[:, pairs[:, 0]].conj() * spectrum[:, pairs[:, 1]])
        correlation = torch.fft.irfft(
            torch.polar(torch.ones_like(phase), phase)
        )  # (batch, pairs, frames, n_fft)
        before = lags - lags // 2
        return torch.cat([correlation[..., -before:], correlation[..., : lags // 2]], dim=-1)


@FEATURES.register("cross-correlation")
class CrossCorrelationSettings(Settings):
    """Nothing to set."""

    name: Literal["cross-correlation"] = "cross-correlation"

    def build(self, grid: Grid) -> CrossCorrelation:
        return CrossCorrelation(grid.sample_rate, grid.window, grid.hop, grid.n_fft, grid.mels)
