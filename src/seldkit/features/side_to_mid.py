"""Ratio of side to mid of stereo audio, on a linear scale and with fine time resolution."""

from typing import Annotated, Final, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from seldkit.features.registry import FEATURES, Grid, Spectra
from seldkit.features.spectrum import Stft, mel_matrix, power_spectrum
from seldkit.settings import Settings

MID_POWER_FLOOR: Final = 1e-8
"""Power that is added to the mid power (-80 dB), so that silence does not give random directions."""
WINDOW_SAMPLES_AT_24_KHZ: Final = 512
"""Length of the analysis window in samples at 24 kHz (21 ms)."""
MAX_RATIO: Final = 1.5
"""Largest absolute value of the feature."""


class SideToMid(nn.Module):
    """Ratio of side to mid, each value within ±1.5.

    Maps audio ``(batch, 2, samples)`` to ``(batch, 4, frames, mels)``. With ``M = (L + R) / 2`` and
    ``S = (L - R) / 2``, the four channels are, for each band: ``Re(M* S) / |M|²`` of the frame, the power
    ratio ``|S|² / |M|²`` of the frame, and the upper and lower quartile of ``Re(M* S) / |M|²`` over parts of
    the frame.

    For a coincident pair, M = W and S = Y: a plane wave from azimuth φ without reverberation gives sin φ and
    its square. An onset may fall into a single part, in which the direct sound dominates. The level
    difference in dB is nearly the same at 60° and 90°; this feature is not.

    The feature is specific to seldkit. The ratio is the first-order intensity of Pulkki (2007), normalised by
    the power of the mid alone.

    Args:
        sample_rate: Sample rate in Hz.
        hop: Distance between successive frames in samples.
        mels: Number of mel bands.
        pieces: Number of parts of a frame; divides ``hop``.

    Raises:
        ValueError: ``pieces`` does not divide ``hop``.
    """

    mel: Tensor

    def __init__(self, sample_rate: int = 24000, hop: int = 480, mels: int = 64, pieces: int = 5) -> None:
        super().__init__()
        if pieces < 1 or hop % pieces:
            raise ValueError(f"side-to-mid: expected pieces that divide the hop of {hop}, got {pieces}")
        window = 2 * round(sample_rate * WINDOW_SAMPLES_AT_24_KHZ / 24000 / 2)
        self.pieces = pieces
        self.stft = Stft(window, hop // pieces, 2 * window)
        self.register_buffer("mel", mel_matrix(sample_rate, 2 * window, mels), persistent=False)

    def forward(self, waveform: Tensor) -> Tensor:
        """Computes the feature.

        Args:
            waveform: Stereo audio, shape ``(batch, 2, samples)``.

        Returns:
            Feature, shape ``(batch, 4, frames, mels)`` with ``frames = samples // hop + 1``.

        Raises:
            ValueError: The audio is not stereo.
        """
        self.channel_count(waveform.shape[1])
        mid, side = (waveform[:, :1] + waveform[:, 1:]) / 2, (waveform[:, :1] - waveform[:, 1:]) / 2
        mid_spectrum, side_spectrum = self.stft(mid), self.stft(side)
        cross, mid_power, side_power = (
            self._group_by_frame(values @ self.mel)
            for values in (
                (mid_spectrum.conj() * side_spectrum).real,
                power_spectrum(mid_spectrum),
                power_spectrum(side_spectrum),
            )
        )
        ratio = cross.sum(dim=3) / (mid_power.sum(dim=3) + MID_POWER_FLOOR)
        power_ratio = side_power.sum(dim=3) / (mid_power.sum(dim=3) + MID_POWER_FLOOR)
        ordered = (cross / (mid_power + MID_POWER_FLOOR)).sort(dim=3).values
        quartile = (self.pieces - 1) // 4
        upper, lower = ordered[:, :, :, self.pieces - 1 - quartile], ordered[:, :, :, quartile]
        return torch.cat([ratio, power_ratio, upper, lower], dim=1).clamp(-MAX_RATIO, MAX_RATIO)

    def channel_count(self, channels: int) -> int:
        """Returns 4 for stereo audio.

        Args:
            channels: Number of audio channels.

        Returns:
            Number of feature channels.

        Raises:
            ValueError: The audio is not stereo.
        """
        if channels != 2:
            raise ValueError(f"side-to-mid: expected 2 audio channels, got {channels}")
        return 4

    def from_spectra(self, spectra: Spectra) -> Tensor:
        """Computes the feature from the audio of a stack, with a transform of its own.

        Args:
            spectra: Audio and spectrum of a batch; only the audio is used.

        Returns:
            Feature, shape ``(batch, 4, frames, mels)``.
        """
        return self.forward(spectra.waveform)

    def _group_by_frame(self, values: Tensor) -> Tensor:
        """Groups (batch, 1, parts of all frames, mels) to (batch, 1, frames, parts, mels), centred."""
        before = self.pieces // 2
        frames = (values.shape[2] - 1) // self.pieces + 1
        after = frames * self.pieces - before - values.shape[2]
        padded = nn.functional.pad(values, (0, 0, before, max(0, after)))
        return padded[:, :, : frames * self.pieces].reshape(*values.shape[:2], frames, self.pieces, -1)


@FEATURES.register("side-to-mid")
class SideToMidSettings(Settings):
    """Settings of `SideToMid`.

    Attributes:
        name: Name in configurations.
        pieces: Number of parts of a frame; divides the hop.
    """

    name: Literal["side-to-mid"] = "side-to-mid"
    pieces: Annotated[int, Field(ge=1, le=32)] = 5

    def build(self, grid: Grid) -> SideToMid:
        """Creates the feature.

        Args:
            grid: Time-frequency grid of the stack.

        Returns:
            The feature.
        """
        return SideToMid(grid.sample_rate, grid.hop, grid.mels, self.pieces)
