"""Acoustic intensity: where energy flows, band by band."""

from typing import Literal

import torch
from torch import Tensor, nn

from seldkit.features.registry import FEATURES, FrontEnd, Grid, Spectra
from seldkit.features.spectrum import power
from seldkit.settings import Settings

Normalisation = Literal["energy", "length"]
TINY = 1e-8


class IntensityVector(nn.Module):
    """Active intensity on the mel scale, each channel within about ±1, positive towards a source.

    FOA, (batch, 4, samples) in ACN order W Y Z X -> (batch, 3, frames, mels): Re(W* · Y), Re(W* · Z),
    Re(W* · X), normalised in each bin before the mel filters, by the energy |W|² + (|X|² + |Y|² + |Z|²) / 3
    (`normalise="energy"`, the DCASE 2022 to 2024 baselines) or to unit length (`"length"`, AV-SELD, ICASSP
    2024).

    Stereo, (batch, 2, samples) -> (batch, 1, frames, mels): Re(M* · S) / (|M|² + |S|²) of mid and side,
    M = (L + R) / 2, S = (L − R) / 2 (Yeow et al., 2025): positive to the left.
    """

    def __init__(
        self,
        sample_rate: int = 24000,
        window: int = 960,
        hop: int = 480,
        n_fft: int = 1024,
        mels: int = 64,
        normalise: Normalisation = "energy",
    ) -> None:
        super().__init__()
        self.front_end = FrontEnd(
            Grid(sample_rate=sample_rate, window=window, hop=hop, n_fft=n_fft, mels=mels)
        )
        self.normalise = normalise

    def forward(self, waveform: Tensor) -> Tensor:
        self.channel_count(waveform.shape[1])
        return self.from_spectra(self.front_end(waveform))

    def channel_count(self, channels: int) -> int:
        """Three feature channels of FOA, one of stereo."""
        if channels not in (2, 4):
            raise ValueError(f"an intensity vector needs 2 or 4 channels of sound, got {channels}")
        return 1 if channels == 2 else 3

    def from_spectra(self, spectra: Spectra) -> Tensor:
        """The same, of sound that was transformed already."""
        pressure, velocity, share = _sound_field(spectra.spectrum)
        flow = (pressure.conj() * velocity).real
        if self.normalise == "energy":
            size = power(pressure) + share * power(velocity).sum(dim=1, keepdim=True) + TINY
        else:
            size = flow.square().sum(dim=1, keepdim=True).sqrt() + torch.finfo(flow.dtype).eps
        return (flow / size) @ spectra.mel


@FEATURES.register("intensity-vector")
class IntensityVectorSettings(Settings):
    """`normalise` as in `IntensityVector`."""

    name: Literal["intensity-vector"] = "intensity-vector"
    normalise: Normalisation = "energy"

    def build(self, grid: Grid) -> IntensityVector:
        return IntensityVector(**grid.model_dump(), normalise=self.normalise)


def _sound_field(spectrum: Tensor) -> tuple[Tensor, Tensor, float]:
    """Pressure, velocity, and the velocity's share in the energy."""
    if spectrum.shape[1] == 4:
        return spectrum[:, :1], spectrum[:, 1:], 1.0 / 3.0
    left, right = spectrum[:, :1], spectrum[:, 1:]
    return (left + right) / 2, (left - right) / 2, 1.0
