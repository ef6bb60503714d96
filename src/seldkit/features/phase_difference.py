"""Phase differences between audio channels."""

from typing import Final, Literal

import torch
from torch import Tensor

from seldkit.features.registry import FEATURES, Grid, Spectra, SpectralFeature
from seldkit.settings import Settings

TWO_PI: Final = 2.0 * torch.pi


class PhaseDifference(SpectralFeature):
    """Phase difference of each channel to the first channel, in radians from 0 to 2π.

    Maps audio ``(batch, channels, samples)`` to ``(batch, channels - 1, frames, mels)``, averaged over the
    bins of each band. With linear bands, the result is the difference of each bin, as in the DCASE 2023
    audio-visual baseline. Silence gives 0.

    Args:
        sample_rate: Sample rate in Hz.
        window: Length of the analysis window in samples.
        hop: Distance between successive frames in samples.
        n_fft: Length of the Fourier transform in samples.
        mels: Number of mel bands.
    """

    def __init__(
        self, sample_rate: int = 24000, window: int = 512, hop: int = 240, n_fft: int = 512, mels: int = 64
    ) -> None:
        super().__init__(sample_rate, window, hop, n_fft, mels)

    def channel_count(self, channels: int) -> int:
        """Returns one feature channel for each audio channel except the first.

        Args:
            channels: Number of audio channels.

        Returns:
            Number of feature channels.

        Raises:
            ValueError: There are fewer than two channels.
        """
        if channels < 2:
            raise ValueError(f"phase difference: expected at least 2 audio channels, got {channels}")
        return channels - 1

    def from_spectra(self, spectra: Spectra) -> Tensor:
        """Computes the phase differences from spectra that were computed already.

        Args:
            spectra: Audio and spectrum of a batch.

        Returns:
            Phase differences in radians, shape ``(batch, channels - 1, frames, mels)``.
        """
        phase = torch.angle(spectra.spectrum)
        difference = phase[:, 1:] - phase[:, :1]
        positive = torch.where(difference < 0, difference + TWO_PI, difference)
        return positive @ (
            spectra.mel / spectra.mel.sum(dim=0).clamp_min(torch.finfo(spectra.mel.dtype).tiny)
        )


@FEATURES.register("phase-difference")
class PhaseDifferenceSettings(Settings):
    """Settings of `PhaseDifference`.

    Attributes:
        name: Name in configurations.
    """

    name: Literal["phase-difference"] = "phase-difference"

    def build(self, grid: Grid) -> PhaseDifference:
        """Creates the feature.

        Args:
            grid: Time-frequency grid of the stack.

        Returns:
            The feature.
        """
        return PhaseDifference(**grid.model_dump())
