"""Ensembles of the systems that are compared: who can answer together, and how much each counts."""

from collections.abc import Sequence

from seldkit.errors import SeldkitError
from seldkit.models import ModelConfig
from seldkit.models.ensemble import ensemble_conflict
from seldkit.training.comparison.ensemble_weights import Weighting, chosen_weights
from seldkit.training.comparison.systems import System, Trained, joint
from seldkit.training.data_module import parted
from seldkit.training.prepared_sources import PreparedSources, StoredClips
from seldkit.training.thresholds import predict_clips


def require_some(configs: Sequence[ModelConfig]) -> None:
    """Raises SeldkitError if no two models fit into one ensemble."""
    if not _groups(configs):
        reason = "there is only one" if len(configs) == 1 else ensemble_conflict(configs[0], configs[1])
        raise SeldkitError(f"--ensemble: expected at least two models that fit together; {reason}")


def ensembles(
    systems: Sequence[System], trained: Sequence[Trained], sources: PreparedSources
) -> list[System]:
    """What the trained models are as one.

    One ensemble of all models that can answer together (several where they fall into several groups); and
    where such a group holds several recipes with several seeds each, one of each recipe's seeds before it.
    """
    found = []
    for group in _groups([one.model.config for one in trained]):
        names = list(dict.fromkeys(trained[number].recipe.name for number in group))
        parts = {name: [number for number in group if trained[number].recipe.name == name] for name in names}
        if len(names) > 1:
            for name, seeds in parts.items():
                if len(seeds) > 1:
                    found.append(_ensemble(f"{name}: all seeds", seeds, systems, trained, sources))
        title = "ensemble: " + " + ".join(
            name if len(seeds) == 1 else f"{name} × {len(seeds)}" for name, seeds in parts.items()
        )
        found.append(_ensemble(title, group, systems, trained, sources))
    return found


def _groups(configs: Sequence[ModelConfig]) -> list[list[int]]:
    """The numbers of the models that can answer together, two or more in each group."""
    groups: list[list[int]] = []
    for number, config in enumerate(configs):
        for group in groups:
            if all(ensemble_conflict(configs[other], config) is None for other in group):
                group.append(number)
                break
        else:
            groups.append([number])
    return [group for group in groups if len(group) > 1]


def _ensemble(
    name: str,
    numbers: Sequence[int],
    systems: Sequence[System],
    trained: Sequence[Trained],
    sources: PreparedSources,
) -> System:
    return joint(
        name,
        [systems[number] for number in numbers],
        _weighting([trained[number] for number in numbers], sources),
    )


def _weighting(members: Sequence[Trained], sources: PreparedSources) -> Weighting:
    """Chosen on the clips that every member held out to choose its epoch; no test clip is among them."""
    clips = _common([_validation(one, sources) for one in members], members, sources)
    given = [predict_clips(one.model, own) for one, own in zip(members, clips, strict=True)]
    return chosen_weights([one.model for one in members], [output for output, _ in given], given[0][1])


def _validation(trained: Trained, sources: PreparedSources) -> StoredClips:
    """The clips of the last stage that chose the epoch."""
    training = trained.recipe.training
    stage = training.stages[-1]
    clips = sources(trained.model.config, stage)
    _, held = parted(clips, training, f"stage '{stage.name}'")
    assert isinstance(clips, StoredClips)
    return clips.only({clips.names[index] for index in held.indices})


def _common(
    clips: Sequence[StoredClips], members: Sequence[Trained], sources: PreparedSources
) -> list[StoredClips]:
    folders = {sources.folder(one.recipe.training.stages[-1]).resolve() for one in members}
    names = set.intersection(*({clip.name for clip in own.clips} for own in clips))
    if len(folders) > 1 or not names:
        problem = "on several data sets" if len(folders) > 1 else "on clips of which none is held out by all"
        raise SeldkitError(
            f"--ensemble: {', '.join(dict.fromkeys(one.recipe.name for one in members))} chose their epochs "
            f"{problem}; give them one data set and one training.validation, so that clips can choose weights"
        )
    return [own.only(names) for own in clips]
