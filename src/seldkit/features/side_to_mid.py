"""Side over mid: where a coincident pair hears from, on a linear scale and in fine time."""

from typing import Annotated, Final, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from seldkit.features.registry import FEATURES, Grid, Spectra
from seldkit.features.spectrum import Stft, mel_matrix, power
from seldkit.settings import Settings

FLOOR: Final = 1e-8
"""Power that is added to the mid's, so that silence is not a noise of directions (as −80 dB)."""
LIMIT: Final = 1.5


class SideToMid(nn.Module):
    """Side over mid: (batch, 2, samples) -> (batch, 4, frames, mels), each value within ±1.5.

    M = (L + R) / 2, S = (L − R) / 2, in windows of 21 ms. A frame is parted into `pieces`. Of each band:
    Re(M* S) / |M|² of the whole frame, the powers' ratio |S|² / |M|², and the upper and lower quartile of
    Re(M* S) / |M|² over the pieces. For a coincident pair, M = W and S = Y: a plane wave from azimuth φ
    without reverberation gives sin φ, and its square; at onsets, which one piece may hold alone, the direct
    sound still does. The level difference in dB is nearly as large for 60° as for 90° and hides that.

    seldkit's own choice; the ratio is the first-order intensity of Pulkki (2007) with the mid's power alone
    beneath it.
    """

    mel: Tensor

    def __init__(self, sample_rate: int = 24000, hop: int = 480, mels: int = 64, pieces: int = 5) -> None:
        super().__init__()
        if pieces < 1 or hop % pieces:
            raise ValueError(f"side-to-mid: expected pieces that divide the hop of {hop}, got {pieces}")
        window = 2 * round(sample_rate * 512 / 24000 / 2)
        self.pieces = pieces
        self.spectrum = Stft(window, hop // pieces, 2 * window)
        self.register_buffer("mel", mel_matrix(sample_rate, 2 * window, mels), persistent=False)

    def forward(self, waveform: Tensor) -> Tensor:
        self.channel_count(waveform.shape[1])
        mid, side = (waveform[:, :1] + waveform[:, 1:]) / 2, (waveform[:, :1] - waveform[:, 1:]) / 2
        middle, across = self.spectrum(mid), self.spectrum(side)
        flow, mass, force = (
            self._framed(part @ self.mel)
            for part in ((middle.conj() * across).real, power(middle), power(across))
        )
        ratio = flow.sum(dim=3) / (mass.sum(dim=3) + FLOOR)
        spread = force.sum(dim=3) / (mass.sum(dim=3) + FLOOR)
        ordered = (flow / (mass + FLOOR)).sort(dim=3).values
        quartile = (self.pieces - 1) // 4
        upper, lower = ordered[:, :, :, self.pieces - 1 - quartile], ordered[:, :, :, quartile]
        found: Tensor = torch.cat([ratio, spread, upper, lower], dim=1).clamp(-LIMIT, LIMIT)
        return found

    def channel_count(self, channels: int) -> int:
        """Four feature channels, of two channels of sound."""
        if channels != 2:
            raise ValueError(f"side over mid needs 2 channels of sound, got {channels}")
        return 4

    def from_spectra(self, spectra: Spectra) -> Tensor:
        """The same, of sound that the stack spectra."""
        return self.forward(spectra.waveform)

    def _framed(self, values: Tensor) -> Tensor:
        """(batch, 1, pieces of all frames, mels) -> (batch, 1, frames, pieces, mels), in the middle."""
        before = self.pieces // 2
        frames = (values.shape[2] - 1) // self.pieces + 1
        after = frames * self.pieces - before - values.shape[2]
        padded = nn.functional.pad(values, (0, 0, before, max(0, after)))
        return padded[:, :, : frames * self.pieces].reshape(*values.shape[:2], frames, self.pieces, -1)


@FEATURES.register("side-to-mid")
class SideToMidSettings(Settings):
    """pieces: into which a frame is parted; they divide the hop."""

    name: Literal["side-to-mid"] = "side-to-mid"
    pieces: Annotated[int, Field(ge=1, le=32)] = 5

    def build(self, grid: Grid) -> SideToMid:
        return SideToMid(grid.sample_rate, grid.hop, grid.mels, self.pieces)
