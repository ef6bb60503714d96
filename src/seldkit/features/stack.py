"""Stack of the features of a model, used in training and detection."""

from collections.abc import Iterable
from typing import Annotated, Final, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from seldkit.channels import CHANNEL_LAYOUTS, ChannelLayout
from seldkit.features.registry import FEATURES, Bands, FeatureSettings, FrontEnd, Grid
from seldkit.settings import Settings, registered

MIN_DEVIATION: Final = 1e-3
"""Smallest standard deviation by which features are divided."""


class FeatureConfig(Settings):
    """Features of a model and their time-frequency grid.

    Attributes:
        input: Name of the channel layout: ``"stereo"``, ``"foa"`` (four channels in ACN order) or ``"mic"``
            (four microphones of a tetrahedral array).
        grid: Time-frequency grid of all features.
        bands: ``"mel"``, or ``"linear"`` for the lowest ``grid.mels`` bins of the transform.
        parts: Features, stacked in this order.
        standardise: Whether each feature channel and bin is shifted and scaled by a mean and standard
            deviation that are stored with the weights of the model.
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
        """Sample rate in Hz."""
        return self.grid.sample_rate


class FeatureStack(nn.Module):
    """Computes several features and stacks them along the channel axis.

    All features share one short-time Fourier transform.

    Args:
        config: Features and grid.

    Attributes:
        config: Features and grid.
        input_channels: Number of audio channels.
        channel_count: Number of feature channels.
        bins: Number of values per feature channel and frame.
        mean: Mean of each feature channel and bin, shape ``(channels, 1, bins)``, if ``config.standardise``.
        deviation: Standard deviation, same shape, if ``config.standardise``.

    Raises:
        ValueError: A feature is not defined for the kind of audio.
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
        """Number of feature frames per second."""
        return self.config.grid.sample_rate / self.config.grid.hop

    def forward(self, waveform: Tensor) -> Tensor:
        """Computes the features.

        Args:
            waveform: Audio, shape ``(batch, channels, samples)``.

        Returns:
            Features, shape ``(batch, feature_channels, frames, bins)`` with ``frames = samples // hop + 1``.

        Raises:
            ValueError: The shape or the number of channels is wrong.
        """
        return self.standardise(self.extract_raw(waveform))

    def extract_raw(self, waveform: Tensor) -> Tensor:
        """Computes the features without standardisation.

        Args:
            waveform: Audio, shape ``(batch, channels, samples)``.

        Returns:
            Features, shape ``(batch, feature_channels, frames, bins)``.

        Raises:
            ValueError: The shape or the number of channels is wrong.
        """
        if waveform.dim() != 3 or waveform.shape[1] != self.input_channels:
            raise ValueError(
                f"expected {self.config.input} audio (batch, {self.input_channels}, samples), "
                f"got shape {tuple(waveform.shape)}"
            )
        with torch.autocast(waveform.device.type, enabled=False):  # half precision would lose quiet signals
            spectra = self.front_end(waveform)
            return torch.cat([part.from_spectra(spectra) for part in self._parts], dim=1)

    def standardise(self, raw: Tensor) -> Tensor:
        """Shifts and scales raw features, if the configuration requires it.

        Args:
            raw: Features of `extract_raw`, shape ``(batch, feature_channels, frames, bins)``.

        Returns:
            Features, same shape.
        """
        return (raw - self.mean) / self.deviation if self.config.standardise else raw

    @torch.no_grad()
    def fit_standardisation(self, batches: Iterable[Tensor]) -> None:
        """Computes the mean and standard deviation of each feature channel and bin.

        Args:
            batches: Features of `extract_raw`, each of shape ``(batch, feature_channels, frames, bins)``.

        Raises:
            ValueError: The stack does not standardise, or there is no batch.
        """
        if not self.config.standardise:
            raise ValueError("this stack does not standardise: set standardise in its configuration")
        count, total, squares = 0, torch.zeros(()), torch.zeros(())
        for batch in batches:
            raw = batch.double()
            count += raw.shape[0] * raw.shape[2]
            total = total + raw.sum(dim=(0, 2))
            squares = squares + raw.square().sum(dim=(0, 2))
        if count == 0:
            raise ValueError(
                "expected at least one batch of features to compute mean and deviation, got none"
            )
        mean = total / count
        variance = (squares / count - mean.square()).clamp_min(MIN_DEVIATION**2)
        self.mean.copy_(mean[:, None])
        self.deviation.copy_(variance.sqrt()[:, None])
