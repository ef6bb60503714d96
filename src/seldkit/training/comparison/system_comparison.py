"""Comparison of recipes that are trained and scored on the same clips."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from seldkit.embeddings.image_degradation import Degradation
from seldkit.errors import SeldkitError
from seldkit.files import replacing
from seldkit.models import SeldModel
from seldkit.training.comparison.comparison_report import Comparison, TestResults
from seldkit.training.comparison.degradation_plot import plot_degradation
from seldkit.training.comparison.degradation_test import degraded_results, visual_streams
from seldkit.training.comparison.ensembles import build_ensembles, check_ensemble
from seldkit.training.comparison.systems import System, TrainedModel, single_system
from seldkit.training.comparison.test_results import TestSet, differences, score_systems
from seldkit.training.prepared_sources import PreparedSources
from seldkit.training.recipe import Recipe
from seldkit.training.run import Machine, train

RESULT_FILE: Final = "comparison.json"
DEFAULT_MACHINE: Final = Machine()


def compare(
    recipes: Sequence[Recipe],
    sources: PreparedSources,
    test: Path | Mapping[str, Path],
    output: Path,
    seeds: Sequence[int] = (),
    machine: Machine = DEFAULT_MACHINE,
    *,
    ensemble: bool = False,
    degradations: Sequence[Degradation] = (),
) -> Comparison:
    """Trains each recipe with each seed and scores the models on the test clips of datasets.

    Runs are kept in ``output/<recipe>-seed<seed>``; finished runs are not repeated. Scores are computed on
    whole clips, with 95 % jackknife intervals; differences are paired over recordings. The results are
    written to ``comparison.json``, plots of degraded results to ``degradation.png``, ``degradation-2.png``
    and so on for each test set.

    Args:
        recipes: Recipes; differences are from the first.
        sources: Training data.
        test: Dataset folder, or folders by name of the test set.
        output: Folder of the comparison.
        seeds: Random seeds; empty for the seed of each recipe.
        machine: Compute devices and processes.
        ensemble: Whether to also score ensembles of compatible models, with weights selected on common
            validation clips.
        degradations: Degradations of the video frames with which audio-visual models are also scored.

    Returns:
        The comparison.

    Raises:
        SeldkitError: Training fails, no clip can be scored, or the options do not fit the recipes.
    """
    recipes = _with_seeds(recipes, seeds)
    if ensemble:
        check_ensemble([recipe.model for recipe in recipes])
    if degradations and not any(visual_streams(recipe.model) for recipe in recipes):
        raise SeldkitError("--degrade: expected a recipe with visual streams; all recipes are audio-only")
    trained = [_train(recipe, sources, output, machine) for recipe in recipes]
    folders = {test.name: test} if isinstance(test, Path) else test
    tests = [TestSet(name, folder, sources, trained) for name, folder in folders.items()]
    systems = [single_system(index, one, tests[0].clips(one)) for index, one in enumerate(trained)]
    if ensemble:
        systems += build_ensembles(systems, trained, sources)
    results = [_test_results(one, systems, trained, sources, degradations) for one in tests]
    comparison = Comparison(systems, results)
    _write(comparison, output, plots=bool(degradations))
    return comparison


def _write(comparison: Comparison, output: Path, *, plots: bool) -> None:
    with replacing(output / RESULT_FILE) as temporary:
        temporary.write_text(json.dumps(comparison.to_dict(), indent=1, allow_nan=False), encoding="utf-8")
    for number, test in enumerate(comparison.tests if plots else (), 1):
        name = "degradation.png" if number == 1 else f"degradation-{number}.png"
        plot_degradation(comparison, test, output / name)


def _with_seeds(recipes: Sequence[Recipe], seeds: Sequence[int]) -> list[Recipe]:
    """Each recipe with each seed."""
    seeded = []
    for recipe in recipes:
        for seed in seeds or (recipe.training.seed,):
            training = recipe.training.model_copy(update={"seed": seed})
            seeded.append(recipe.model_copy(update={"training": training}))
    return seeded


def _train(recipe: Recipe, sources: PreparedSources, output: Path, machine: Machine) -> TrainedModel:
    seed = recipe.training.seed
    stage_data = sources.with_swaps(recipe.training.augmentation.swaps)
    folder = train(recipe, stage_data, output / f"{recipe.name}-seed{seed}", machine)
    return TrainedModel(recipe, seed, folder, SeldModel.load(folder))


def _test_results(
    test: TestSet,
    systems: Sequence[System],
    trained: Sequence[TrainedModel],
    sources: PreparedSources,
    degradations: Sequence[Degradation],
) -> TestResults:
    results = score_systems(systems, trained, test)
    return TestResults(
        name=test.name,
        folder=test.folder,
        clips=test.clip_count,
        left_out=test.left_out,
        results=results,
        differences=differences(results, test.recordings),
        degraded=degraded_results(systems, trained, results, test, sources, degradations)
        if degradations
        else (),
    )
