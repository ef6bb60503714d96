"""Level difference between the two channels of stereo sound."""

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from seldkit.features.registry import FEATURES, FrontEnd, Grid, Spectra
from seldkit.features.spectrum import power
from seldkit.settings import Settings


class LevelDifference(nn.Module):
    """Interchannel level difference (ILD): (batch, 2, samples) -> (batch, 1, frames, mels), in dB.

    10 log10((L + q) / (R + q)) of the mel powers L and R, positive to the left, within ±`limit`. The quiet
    power q, `floor_db` in dB, draws the difference to 0 where there is hardly any sound, so that silence is
    not a noise of directions. For a coincident pair, L = W + Y and R = W − Y, a plane wave from azimuth φ
    without reverberation gives 20 log10((1 + sin φ) / (1 − sin φ)).
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
        super().__init__()
        self.front_end = FrontEnd(
            Grid(sample_rate=sample_rate, window=window, hop=hop, n_fft=n_fft, mels=mels)
        )
        self.floor, self.limit = 10.0 ** (floor_db / 10.0), limit

    def forward(self, waveform: Tensor) -> Tensor:
        self.channel_count(waveform.shape[1])
        return self.from_spectra(self.front_end(waveform))

    def channel_count(self, channels: int) -> int:
        """One feature channel, of two channels of sound."""
        if channels != 2:
            raise ValueError(f"a level difference needs 2 channels of sound, got {channels}")
        return 1

    def from_spectra(self, spectra: Spectra) -> Tensor:
        """The same, of sound that was transformed already."""
        level = 10.0 * torch.log10(power(spectra.spectrum) @ spectra.mel + self.floor)
        return (level[:, :1] - level[:, 1:]).clamp(-self.limit, self.limit)


@FEATURES.register("level-difference")
class LevelDifferenceSettings(Settings):
    """`floor_db` and `limit` as in `LevelDifference`, in dB."""

    name: Literal["level-difference"] = "level-difference"
    floor_db: Annotated[float, Field(ge=-100.0, le=0.0)] = -80.0
    limit: Annotated[float, Field(gt=0.0, le=100.0)] = 40.0

    def build(self, grid: Grid) -> LevelDifference:
        return LevelDifference(**grid.model_dump(), floor_db=self.floor_db, limit=self.limit)
