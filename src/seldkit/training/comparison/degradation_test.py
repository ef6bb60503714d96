"""Scores of audio-visual systems with increasingly degraded video frames."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

import torch
from torch.utils.data import Dataset

from seldkit.datasets.store import FeatureStore
from seldkit.embeddings.image_degradation import Degradation
from seldkit.errors import SeldkitError
from seldkit.metrics import Difference, Scores, paired_differences
from seldkit.models import MissingStreamWarning, ModelConfig
from seldkit.training.comparison.systems import System, TrainedModel
from seldkit.training.comparison.test_results import SystemResult, TestSet, predict_test_clips, score_system
from seldkit.training.data_module import TrainingExample
from seldkit.training.prepared_sources import PreparedSources, StoredClips

DEGRADATIONS: Final = (
    *(Degradation("blur", heights) for heights in (0.01, 0.03, 0.1)),
    *(Degradation("darkness", stops) for stops in (2.0, 4.0, 6.0)),
    *(Degradation("occlusion", share) for share in (0.25, 0.5, 0.75)),
    Degradation("none", 1.0),
)
"""Degradations of `seldkit compare --degrade` (chosen: from common defects of phone videos to no content)."""

Substitute = Literal["black frames", "placeholder"]


@dataclass(frozen=True, eq=False)
class DegradedResult:
    """Scores of a system with degraded video frames on one test set.

    Attributes:
        system: Index of the system.
        degradation: Kind and strength of the degradation.
        substitute: Input of the model instead of removed video frames: black frames, or the placeholder that
            it learned by stream dropout; None for other degradations.
        official: Scores in the official reading.
        strict: Scores in the strict reading.
        changes: Differences from the scores with the original video, paired over recordings (strict reading).
    """

    system: int
    degradation: Degradation
    substitute: Substitute | None
    official: Scores
    strict: Scores
    changes: Mapping[str, Difference]

    def to_dict(self) -> dict[str, Any]:
        """Converts the result for JSON.

        Returns:
            Values by name; `substitute` has the key "stand_in", as in earlier versions.
        """
        return {
            "system": self.system,
            **asdict(self.degradation),
            "stand_in": self.substitute,
            "official": self.official.to_dict(),
            "strict": self.strict.to_dict(),
            "changes": {name: one.to_dict() for name, one in self.changes.items()},
        }


class DegradedClips(Dataset[TrainingExample]):
    """Clips whose visual streams are replaced or removed.

    Args:
        clips: Original clips.
        removed: Names of the visual streams.
        degraded: Store with the streams of degraded video frames; None to remove the streams.

    Raises:
        SeldkitError: The store does not have the same clips.
    """

    def __init__(self, clips: StoredClips, removed: Sequence[str], degraded: FeatureStore | None) -> None:
        self._clips, self._removed = clips, removed
        self._degraded = None if degraded is None else _matching_clips(degraded, clips)

    def __len__(self) -> int:
        return len(self._clips)

    def __getitem__(self, index: int) -> TrainingExample:
        example = self._clips[index]
        streams = {name: stream for name, stream in example.streams.items() if name not in self._removed}
        if self._degraded is not None:
            degraded = self._degraded.streams(index)
            streams |= {name: torch.from_numpy(stream) for name, stream in degraded.items()}
        return replace(example, streams=streams)


def visual_streams(config: ModelConfig) -> list[str]:
    """Selects the streams that are computed from video frames.

    Args:
        config: Configuration of a model.

    Returns:
        Names of the streams.
    """
    return [name for name, embedding in config.embeddings.items() if embedding.modality != "audio"]


def degraded_results(
    systems: Sequence[System],
    trained: Sequence[TrainedModel],
    original: Sequence[SystemResult],
    test: TestSet,
    sources: PreparedSources,
    degradations: Sequence[Degradation] = DEGRADATIONS,
) -> list[DegradedResult]:
    """Scores each audio-visual model with each degradation; ensembles are skipped.

    The streams of degraded video frames are computed as in `prepare`, and each degradation has its own store.
    If the frames are removed, a model that was trained with stream dropout uses its placeholder; others get
    black frames.

    Args:
        systems: All systems.
        trained: Trained models.
        original: Results of the systems with the original video.
        test: Test set.
        sources: Datasets and their stores.
        degradations: Degradations.

    Returns:
        One result per system and degradation.
    """
    return [
        _degraded_result(index, trained[system.members[0]], original[index], test, sources, degradation)
        for index, system in enumerate(systems)
        if system.weighting is None and visual_streams(trained[system.members[0]].model.config)
        for degradation in degradations
    ]


def _degraded_result(
    index: int,
    trained: TrainedModel,
    original: SystemResult,
    test: TestSet,
    sources: PreparedSources,
    degradation: Degradation,
) -> DegradedResult:
    model, clips = trained.model, test.clips(trained)
    removed = degradation.kind == "none"
    has_placeholder = removed and model.config.stream_dropout > 0
    names = {clip.name for clip in clips.clips}
    store = None if has_placeholder else sources.degraded(test.folder, model.config, degradation, names)
    degraded = DegradedClips(clips, visual_streams(model.config), store)
    with _missing_streams_ignored():
        predictions = predict_test_clips(model, clips, degraded)
    scores = score_system(model, predictions.references, predictions.annotations)
    substitute: Substitute = "placeholder" if has_placeholder else "black frames"
    return DegradedResult(
        system=index,
        degradation=degradation,
        substitute=substitute if removed else None,
        official=scores.official,
        strict=scores.strict,
        changes=paired_differences(
            predictions.references,
            original.predictions,
            predictions.annotations,
            model.config.protocol,
            groups=test.recordings,
        ),
    )


def _matching_clips(degraded: FeatureStore, clips: StoredClips) -> FeatureStore:
    """The same clips of a store with degraded streams."""
    expected = [(clip.name, clip.windows) for clip in clips.clips]
    selected = degraded.select(names={name for name, _ in expected})
    if [(clip.name, clip.windows) for clip in selected.clips] != expected:
        raise SeldkitError(
            f"{degraded.folder}: expected {len(expected)} clips with video frames, got "
            f"{len(selected.clips)}; fix the files in the messages above and run again"
        )
    return selected


@contextmanager
def _missing_streams_ignored() -> Iterator[None]:
    """Ignores the warning about streams that were removed on purpose."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingStreamWarning)
        yield
