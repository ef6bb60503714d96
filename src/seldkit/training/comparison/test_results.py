"""Test clips, and what systems score on them."""

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
from seldkit.training.comparison.ensemble_weights import joint_answer
from seldkit.training.comparison.polyphony import Overlap, by_overlap
from seldkit.training.comparison.systems import System, Trained
from seldkit.training.data_module import TrainingExample
from seldkit.training.prepared_sources import PreparedSources, StoredClips, recording_of
from seldkit.training.thresholds import predict_clips


@dataclass(frozen=True, eq=False)
class Result:
    """What a system scores on the clips of a test set; truth and found: their annotations, as the system's
    classes and elements have them, and its answers."""

    official: Scores
    strict: Scores
    overlap: tuple[Overlap, ...]
    truth: Sequence[Annotations]
    found: Sequence[Annotations]

    def to_dict(self) -> dict[str, Any]:
        """For JSON, without the annotations."""
        return {
            "official": self.official.to_dict(),
            "strict": self.strict.to_dict(),
            "by_overlap": [level.to_dict() for level in self.overlap],
        }


class TestSet:
    """The clips of one data set that all systems are asked about.

    trained: whose features and streams are prepared; a clip that one of them cannot have, for want of
    pictures perhaps, is left out for all and counted in `left_out`. recordings: of each clip, what it was cut
    of. Raises SeldkitError.
    """

    __test__ = False  # for pytest, which takes every class of such a name for its own

    def __init__(self, name: str, folder: Path, sources: PreparedSources, trained: Sequence[Trained]) -> None:
        self.name, self.folder = name, folder
        prepared = {one.recipe.name: one.model.config for one in trained}
        held = {recipe: sources.test(folder, config) for recipe, config in prepared.items()}
        names = [{clip.name for clip in clips.clips} for clips in held.values()]
        common = set.intersection(*names)
        if not common:
            raise SeldkitError(f"{folder}: no test clip has what all recipes want; see the notes above")
        self.left_out = len(set.union(*names)) - len(common)
        self._held = {recipe: clips.only(common) for recipe, clips in held.items()}
        first = next(iter(self._held.values()))
        self.clip_count = len(first.clips)
        self.recordings = [recording_of(clip) for clip in first.clips]

    def clips(self, trained: Trained) -> StoredClips:
        """The clips as a model takes them."""
        return self._held[trained.recipe.name]


@dataclass(frozen=True, eq=False)
class ClipPredictions:
    """What a model says of a test set: `output`, (windows, frames, tracks, elements, classes), `found`, the
    whole clips' annotations, and `truth`, those that it should have given."""

    output: Tensor
    found: Sequence[Annotations]
    truth: Sequence[Annotations]


def asked(
    model: SeldModel, clips: StoredClips, seen: Dataset[TrainingExample] | None = None
) -> ClipPredictions:
    """A model's answer to clips. seen: the same windows as it is to see them."""
    output, truth = predict_clips(model, clips if seen is None else seen)
    return ClipPredictions(output, clips.whole(model.decode(output)), clips.whole(truth))


def result(model: SeldModel | Ensemble, truth: Sequence[Annotations], found: Sequence[Annotations]) -> Result:
    """The scores of answers in both readings, with 95 % jackknife intervals."""
    protocol = model.config.protocol
    official, strict = (
        evaluate(truth, found, protocol, one, jackknife=True) for one in ("official", "strict")
    )
    return Result(official, strict, by_overlap(truth, found, protocol), truth, found)


def results(systems: Sequence[System], trained: Sequence[Trained], test: TestSet) -> list[Result]:
    """What each system scores."""
    given = [asked(one.model, test.clips(one)) for one in trained]
    return [_result(system, trained, given, test) for system in systems]


def _result(
    system: System, trained: Sequence[Trained], given: Sequence[ClipPredictions], test: TestSet
) -> Result:
    first = system.members[0]
    if system.weighting is None:
        return result(trained[first].model, given[first].truth, given[first].found)
    ensemble = Ensemble([trained[number].model for number in system.members], system.weights)
    output = joint_answer(ensemble, [given[number].output for number in system.members])
    found = test.clips(trained[first]).whole(ensemble.decode(output))
    return result(ensemble, given[first].truth, found)


def differences(found: Sequence[Result], recordings: Sequence[str]) -> list[Mapping[str, Difference]]:
    """How far each system but the first is from the first, paired over the recordings (strict reading)."""
    first, *others = found
    return [
        paired_differences(first.truth, first.found, other.found, first.strict.protocol, groups=recordings)
        for other in others
    ]
