"""Log-mel spectrograms."""

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from seldkit.features.registry import FEATURES, Grid, Spectra, SpectralFeature
from seldkit.features.spectrum import power_to_db
from seldkit.settings import Settings


class LogMel(SpectralFeature):
    """Log-mel power spectrogram in dB, at least -100 dB.

    Maps audio ``(batch, channels, samples)`` to ``(batch, channels, frames, mels)`` with
    ``frames = samples // hop + 1``.

    With ``top_db``, the value of a frame depends on the rest of the clip, as in the DCASE 2025 baseline
    (``librosa.power_to_db``). The spectrogram of a part of a recording then differs from that of the
    recording.

    Args:
        sample_rate: Sample rate in Hz.
        window: Length of the analysis window in samples.
        hop: Distance between successive frames in samples.
        n_fft: Length of the Fourier transform in samples.
        mels: Number of mel bands.
        top_db: Range in dB below the maximum of the clip over all channels; lower values are raised. None
            disables this limit.
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
        super().__init__(sample_rate, window, hop, n_fft, mels)
        self.top_db = top_db

    def channel_count(self, channels: int) -> int:
        """Returns one feature channel per audio channel.

        Args:
            channels: Number of audio channels.

        Returns:
            Number of feature channels.
        """
        return channels

    def from_spectra(self, spectra: Spectra) -> Tensor:
        """Computes the spectrogram from spectra that were computed already.

        Args:
            spectra: Audio and spectrum of a batch.

        Returns:
            Levels in dB, shape ``(batch, channels, frames, mels)``.
        """
        level = power_to_db(spectra.band_power)
        if self.top_db is None:
            return level
        return torch.maximum(level, level.amax(dim=(1, 2, 3), keepdim=True) - self.top_db)


@FEATURES.register("log-mel")
class LogMelSettings(Settings):
    """Settings of `LogMel`.

    Attributes:
        name: Name in configurations.
        top_db: Range in dB below the maximum of the clip. None, the default, gives parts of a recording the
            same values as the recording.
    """

    name: Literal["log-mel"] = "log-mel"
    top_db: Annotated[float, Field(gt=0)] | None = None

    def build(self, grid: Grid) -> LogMel:
        """Creates the feature.

        Args:
            grid: Time-frequency grid of the stack.

        Returns:
            The feature.
        """
        return LogMel(**grid.model_dump(), top_db=self.top_db)
