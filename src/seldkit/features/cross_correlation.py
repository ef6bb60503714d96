"""Generalised cross-correlation of microphone signals."""

from itertools import combinations
from typing import Literal

import torch
from torch import Tensor

from seldkit.features.registry import FEATURES, Grid, Spectra, SpectralFeature
from seldkit.settings import Settings


class CrossCorrelation(SpectralFeature):
    """Cross-correlation with phase transform (GCC-PHAT, Knapp and Carter 1976) of every pair of channels.

    Maps audio ``(batch, channels, samples)`` to ``(batch, pairs, frames, mels)`` with the pairs in the order
    0-1, 0-2, ..., 1-2, .... The last axis holds the lags from ``-mels // 2`` to ``mels // 2 - 1`` samples, so
    that the feature can be stacked with mel bands (DCASE baselines 2020 to 2024 for microphone arrays).

    Args:
        sample_rate: Sample rate in Hz.
        window: Length of the analysis window in samples.
        hop: Distance between successive frames in samples.
        n_fft: Length of the Fourier transform in samples.
        mels: Number of lags.
    """

    def channel_count(self, channels: int) -> int:
        """Returns one feature channel per pair of audio channels.

        Args:
            channels: Number of audio channels.

        Returns:
            Number of feature channels.

        Raises:
            ValueError: There are fewer than two channels.
        """
        if channels < 2:
            raise ValueError(f"cross-correlation: expected at least 2 audio channels, got {channels}")
        return channels * (channels - 1) // 2

    def from_spectra(self, spectra: Spectra) -> Tensor:
        """Computes the cross-correlations from spectra that were computed already.

        Args:
            spectra: Audio and spectrum of a batch.

        Returns:
            Correlation coefficients, shape ``(batch, pairs, frames, mels)``.
        """
        spectrum, lags = spectra.spectrum, spectra.mel.shape[1]
        pairs = torch.tensor(list(combinations(range(spectrum.shape[1]), 2)), device=spectrum.device)
        phase = torch.angle(spectrum[:, pairs[:, 0]].conj() * spectrum[:, pairs[:, 1]])
        whitened = torch.polar(torch.ones_like(phase), phase)
        correlation = torch.fft.irfft(whitened)  # (batch, pairs, frames, n_fft)
        negative = lags - lags // 2
        return torch.cat([correlation[..., -negative:], correlation[..., : lags // 2]], dim=-1)


@FEATURES.register("cross-correlation")
class CrossCorrelationSettings(Settings):
    """Settings of `CrossCorrelation`.

    Attributes:
        name: Name in configurations.
    """

    name: Literal["cross-correlation"] = "cross-correlation"

    def build(self, grid: Grid) -> CrossCorrelation:
        """Creates the feature.

        Args:
            grid: Time-frequency grid of the stack.

        Returns:
            The feature.
        """
        return CrossCorrelation(**grid.model_dump())
