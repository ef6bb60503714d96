"""Test sets, and predictions and scores of systems on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor
from torch.utils.data import Dataset

from seldkit.annotations import Annotations
from seldkit.errors import SeldkitError
from seldkit.metrics import Difference, Scores, evaluate, paired_differences
from seldkit.models import Ensemble, SeldModel
from seldkit.training.comparison.ensemble_weights import average_outputs
from seldkit.training.comparison.polyphony import PolyphonyScores, scores_by_polyphony
from seldkit.training.comparison.systems import System, TrainedModel
from seldkit.training.data_module import TrainingExample
from seldkit.training.prepared_sources import PreparedSources, StoredClips, recording_of
from seldkit.training.thresholds import predict_clips


@dataclass(frozen=True, eq=False)
class SystemResult:
    """Scores and predictions of a system on a test set.

    Attributes:
        official: Scores in the official reading, with 95 % jackknife intervals.
        strict: Scores in the strict reading, with 95 % jackknife intervals.
        by_polyphony: Scores by number of simultaneous sources.
        references: Ground truth of the clips, with the classes and elements of the system.
        predictions: Predictions for the clips.
    """

    official: Scores
    strict: Scores
    by_polyphony: tuple[PolyphonyScores, ...]
    references: Sequence[Annotations]
    predictions: Sequence[Annotations]

    def to_dict(self) -> dict[str, Any]:
        """Converts the scores for JSON.

        Returns:
            Values by name; `by_polyphony` has the key "by_overlap", as in earlier versions.
        """
        return {
            "official": self.official.to_dict(),
            "strict": self.strict.to_dict(),
            "by_overlap": [level.to_dict() for level in self.by_polyphony],
        }


class TestSet:
    """Test clips of one dataset that all systems can process.

    Args:
        name: Name of the test set.
        folder: Folder of the dataset.
        sources: Stores in which the clips are prepared.
        trained: Trained models. A clip that one of them cannot process, for example because it has no video,
            is left out for all.

    Attributes:
        name: Name of the test set.
        folder: Folder of the dataset.
        left_out: Number of clips that were left out.
        clip_count: Number of remaining clips.
        recordings: Name of the recording that each clip was cut from.

    Raises:
        SeldkitError: No clip can be processed by all models.
    """

    __test__ = False  # pytest would collect a class with this name

    def __init__(
        self, name: str, folder: Path, sources: PreparedSources, trained: Sequence[TrainedModel]
    ) -> None:
        self.name, self.folder = name, folder
        configs = {one.recipe.name: one.model.config for one in trained}
        prepared = {recipe: sources.test(folder, config) for recipe, config in configs.items()}
        names = [{clip.name for clip in clips.clips} for clips in prepared.values()]
        common = set.intersection(*names)
        if not common:
            raise SeldkitError(
                f"{folder}: no test clip has the audio, video and labels that all recipes require; see the "
                "messages above for the missing files"
            )
        self.left_out = len(set.union(*names)) - len(common)
        self._clips = {recipe: clips.select(common) for recipe, clips in prepared.items()}
        first = next(iter(self._clips.values()))
        self.clip_count = len(first.clips)
        self.recordings = [recording_of(clip) for clip in first.clips]

    def clips(self, trained: TrainedModel) -> StoredClips:
        """Selects the clips with the features and streams of a model.

        Args:
            trained: One of the trained models.

        Returns:
            The clips.
        """
        return self._clips[trained.recipe.name]


@dataclass(frozen=True, eq=False)
class ClipPredictions:
    """Predictions of a model for a test set.

    Attributes:
        output: Outputs, ``(windows, frames, tracks, elements, classes)``.
        annotations: Predictions for the whole clips.
        references: Ground truth of the whole clips.
    """

    output: Tensor
    annotations: Sequence[Annotations]
    references: Sequence[Annotations]


def predict_test_clips(
    model: SeldModel, clips: StoredClips, inputs: Dataset[TrainingExample] | None = None
) -> ClipPredictions:
    """Runs a model on test clips.

    Args:
        model: The model.
        clips: Test clips.
        inputs: The same windows with other inputs; None for those of `clips`.

    Returns:
        Outputs, predictions and ground truth.
    """
    output, references = predict_clips(model, clips if inputs is None else inputs)
    predictions = clips.merge_windows(model.decode(output))
    return ClipPredictions(output, predictions, clips.merge_windows(references))


def score_system(
    model: SeldModel | Ensemble, references: Sequence[Annotations], predictions: Sequence[Annotations]
) -> SystemResult:
    """Scores predictions in both readings, with 95 % jackknife intervals.

    Args:
        model: Model or ensemble, which determines the protocol.
        references: Ground truth of the clips.
        predictions: Predictions for the clips.

    Returns:
        The result.
    """
    protocol = model.config.protocol
    official, strict = (
        evaluate(references, predictions, protocol, reading, jackknife=True)
        for reading in ("official", "strict")
    )
    by_polyphony = scores_by_polyphony(references, predictions, protocol)
    return SystemResult(official, strict, by_polyphony, references, predictions)


def score_systems(
    systems: Sequence[System], trained: Sequence[TrainedModel], test: TestSet
) -> list[SystemResult]:
    """Scores systems on a test set.

    Args:
        systems: Single models and ensembles.
        trained: Trained models.
        test: Test set.

    Returns:
        One result per system.
    """
    predictions = [predict_test_clips(one.model, test.clips(one)) for one in trained]
    return [_score(system, trained, predictions, test) for system in systems]


def _score(
    system: System, trained: Sequence[TrainedModel], predictions: Sequence[ClipPredictions], test: TestSet
) -> SystemResult:
    first = system.members[0]
    if system.weighting is None:
        return score_system(
            trained[first].model, predictions[first].references, predictions[first].annotations
        )
    ensemble = Ensemble([trained[index].model for index in system.members], system.weights)
    output = average_outputs(ensemble, [predictions[index].output for index in system.members])
    annotations = test.clips(trained[first]).merge_windows(ensemble.decode(output))
    return score_system(ensemble, predictions[first].references, annotations)


def differences(results: Sequence[SystemResult], recordings: Sequence[str]) -> list[Mapping[str, Difference]]:
    """Computes the differences of all systems from the first, paired over recordings (strict reading).

    Args:
        results: Results of the systems on the same clips.
        recordings: Name of the recording of each clip.

    Returns:
        Differences by score, for each system but the first.
    """
    first, *others = results
    return [
        paired_differences(
            first.references, first.predictions, other.predictions, first.strict.protocol, groups=recordings
        )
        for other in others
    ]
