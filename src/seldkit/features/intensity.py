"""Acoustic intensity vectors."""

from typing import Final, Literal

import torch
from torch import Tensor

from seldkit.features.registry import FEATURES, Grid, Spectra, SpectralFeature
from seldkit.features.spectrum import power_spectrum
from seldkit.settings import Settings

Normalisation = Literal["energy", "length"]

ENERGY_FLOOR: Final = 1e-8
"""Energy that is added to the denominator, so that silence gives 0."""


class IntensityVector(SpectralFeature):
    """Active intensity on the mel scale, each component within about ±1 and positive towards the source.

    First-order ambisonics ``(batch, 4, samples)`` in ACN order W Y Z X gives ``(batch, 3, frames, mels)``:
    ``Re(W* Y)``, ``Re(W* Z)`` and ``Re(W* X)``, normalised in each bin before the mel filters.

    Stereo ``(batch, 2, samples)`` gives ``(batch, 1, frames, mels)``: ``Re(M* S) / (|M|² + |S|²)`` of mid
    ``M = (L + R) / 2`` and side ``S = (L - R) / 2`` (Yeow et al., 2025), positive to the left.

    Args:
        sample_rate: Sample rate in Hz.
        window: Length of the analysis window in samples.
        hop: Distance between successive frames in samples.
        n_fft: Length of the Fourier transform in samples.
        mels: Number of mel bands.
        normalise: ``"energy"`` divides by ``|W|² + (|X|² + |Y|² + |Z|²) / 3`` (DCASE baselines 2022 to 2024),
            ``"length"`` scales to unit length (AV-SELD, ICASSP 2024).
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
        super().__init__(sample_rate, window, hop, n_fft, mels)
        self.normalise = normalise

    def channel_count(self, channels: int) -> int:
        """Returns 3 for first-order ambisonics and 1 for stereo.

        Args:
            channels: Number of audio channels.

        Returns:
            Number of feature channels.

        Raises:
            ValueError: The audio has neither 2 nor 4 channels.
        """
        if channels not in (2, 4):
            raise ValueError(f"intensity vector: expected 2 or 4 audio channels, got {channels}")
        return 1 if channels == 2 else 3

    def from_spectra(self, spectra: Spectra) -> Tensor:
        """Computes the intensity from spectra that were computed already.

        Args:
            spectra: Audio and spectrum of a batch.

        Returns:
            Intensity, shape ``(batch, 1 or 3, frames, mels)``.
        """
        pressure, velocity, velocity_weight = _sound_field(spectra.spectrum)
        intensity = (pressure.conj() * velocity).real
        if self.normalise == "energy":
            velocity_power = power_spectrum(velocity).sum(dim=1, keepdim=True)
            norm = power_spectrum(pressure) + velocity_weight * velocity_power + ENERGY_FLOOR
        else:
            norm = intensity.square().sum(dim=1, keepdim=True).sqrt() + torch.finfo(intensity.dtype).eps
        return (intensity / norm) @ spectra.mel


@FEATURES.register("intensity-vector")
class IntensityVectorSettings(Settings):
    """Settings of `IntensityVector`.

    Attributes:
        name: Name in configurations.
        normalise: ``"energy"`` or ``"length"``.
    """

    name: Literal["intensity-vector"] = "intensity-vector"
    normalise: Normalisation = "energy"

    def build(self, grid: Grid) -> IntensityVector:
        """Creates the feature.

        Args:
            grid: Time-frequency grid of the stack.

        Returns:
            The feature.
        """
        return IntensityVector(**grid.model_dump(), normalise=self.normalise)


def _sound_field(spectrum: Tensor) -> tuple[Tensor, Tensor, float]:
    """Returns pressure, particle velocity and the weight of the velocity in the energy."""
    if spectrum.shape[1] == 4:
        return spectrum[:, :1], spectrum[:, 1:], 1.0 / 3.0
    left, right = spectrum[:, :1], spectrum[:, 1:]
    return (left + right) / 2, (left - right) / 2, 1.0
