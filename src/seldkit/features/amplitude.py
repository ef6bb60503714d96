"""Magnitudes of the spectrum."""

from typing import Literal

from torch import Tensor, nn

from seldkit.features.registry import FEATURES, FrontEnd, Grid, Spectra
from seldkit.settings import Settings


class Amplitude(nn.Module):
    """Magnitude spectrogram: (batch, channels, samples) -> (batch, channels, frames, mels).

    |X| of each bin, summed over the bands; on a linear grid the magnitudes themselves, as the DCASE 2023
    audio-visual baseline has them.
    """

    def __init__(
        self, sample_rate: int = 24000, window: int = 512, hop: int = 240, n_fft: int = 512, mels: int = 64
    ) -> None:
        super().__init__()
        self.front_end = FrontEnd(
            Grid(sample_rate=sample_rate, window=window, hop=hop, n_fft=n_fft, mels=mels)
        )

    def forward(self, waveform: Tensor) -> Tensor:
        return self.from_spectra(self.front_end(waveform))

    def channel_count(self, channels: int) -> int:
        """One feature channel for each channel of sound."""
        return channels

    def from_spectra(self, spectra: Spectra) -> Tensor:
        """The same, of sound that was transformed already."""
        return spectra.spectrum.abs() @ spectra.mel


@FEATURES.register("amplitude")
class AmplitudeSettings(Settings):
    """Nothing to set."""

    name: Literal["amplitude"] = "amplitude"

    def build(self, grid: Grid) -> Amplitude:
        return Amplitude(**grid.model_dump())
