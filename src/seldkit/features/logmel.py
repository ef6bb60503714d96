"""Log-mel spectrograms."""

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from seldkit.features.registry import FEATURES, FrontEnd, Grid, Spectra
from seldkit.features.spectrum import decibels, power
from seldkit.settings import Settings


class LogMel(nn.Module):
    """Log-mel power spectrogram: (batch, channels, samples) -> (batch, channels, frames, mels), in dB.

    frames = samples // hop + 1. Nothing lies below −100 dB. `top_db` further lifts all that lies more than
    so many dB below the loudest value of the clip over all its channels, as the DCASE 2025 baseline does
    (librosa's power_to_db); the value of a frame then depends on the rest of the clip, so that a piece of a
    recording differs from the whole. None leaves the fixed floor alone.
    """

    def __init__(
        self,
        sample_rate: int = 24000,
        window: int = 960,
        hop: int = 480,
        n_fft: int = 1024,
        mels: int = 64,
        top_db: float | None = 80.0,
    ) -> None:
        super().__init__()
        self.front_end = FrontEnd(
            Grid(sample_rate=sample_rate, window=window, hop=hop, n_fft=n_fft, mels=mels)
        )
        self.top_db = top_db

    def forward(self, waveform: Tensor) -> Tensor:
        return self.from_spectra(self.front_end(waveform))

    def channel_count(self, channels: int) -> int:
        """One feature channel for each channel of sound."""
        return channels

    def from_spectra(self, spectra: Spectra) -> Tensor:
        """The same, of sound that was transformed already."""
        level = decibels(power(spectra.spectrum) @ spectra.mel)
        if self.top_db is None:
            return level
        return torch.maximum(level, level.amax(dim=(1, 2, 3), keepdim=True) - self.top_db)


@FEATURES.register("log-mel")
class LogMelSettings(Settings):
    """`top_db` as in `LogMel`; none by default, so that pieces of a recording equal the whole."""

    name: Literal["log-mel"] = "log-mel"
    top_db: Annotated[float, Field(gt=0)] | None = None

    def build(self, grid: Grid) -> LogMel:
        return LogMel(**grid.model_dump(), top_db=self.top_db)
