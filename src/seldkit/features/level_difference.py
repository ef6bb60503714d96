"""Interchannel level difference of stereo audio."""

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from seldkit.features.registry import FEATURES, Grid, Spectra, SpectralFeature
from seldkit.settings import Settings


class LevelDifference(SpectralFeature):
    """Interchannel level difference (ILD) in dB, positive to the left.

    Maps audio ``(batch, 2, samples)`` to ``(batch, 1, frames, mels)``: ``10 log10((L + q) / (R + q))`` of the
    mel powers L and R. The constant power q reduces the difference towards 0 where the signal is weak, so
    that silence does not give random directions.

    For a coincident pair of cardioids, ``L = W + Y`` and ``R = W - Y``, a plane wave from azimuth φ without
    reverberation gives ``20 log10((1 + sin φ) / (1 - sin φ))``.

    Args:
        sample_rate: Sample rate in Hz.
        window: Length of the analysis window in samples.
        hop: Distance between successive frames in samples.
        n_fft: Length of the Fourier transform in samples.
        mels: Number of mel bands.
        floor_db: Constant power q in dB.
        limit: Largest absolute difference in dB; larger differences are clipped.
    """

    def __init__(
        self,
        sample_rate: int = 24000,
        window: int = 960,
        hop: int = 480,
        n_fft: int = 1024,
        mels: int = 64,
        floor_db: float = -80.0,
        limit: float = 40.0,
    ) -> None:
        super().__init__(sample_rate, window, hop, n_fft, mels)
        self.floor, self.limit = 10.0 ** (floor_db / 10.0), limit

    def channel_count(self, channels: int) -> int:
        """Returns 1 for stereo audio.

        Args:
            channels: Number of audio channels.

        Returns:
            Number of feature channels.

        Raises:
            ValueError: The audio is not stereo.
        """
        if channels != 2:
            raise ValueError(f"level difference: expected 2 audio channels, got {channels}")
        return 1

    def from_spectra(self, spectra: Spectra) -> Tensor:
        """Computes the level difference from spectra that were computed already.

        Args:
            spectra: Audio and spectrum of a batch of stereo audio.

        Returns:
            Level difference in dB, shape ``(batch, 1, frames, mels)``.
        """
        level = 10.0 * torch.log10(spectra.band_power + self.floor)
        return (level[:, :1] - level[:, 1:]).clamp(-self.limit, self.limit)


@FEATURES.register("level-difference")
class LevelDifferenceSettings(Settings):
    """Settings of `LevelDifference`.

    Attributes:
        name: Name in configurations.
        floor_db: Power in dB below which the difference is reduced towards 0.
        limit: Largest absolute difference in dB.
    """

    name: Literal["level-difference"] = "level-difference"
    floor_db: Annotated[float, Field(ge=-100.0, le=0.0)] = -80.0
    limit: Annotated[float, Field(gt=0.0, le=100.0)] = 40.0

    def build(self, grid: Grid) -> LevelDifference:
        """Creates the feature.

        Args:
            grid: Time-frequency grid of the stack.

        Returns:
            The feature.
        """
        return LevelDifference(**grid.model_dump(), floor_db=self.floor_db, limit=self.limit)
