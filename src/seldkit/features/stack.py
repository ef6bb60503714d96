"""The features of one model, stacked: what training and detection both compute."""

from collections.abc import Iterable
from typing import Annotated, Final, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from seldkit.channels import CHANNEL_LAYOUTS, ChannelLayout
from seldkit.features.registry import FEATURES, Bands, FeatureSettings, FrontEnd, Grid
from seldkit.settings import Settings, registered

SMALLEST_DEVIATION: Final = 1e-3


class FeatureConfig(Settings):
    """Which features a model hears by, on which grid.

    input: the sound that it wants, "stereo", "foa" (four channels in ACN order) or "mic" (the four
    microphones of a tetrahedral array).
    bands: "mel", or "linear" for the transform's own bins, the lowest `grid.mels` of them.
    standardise: shift and scale each feature channel and bin by a mean and deviation that are kept with the
    model's weights.
    """

    input: Literal["stereo", "foa", "mic"] = "stereo"
    grid: Grid = Grid()
    bands: Bands = "mel"
    parts: Annotated[
        tuple[Annotated[FeatureSettings, registered(FEATURES)], ...],
        Field(strict=False, min_length=1, max_length=16),
    ]
    standardise: bool = False

    @property
    def layout(self) -> ChannelLayout:
        """Channel layout of the audio that the features require."""
        return CHANNEL_LAYOUTS[self.input]

    @property
    def sample_rate(self) -> int:
        """Samples a second."""
        return self.grid.sample_rate


class FeatureStack(nn.Module):
    """Features stacked on channels: (batch, channels, samples) -> (batch, feature_channels, frames, bins).

    frames = samples // hop + 1. All parts share one short-time Fourier transform.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, config: FeatureConfig) -> None:
        super().__init__()
        self.config = config
        self.front_end = FrontEnd(config.grid, config.bands)
        self._parts = [part.build(config.grid) for part in config.parts]
        self.parts = nn.ModuleList([part for part in self._parts if isinstance(part, nn.Module)])
        self.input_channels = config.layout.channels
        self.channel_count = sum(part.channel_count(self.input_channels) for part in self._parts)
        self.bins = config.grid.mels
        if config.standardise:
            self.register_buffer("mean", torch.zeros(self.channel_count, 1, self.bins))
            self.register_buffer("deviation", torch.ones(self.channel_count, 1, self.bins))

    @property
    def frames_per_second(self) -> float:
        """Feature frames a second."""
        return self.config.grid.sample_rate / self.config.grid.hop

    def forward(self, waveform: Tensor) -> Tensor:
        return self.standardise(self.extract_raw(waveform))

    def extract_raw(self, waveform: Tensor) -> Tensor:
        """The features as they are before they are standardised, of the same shape."""
        if waveform.dim() != 3 or waveform.shape[1] != self.input_channels:
            raise ValueError(
                f"expected {self.config.input} sound (batch, {self.input_channels}, samples), "
                f"got shape {tuple(waveform.shape)}"
            )
        with torch.autocast(waveform.device.type, enabled=False):  # half precision would lose quiet sound
            spectra = self.front_end(waveform)
            return torch.cat([part.from_spectra(spectra) for part in self._parts], dim=1)

    def standardise(self, raw: Tensor) -> Tensor:
        """Raw features shifted and scaled, where the configuration wants it."""
        return (raw - self.mean) / self.deviation if self.config.standardise else raw

    @torch.no_grad()
    def fit_standardisation(self, batches: Iterable[Tensor]) -> None:
        """Take the mean and deviation of each feature channel and bin from batches of raw features."""
        if not self.config.standardise:
            raise ValueError("this stack does not standardise: set standardise in its configuration")
        count, total, squares = 0, torch.zeros(()), torch.zeros(())
        for batch in batches:
            raw = batch.double()
            count += raw.shape[0] * raw.shape[2]
            total = total + raw.sum(dim=(0, 2))
            squares = squares + raw.square().sum(dim=(0, 2))
        if count == 0:
            raise ValueError("expected at least one batch of features to take the mean and deviation from")
        mean = total / count
        variance = (squares / count - mean.square()).clamp_min(SMALLEST_DEVIATION**2)
        self.mean.copy_(mean[:, None])
        self.deviation.copy_(variance.sqrt()[:, None])
