"""What a feature is to a feature stack, and where features are listed by name."""

from typing import Annotated, Final, Literal, NamedTuple, Protocol

from pydantic import Field
from torch import Tensor, nn

from seldkit.features.spectrum import Stft, linear_matrix, mel_matrix
from seldkit.registry import Registry
from seldkit.settings import Settings

Bands = Literal["mel", "linear"]
SampleCount = Annotated[int, Field(ge=1, le=65536)]


class Grid(Settings):
    """The time and frequency grid that the features of one stack share; lengths in samples."""

    sample_rate: Annotated[int, Field(ge=1000, le=384000)] = 24000
    window: SampleCount = 960
    hop: SampleCount = 480
    n_fft: SampleCount = 1024
    mels: Annotated[int, Field(ge=1, le=1024)] = 64


class Spectra(NamedTuple):
    """A batch of sound as features see it, transformed once for all of them.

    waveform: (batch, channels, samples); spectrum: complex (batch, channels, frames, n_fft // 2 + 1);
    mel: (n_fft // 2 + 1, mels), what turns the transform's bins into the stack's.
    """

    waveform: Tensor
    spectrum: Tensor
    mel: Tensor


class FrontEnd(nn.Module):
    """Transforms sound, (batch, channels, samples), once for all features of a grid.

    bands: "mel" filters, or "linear", the transform's own lowest bins, as many as `grid.mels`.
    """

    mel: Tensor

    def __init__(self, grid: Grid, bands: Bands = "mel") -> None:
        super().__init__()
        self.spectrum = Stft(grid.window, grid.hop, grid.n_fft)
        mel = bands == "mel"
        matrix = (
            mel_matrix(grid.sample_rate, grid.n_fft, grid.mels)
            if mel
            else linear_matrix(grid.n_fft, grid.mels)
        )
        self.register_buffer("mel", matrix, persistent=False)

    def forward(self, waveform: Tensor) -> Spectra:
        if waveform.dim() != 3 or waveform.shape[-1] == 0:
            raise ValueError(f"expected sound (batch, channels, samples), got shape {tuple(waveform.shape)}")
        return Spectra(waveform, self.spectrum(waveform), self.mel)


class Feature(Protocol):
    """A module that makes feature channels of sound."""

    def channel_count(self, channels: int) -> int:
        """How many feature channels it makes of sound with `channels` channels; ValueError if it cannot."""

    def from_spectra(self, spectra: Spectra) -> Tensor:
        """(batch, feature_channels, frames, mels)."""


class FeatureSettings(Protocol):
    """Settings of a feature, registered under its name."""

    def build(self, grid: Grid) -> Feature:
        """The feature on a stack's grid, an nn.Module."""


FEATURES: Final[Registry[type[FeatureSettings]]] = Registry("feature")
"""Settings of features by the name that a configuration gives them."""
