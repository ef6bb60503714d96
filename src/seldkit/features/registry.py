"""Interfaces of acoustic features, and the registry that lists them by name."""

from abc import ABC, abstractmethod
from typing import Annotated, Final, Literal, NamedTuple, Protocol

from pydantic import Field
from torch import Tensor, nn

from seldkit.features.spectrum import Stft, linear_matrix, mel_matrix, power_spectrum
from seldkit.registry import Registry
from seldkit.settings import Settings

Bands = Literal["mel", "linear"]
SampleCount = Annotated[int, Field(ge=1, le=65536)]


class Grid(Settings):
    """Time-frequency grid that all features of a stack share.

    Attributes:
        sample_rate: Sample rate in Hz.
        window: Length of the analysis window in samples.
        hop: Distance between successive frames in samples.
        n_fft: Length of the Fourier transform in samples.
        mels: Number of frequency bands.
    """

    sample_rate: Annotated[int, Field(ge=1000, le=384000)] = 24000
    window: SampleCount = 960
    hop: SampleCount = 480
    n_fft: SampleCount = 1024
    mels: Annotated[int, Field(ge=1, le=1024)] = 64


class Spectra(NamedTuple):
    """A batch of audio and its short-time Fourier transform, computed once for all features.

    Attributes:
        waveform: Audio, shape ``(batch, channels, samples)``.
        spectrum: Complex spectrum, shape ``(batch, channels, frames, n_fft // 2 + 1)``.
        mel: Filterbank that sums the bins of the transform to bands, shape ``(n_fft // 2 + 1, mels)``.
    """

    waveform: Tensor
    spectrum: Tensor
    mel: Tensor

    @property
    def band_power(self) -> Tensor:
        """Power in each band, shape ``(batch, channels, frames, mels)``."""
        return power_spectrum(self.spectrum) @ self.mel


class FrontEnd(nn.Module):
    """Computes the short-time Fourier transform that all features of a stack share.

    Args:
        grid: Time-frequency grid.
        bands: ``"mel"`` for mel filters, ``"linear"`` for the lowest ``grid.mels`` bins of the transform.
    """

    mel: Tensor

    def __init__(self, grid: Grid, bands: Bands = "mel") -> None:
        super().__init__()
        self.stft = Stft(grid.window, grid.hop, grid.n_fft)
        if bands == "mel":
            matrix = mel_matrix(grid.sample_rate, grid.n_fft, grid.mels)
        else:
            matrix = linear_matrix(grid.n_fft, grid.mels)
        self.register_buffer("mel", matrix, persistent=False)

    def forward(self, waveform: Tensor) -> Spectra:
        """Transforms a batch of audio.

        Args:
            waveform: Audio, shape ``(batch, channels, samples)``.

        Returns:
            The audio, its spectrum and the filterbank.

        Raises:
            ValueError: The shape is wrong or the audio is empty.
        """
        if waveform.dim() != 3 or waveform.shape[-1] == 0:
            raise ValueError(f"expected audio (batch, channels, samples), got shape {tuple(waveform.shape)}")
        return Spectra(waveform, self.stft(waveform), self.mel)


class Feature(Protocol):
    """A module that computes feature channels from audio."""

    def channel_count(self, channels: int) -> int:
        """Returns the number of feature channels for a number of audio channels.

        Args:
            channels: Number of audio channels.

        Returns:
            Number of feature channels.

        Raises:
            ValueError: The feature is not defined for this number of channels.
        """

    def from_spectra(self, spectra: Spectra) -> Tensor:
        """Computes the feature from spectra that were computed already.

        Args:
            spectra: Audio and spectrum of a batch.

        Returns:
            Feature, shape ``(batch, feature_channels, frames, mels)``.
        """


class SpectralFeature(nn.Module, ABC):
    """Base class of features of the short-time Fourier transform.

    Args:
        sample_rate: Sample rate in Hz.
        window: Length of the analysis window in samples.
        hop: Distance between successive frames in samples.
        n_fft: Length of the Fourier transform in samples.
        mels: Number of mel bands.
    """

    def __init__(
        self, sample_rate: int = 24000, window: int = 960, hop: int = 480, n_fft: int = 1024, mels: int = 64
    ) -> None:
        super().__init__()
        grid = Grid(sample_rate=sample_rate, window=window, hop=hop, n_fft=n_fft, mels=mels)
        self.front_end = FrontEnd(grid)

    def forward(self, waveform: Tensor) -> Tensor:
        """Computes the feature.

        Args:
            waveform: Audio, shape ``(batch, channels, samples)``.

        Returns:
            Feature, shape ``(batch, feature_channels, frames, mels)`` with ``frames = samples // hop + 1``.

        Raises:
            ValueError: The shape or the number of channels is wrong, or the audio is empty.
        """
        spectra: Spectra = self.front_end(waveform)
        self.channel_count(waveform.shape[1])
        return self.from_spectra(spectra)

    @abstractmethod
    def channel_count(self, channels: int) -> int:
        """Returns the number of feature channels for a number of audio channels.

        Args:
            channels: Number of audio channels.

        Returns:
            Number of feature channels.

        Raises:
            ValueError: The feature is not defined for this number of channels.
        """

    @abstractmethod
    def from_spectra(self, spectra: Spectra) -> Tensor:
        """Computes the feature from spectra that were computed already.

        Args:
            spectra: Audio and spectrum of a batch.

        Returns:
            Feature, shape ``(batch, feature_channels, frames, mels)``.
        """


class FeatureSettings(Protocol):
    """Settings of a feature, registered under its name."""

    def build(self, grid: Grid) -> Feature:
        """Creates the feature.

        Args:
            grid: Time-frequency grid of the stack.

        Returns:
            The feature, an ``nn.Module``.
        """


FEATURES: Final[Registry[type[FeatureSettings]]] = Registry("feature")
"""Settings of features by the name used in configurations."""
