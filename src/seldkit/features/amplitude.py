"""Magnitude spectrograms."""

from typing import Literal

from torch import Tensor

from seldkit.features.registry import FEATURES, Grid, Spectra, SpectralFeature
from seldkit.settings import Settings


class Amplitude(SpectralFeature):
    """Magnitude spectrogram, summed over the bins of each band.

    Maps audio ``(batch, channels, samples)`` to ``(batch, channels, frames, mels)``. With linear bands, the
    result is the magnitude of each bin, as in the DCASE 2023 audio-visual baseline.

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
        """Returns one feature channel per audio channel.

        Args:
            channels: Number of audio channels.

        Returns:
            Number of feature channels.
        """
        return channels

    def from_spectra(self, spectra: Spectra) -> Tensor:
        """Computes the magnitudes from spectra that were computed already.

        Args:
            spectra: Audio and spectrum of a batch.

        Returns:
            Magnitudes, shape ``(batch, channels, frames, mels)``.
        """
        return spectra.spectrum.abs() @ spectra.mel


@FEATURES.register("amplitude")
class AmplitudeSettings(Settings):
    """Settings of `Amplitude`.

    Attributes:
        name: Name in configurations.
    """

    name: Literal["amplitude"] = "amplitude"

    def build(self, grid: Grid) -> Amplitude:
        """Creates the feature.

        Args:
            grid: Time-frequency grid of the stack.

        Returns:
            The feature.
        """
        return Amplitude(**grid.model_dump())
