"""Several models that answer as one."""

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

SHARED: Final = ("classes", "elements", "tracks", "window_frames")
"""What models must have in common to answer together."""


class Ensemble(nn.Module):
    """The weighted mean of several models' answers in ACCDOA space; it is asked as a `SeldModel` is.

    Before they are averaged, each model's tracks are brought, frame by frame and class by class, into the
    order that lies nearest to the mean of the models before it. The models may have features and streams of
    their own; sample rate, input, classes, elements and window must be the same. Thresholds are the models'
    weighted mean, everything else of the configuration is the first model's; a calibration there is none,
    because the models' curves are of their own vectors' lengths.

    weights: one for each model, equal by default; they are scaled to sum to 1. Raises ModelError.
    """

    def __init__(self, models: Sequence[SeldModel], weights: Sequence[float] | None = None) -> None:
        super().__init__()
        weights = [1.0] * len(models) if weights is None else list(weights)
        if not models or len(weights) != len(models) or min(weights) < 0 or sum(weights) <= 0:
            raise ModelError(
                f"expected models and a weight from 0 for each, not all 0, got {len(models)} models and the "
                f"weights {', '.join(f'{weight:g}' for weight in weights) or 'none'}"
            )
        self._members = list(models)
        self.models = nn.ModuleList(models)
        self.weights = [weight / sum(weights) for weight in weights]
        self.config = _joined([model.config for model in models], self.weights)
        self.features = models[0].features

    def forward(self, features: Sequence[Tensor], streams: Streams | None = None) -> Tensor:
        """Answer to each model's own features."""
        return self.mean(
            [model(own, _wanted(model, streams)) for model, own in zip(self._members, features, strict=True)]
        )

    def predict(
        self, waveform: Tensor, streams: Streams | None = None, mirrored: Streams | None = None
    ) -> Tensor:
        """Answer to sound, (batch, channels, samples) at `config.features.sample_rate`."""
        return self.mean(
            [
                model.predict(waveform, _wanted(model, streams), _wanted(model, mirrored))
                for model in self._members
            ]
        )

    def mean(self, answers: Sequence[Tensor]) -> Tensor:
        """The models' answers to the same sound as one, each (…, frames, tracks, elements, classes)."""
        total, weight = answers[0] * self.weights[0], self.weights[0]
        for answer, own in zip(answers[1:], self.weights[1:], strict=True):
            reference = total / weight if weight > 0 else answer
            total = total + own * align_tracks(answer, reference)
            weight += own
        return total

    def decode(
        self, output: Tensor | ArrayLike, threshold: float | Sequence[float] | None = None
    ) -> list[Annotations]:
        """What an answer says, one table for each clip; as `SeldModel.decode`."""
        return decode_output(self.config, output, threshold)


def _wanted(model: SeldModel, streams: Streams | None) -> Streams:
    """Of all streams, those that a model wants."""
    return {name: stream for name, stream in (streams or {}).items() if name in model.config.streams}


def _joined(configs: Sequence[ModelConfig], weights: Sequence[float]) -> ModelConfig:
    """The first model's configuration, with the streams of all and the mean of their thresholds."""
    first = configs[0]
    for other in configs[1:]:
        problem = ensemble_conflict(first, other)
        if problem is not None:
            raise ModelError(problem)
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


def ensemble_conflict(first: ModelConfig, other: ModelConfig) -> str | None:
    """Why two models cannot answer together, in a line; None where they can."""
    pairs = {name: (getattr(first, name), getattr(other, name)) for name in SHARED}
    pairs["features.input"] = (first.features.input, other.features.input)
    pairs["features.grid.sample_rate"] = (first.features.sample_rate, other.features.sample_rate)
    for name in first.streams.keys() & other.streams.keys():
        if streams_differ(first.streams[name], other.streams[name]):
            pairs[f"streams.{name}"] = (first.streams[name], other.streams[name])
    for name, (ours, theirs) in pairs.items():
        if ours != theirs:
            return (
                f"models '{first.name}' and '{other.name}' cannot answer together: {name} is "
                f"{ours!s:.60} in one and {theirs!s:.60} in the other"
            )
    return None
