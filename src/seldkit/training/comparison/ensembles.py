"""Ensembles of the compared models."""

from collections.abc import Sequence

from seldkit.errors import SeldkitError
from seldkit.models import ModelConfig
from seldkit.models.ensemble import ensemble_conflict
from seldkit.training.comparison.ensemble_weights import WeightSelection, select_weights
from seldkit.training.comparison.systems import System, TrainedModel, ensemble_system
from seldkit.training.data_module import split_clips
from seldkit.training.prepared_sources import PreparedSources, StoredClips
from seldkit.training.thresholds import predict_clips


def check_ensemble(configs: Sequence[ModelConfig]) -> None:
    """Checks that at least two models can form an ensemble.

    Args:
        configs: Configurations of the models.

    Raises:
        SeldkitError: No two models can form an ensemble.
    """
    if not _compatible_groups(configs):
        reason = "there is only one" if len(configs) == 1 else ensemble_conflict(configs[0], configs[1])
        raise SeldkitError(f"--ensemble: expected at least two models that can form an ensemble; {reason}")


def build_ensembles(
    systems: Sequence[System], trained: Sequence[TrainedModel], sources: PreparedSources
) -> list[System]:
    """Builds ensembles of compatible models.

    Each group of compatible models forms an ensemble. If a group has several recipes with several seeds, the
    seeds of each recipe form an ensemble before it.

    Args:
        systems: One system per trained model.
        trained: Trained models.
        sources: Datasets and their stores.

    Returns:
        The ensembles, with weights selected on validation clips.

    Raises:
        SeldkitError: The models of a group have no common validation clips.
    """
    built = []
    for group in _compatible_groups([one.model.config for one in trained]):
        by_recipe: dict[str, list[int]] = {}
        for index in group:
            by_recipe.setdefault(trained[index].recipe.name, []).append(index)
        if len(by_recipe) > 1:
            for name, seeds in by_recipe.items():
                if len(seeds) > 1:
                    built.append(_ensemble(f"{name}: all seeds", seeds, systems, trained, sources))
        title = "ensemble: " + " + ".join(
            name if len(seeds) == 1 else f"{name} × {len(seeds)}" for name, seeds in by_recipe.items()
        )
        built.append(_ensemble(title, group, systems, trained, sources))
    return built


def _compatible_groups(configs: Sequence[ModelConfig]) -> list[list[int]]:
    """Indices of models that can form an ensemble, at least two per group."""
    groups: list[list[int]] = []
    for index, config in enumerate(configs):
        for group in groups:
            if all(ensemble_conflict(configs[other], config) is None for other in group):
                group.append(index)
                break
        else:
            groups.append([index])
    return [group for group in groups if len(group) > 1]


def _ensemble(
    name: str,
    indices: Sequence[int],
    systems: Sequence[System],
    trained: Sequence[TrainedModel],
    sources: PreparedSources,
) -> System:
    members = [trained[index] for index in indices]
    return ensemble_system(name, [systems[index] for index in indices], _select_weights(members, sources))


def _select_weights(members: Sequence[TrainedModel], sources: PreparedSources) -> WeightSelection:
    """Weights selected on the validation clips that all members have in common."""
    clips = _common_clips([_validation_clips(one, sources) for one in members], members, sources)
    predictions = [predict_clips(one.model, own) for one, own in zip(members, clips, strict=True)]
    outputs = [output for output, _ in predictions]
    return select_weights([one.model for one in members], outputs, predictions[0][1])


def _validation_clips(trained: TrainedModel, sources: PreparedSources) -> StoredClips:
    """The validation clips of the last stage."""
    training = trained.recipe.training
    stage = training.stages[-1]
    clips = sources(trained.model.config, stage)
    _, validation = split_clips(clips, training, f"stage '{stage.name}'")
    assert isinstance(clips, StoredClips)
    return clips.select({clips.names[index] for index in validation.indices})


def _common_clips(
    clips: Sequence[StoredClips], members: Sequence[TrainedModel], sources: PreparedSources
) -> list[StoredClips]:
    folders = {sources.folder(one.recipe.training.stages[-1]).resolve() for one in members}
    names = set.intersection(*({clip.name for clip in own.clips} for own in clips))
    if len(folders) > 1 or not names:
        recipes = ", ".join(dict.fromkeys(one.recipe.name for one in members))
        problem = "several datasets" if len(folders) > 1 else "validation clips without a common clip"
        raise SeldkitError(
            f"--ensemble: the recipes {recipes} use {problem}; use one dataset and the same "
            "training.validation, so that weights can be selected"
        )
    return [own.select(names) for own in clips]
