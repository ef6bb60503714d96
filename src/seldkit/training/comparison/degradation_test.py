"""Systems that look at pictures, scored while the pictures get worse step by step."""

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
from seldkit.training.comparison.systems import System, Trained
from seldkit.training.comparison.test_results import Result, TestSet, asked, result
from seldkit.training.data_module import TrainingExample
from seldkit.training.prepared_sources import PreparedSources, StoredClips

LADDER: Final = (
    *(Degradation("blur", heights) for heights in (0.01, 0.03, 0.1)),
    *(Degradation("darkness", stops) for stops in (2.0, 4.0, 6.0)),
    *(Degradation("occlusion", share) for share in (0.25, 0.5, 0.75)),
    Degradation("none", 1.0),
)
"""The steps of `seldkit compare --degrade` (chosen: from what a phone may do to what leaves nothing)."""

StandIn = Literal["black pictures", "the model's own"]


@dataclass(frozen=True, eq=False)
class Degraded:
    """A system's scores with pictures that are worse, on one test set.

    system: its number. stand_in: where pictures are taken away, what the model gets instead; None where it
    sees something. changes: from its own scores with the pictures as they are, paired over recordings
    (strict reading).
    """

    system: int
    degradation: Degradation
    stand_in: StandIn | None
    official: Scores
    strict: Scores
    changes: Mapping[str, Difference]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "system": self.system,
            **asdict(self.degradation),
            "stand_in": self.stand_in,
            "official": self.official.to_dict(),
            "strict": self.strict.to_dict(),
            "changes": {name: one.to_dict() for name, one in self.changes.items()},
        }


class DegradedClips(Dataset[TrainingExample]):
    """Clips whose streams of pictures are others: those of a store of degraded pictures, or none at all."""

    def __init__(self, clips: StoredClips, lost: Sequence[str], degraded: FeatureStore | None) -> None:
        self._clips, self._lost = clips, lost
        self._degraded = None if degraded is None else _matching(degraded, clips)

    def __len__(self) -> int:
        return len(self._clips)

    def __getitem__(self, index: int) -> TrainingExample:
        example = self._clips[index]
        streams = {name: stream for name, stream in example.streams.items() if name not in self._lost}
        if self._degraded is not None:
            seen = self._degraded.streams(index)
            streams |= {name: torch.from_numpy(stream) for name, stream in seen.items()}
        return replace(example, streams=streams)


def seeing(config: ModelConfig) -> list[str]:
    """The streams of a model that are made of pictures."""
    return [name for name, one in config.embeddings.items() if one.modality != "audio"]


def degraded_results(
    systems: Sequence[System],
    trained: Sequence[Trained],
    undisturbed: Sequence[Result],
    test: TestSet,
    sources: PreparedSources,
    ladder: Sequence[Degradation] = LADDER,
) -> list[Degraded]:
    """Every single system that looks at pictures, at every step of the ladder.

    The pictures go through the path that `prepare` takes; their streams are kept in a store of their own for
    each step. A system that was trained to do without pictures (stream dropout) is left to do so where they
    are taken away; others get black ones.
    """
    return [
        _degraded(number, trained[system.members[0]], undisturbed[number], test, sources, step)
        for number, system in enumerate(systems)
        if system.weighting is None and seeing(trained[system.members[0]].model.config)
        for step in ladder
    ]


def _degraded(
    number: int,
    trained: Trained,
    undisturbed: Result,
    test: TestSet,
    sources: PreparedSources,
    step: Degradation,
) -> Degraded:
    model, clips = trained.model, test.clips(trained)
    own = step.kind == "none" and model.config.stream_dropout > 0
    names = {clip.name for clip in clips.clips}
    store = None if own else sources.degraded(test.folder, model.config, step, names)
    with _without_warning():
        answer = asked(model, clips, DegradedClips(clips, seeing(model.config), store))
    scores = result(model, answer.truth, answer.found)
    return Degraded(
        system=number,
        degradation=step,
        stand_in=None if step.kind != "none" else "the model's own" if own else "black pictures",
        official=scores.official,
        strict=scores.strict,
        changes=paired_differences(
            *(answer.truth, undisturbed.found, answer.found, model.config.protocol), groups=test.recordings
        ),
    )


def _matching(degraded: FeatureStore, clips: StoredClips) -> FeatureStore:
    """The same clips of a store of degraded pictures."""
    wanted = [(clip.name, clip.windows) for clip in clips.clips]
    chosen = degraded.select(names={name for name, _ in wanted})
    if [(clip.name, clip.windows) for clip in chosen.clips] != wanted:
        raise SeldkitError(
            f"{degraded.folder}: expected {len(wanted)} clips with pictures, got {len(chosen.clips)}; "
            "see what could not be read, mend it and run again"
        )
    return chosen


@contextmanager
def _without_warning() -> Iterator[None]:
    """A stream that was taken away is no surprise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingStreamWarning)
        yield
