"""Ensembles: several models whose outputs are averaged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor, nn

from seldkit.accdoa import align_tracks
from seldkit.annotations import Annotations
from seldkit.errors import ModelError
from seldkit.models.bundled_weights import streams_differ
from seldkit.models.config import ModelConfig
from seldkit.models.model import SeldModel, Streams, decode_output

SHARED_KEYS: Final = ("classes", "elements", "tracks", "window_frames")
"""Keys of the configuration that must be equal for all models of an ensemble."""


class Ensemble(nn.Module):
    """Weighted mean of several models' outputs in ACCDOA space, with the interface of a `SeldModel`.

    The tracks of each model are aligned in each frame and class with the mean of the models before it. Models
    may have different features and streams; sample rate, input, classes, elements and window must be equal.
    Thresholds are the weighted mean of the models' thresholds; the rest of the configuration is the first
    model's. An ensemble has no calibration, because the models' curves do not apply to averaged vectors.

    Args:
        models: The models.
        weights: One weight per model, at least 0, scaled to a sum of 1; None for equal weights.

    Raises:
        ModelError: If the models do not fit together, or a weight is negative.
    """

    def __init__(self, models: Sequence[SeldModel], weights: Sequence[float] | None = None) -> None:
        super().__init__()
        weights = [1.0] * len(models) if weights is None else list(weights)
        if not models or len(weights) != len(models) or min(weights) < 0 or sum(weights) <= 0:
            raise ModelError(
                f"expected models and one weight of at least 0 for each, not all 0, got {len(models)} models "
                f"and the weights {', '.join(f'{weight:g}' for weight in weights) or 'none'}"
            )
        self._members = list(models)
        self.models = nn.ModuleList(models)
        self.weights = [weight / sum(weights) for weight in weights]
        self.config = _combine_configs([model.config for model in models], self.weights)
        self.features = models[0].features

    def forward(self, features: Sequence[Tensor], streams: Streams | None = None) -> Tensor:
        """Computes the output from each model's own features.

        Args:
            features: For each model ``(batch, channels, frames, bins)``.
            streams: Streams of all models by name, each ``(batch, time, dim)``.

        Returns:
            ``(batch, label frames, tracks, elements, classes)``.
        """
        return self.average(
            [
                model(own, _select_streams(model, streams))
                for model, own in zip(self._members, features, strict=True)
            ]
        )

    def predict(
        self, waveform: Tensor, streams: Streams | None = None, mirrored: Streams | None = None
    ) -> Tensor:
        """Computes the output from audio.

        Args:
            waveform: ``(batch, channels, samples)`` at ``config.features.sample_rate``.
            streams: Streams of all models by name, each ``(batch, time, dim)``.
            mirrored: Streams of the mirrored clip by name, each ``(batch, time, dim)``.

        Returns:
            ``(batch, label frames, tracks, elements, classes)``.
        """
        return self.average(
            [
                model.predict(waveform, _select_streams(model, streams), _select_streams(model, mirrored))
                for model in self._members
            ]
        )

    def average(self, outputs: Sequence[Tensor]) -> Tensor:
        """Averages the outputs of all models.

        Args:
            outputs: For each model ``(..., frames, tracks, elements, classes)``.

        Returns:
            Same shape as one output.
        """
        total, total_weight = outputs[0] * self.weights[0], self.weights[0]
        for output, weight in zip(outputs[1:], self.weights[1:], strict=True):
            reference = total / total_weight if total_weight > 0 else output
            total = total + weight * align_tracks(output, reference)
            total_weight += weight
        return total

    def decode(
        self, output: Tensor | ArrayLike, threshold: float | Sequence[float] | None = None
    ) -> list[Annotations]:
        """Decodes an output; see `SeldModel.decode`.

        Args:
            output: ``(clips, frames, tracks, elements, classes)``.
            threshold: Activity threshold, one number or one per class, greater than 0; None for the
                configuration's.

        Returns:
            Annotations of each clip.
        """
        return decode_output(self.config, output, threshold)


def ensemble_conflict(first: ModelConfig, other: ModelConfig) -> str | None:
    """Finds the reason why two models cannot be in one ensemble.

    Args:
        first: Configuration of one model.
        other: Configuration of another model.

    Returns:
        An error message of one line, or None if there is no conflict.
    """
    pairs = {name: (getattr(first, name), getattr(other, name)) for name in SHARED_KEYS}
    pairs["features.input"] = (first.features.input, other.features.input)
    pairs["features.grid.sample_rate"] = (first.features.sample_rate, other.features.sample_rate)
    for name in first.streams.keys() & other.streams.keys():
        if streams_differ(first.streams[name], other.streams[name]):
            pairs[f"streams.{name}"] = (first.streams[name], other.streams[name])
    for name, (value, other_value) in pairs.items():
        if value != other_value:
            return (
                f"models '{first.name}' and '{other.name}' cannot be in one ensemble: {name} is "
                f"{value!s:.60} in one and {other_value!s:.60} in the other"
            )
    return None


def _select_streams(model: SeldModel, streams: Streams | None) -> Streams:
    return {name: stream for name, stream in (streams or {}).items() if name in model.config.streams}


def _combine_configs(configs: Sequence[ModelConfig], weights: Sequence[float]) -> ModelConfig:
    """The first model's configuration with the streams of all models and the mean of their thresholds."""
    first = configs[0]
    for other in configs[1:]:
        conflict = ensemble_conflict(first, other)
        if conflict is not None:
            raise ModelError(conflict)
    count = len(first.classes)
    thresholds = [np.broadcast_to(config.decoding.threshold, count) for config in configs]
    threshold = tuple(np.average(thresholds, axis=0, weights=weights).tolist())
    return first.model_copy(
        update={
            "name": " + ".join(config.name for config in configs),
            "streams": {name: stream for config in configs for name, stream in config.streams.items()},
            "decoding": first.decoding.model_copy(update={"threshold": threshold}),
            "calibration": None,
            "symmetric": any(config.symmetric for config in configs),
        }
    )
