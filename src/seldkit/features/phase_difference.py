"""Phase differences between channels."""

from typing import Final, Literal

import torch
from torch import Tensor, nn

from seldkit.features.registry import FEATURES, FrontEnd, Grid, Spectra
from seldkit.settings import Settings

FULL_TURN: Final = 2.0 * torch.pi


class PhaseDifference(nn.Module):
    """Phase against the first channel: (batch, channels, samples) -> (batch, channels − 1, frames, mels).

    From 0 to 2π, averaged over the bins of a band; on a linear grid the bins' own, as the DCASE 2023
    audio-visual baseline has them. Silence has the phase 0.
    """

    def __init__(
        self, sample_rate: int = 24000, window: int = 512, hop: int = 240, n_fft: int = 512, mels: int = 64
    ) -> None:
        super().__init__()
        self.front_end = FrontEnd(
            Grid(sample_rate=sample_rate, window=window, hop=hop, n_fft=n_fft, mels=mels)
        )

    def forward(self, waveform: Tensor) -> Tensor:
        self.channel_count(waveform.shape[1])
        return self.from_spectra(self.front_end(waveform))

    def channel_count(self, channels: int) -> int:
        """One feature channel for each channel of sound but the first."""
        if channels < 2:
            raise ValueError(f"a phase difference needs at least 2 channels of sound, got {channels}")
        return channels - 1

    def from_spectra(self, spectra: Spectra) -> Tensor:
        """The same, of sound that was transformed already."""
        phase = torch.angle(spectra.spectrum)
        difference = phase[:, 1:] - phase[:, :1]
        turned = torch.where(difference < 0, difference + FULL_TURN, difference)
        return turned @ (spectra.mel / spectra.mel.sum(dim=0).clamp_min(torch.finfo(spectra.mel.dtype).tiny))


@FEATURES.register("phase-difference")
class PhaseDifferenceSettings(Settings):
    """Nothing to set."""

    name: Literal["phase-difference"] = "phase-difference"

    def build(self, grid: Grid) -> PhaseDifference:
        return PhaseDifference(**grid.model_dump())
