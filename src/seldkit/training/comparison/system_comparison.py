"""Several recipes, trained and scored on the same clips, side by side."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from seldkit.embeddings.image_degradation import Degradation
from seldkit.errors import SeldkitError
from seldkit.files import replacing
from seldkit.models import SeldModel
from seldkit.training.comparison.comparison_report import Comparison, TestResults
from seldkit.training.comparison.degradation_plot import plot_degradation
from seldkit.training.comparison.degradation_test import degraded_results, seeing
from seldkit.training.comparison.ensembles import ensembles, require_some
from seldkit.training.comparison.systems import System, Trained, single
from seldkit.training.comparison.test_results import TestSet, differences, results
from seldkit.training.prepared_sources import PreparedSources
from seldkit.training.recipe import Recipe
from seldkit.training.run import Machine, train

FILE = "comparison.json"
PICTURE = "degradation.png"


def compare(
    recipes: Sequence[Recipe],
    sources: PreparedSources,
    test: Path | Mapping[str, Path],
    output: Path,
    seeds: Sequence[int] = (),
    machine: Machine = Machine(),  # noqa: B008
    *,
    ensemble: bool = False,
    ladder: Sequence[Degradation] = (),
) -> Comparison:
    """Train each recipe with each seed and score all of them on the clips that `test` keeps for testing.

    Runs lie in `output/<recipe>-seed<seed>` and are kept: a second call trains only what is missing. Scores
    are of whole clips and have 95 % jackknife intervals; differences are paired over the recordings. Writes
    `comparison.json`.

    test: one data set, or several by the names that the results shall have. seeds: instead of the recipes'
    own. ensemble: models that can answer together become rows of their own too, with weights chosen on the
    validation clips that they have in common. ladder: steps at which the pictures get worse for those that
    look at them; `degradation.png` shows what comes of it (`degradation-2.png` for the second test set).
    Raises SeldkitError.
    """
    recipes = _with_seeds(recipes, seeds)
    if ensemble:
        require_some([recipe.model for recipe in recipes])
    if ladder and not any(seeing(recipe.model) for recipe in recipes):
        raise SeldkitError("to degrade pictures, expected a recipe that looks at them; these only hear")
    trained = [_trained(recipe, sources, output, machine) for recipe in recipes]
    folders = {test.name: test} if isinstance(test, Path) else test
    tests = [TestSet(name, folder, sources, trained) for name, folder in folders.items()]
    systems = [single(number, one, tests[0].clips(one)) for number, one in enumerate(trained)]
    if ensemble:
        systems += ensembles(systems, trained, sources)
    comparison = Comparison(systems, [_tested(one, systems, trained, sources, ladder) for one in tests])
    with replacing(output / FILE) as temporary:
        temporary.write_text(json.dumps(comparison.to_dict(), indent=1, allow_nan=False), encoding="utf-8")
    for number, one in enumerate(comparison.tests if ladder else ()):
        plot_degradation(comparison, one, output / (f"degradation-{number + 1}.png" if number else PICTURE))
    return comparison


def _with_seeds(recipes: Sequence[Recipe], seeds: Sequence[int]) -> list[Recipe]:
    """Each recipe with each seed."""
    found = []
    for recipe in recipes:
        for seed in seeds or (recipe.training.seed,):
            training = recipe.training.model_copy(update={"seed": seed})
            found.append(recipe.model_copy(update={"training": training}))
    return found


def _trained(recipe: Recipe, sources: PreparedSources, output: Path, machine: Machine) -> Trained:
    seed = recipe.training.seed
    swapping = sources.swapping(recipe.training.augmentation.swaps)
    folder = train(recipe, swapping, output / f"{recipe.name}-seed{seed}", machine)
    return Trained(recipe, seed, folder, SeldModel.load(folder))


def _tested(
    test: TestSet,
    systems: Sequence[System],
    trained: Sequence[Trained],
    sources: PreparedSources,
    ladder: Sequence[Degradation],
) -> TestResults:
    found = results(systems, trained, test)
    return TestResults(
        name=test.name,
        folder=test.folder,
        clips=test.clip_count,
        left_out=test.left_out,
        results=found,
        differences=differences(found, test.recordings),
        degraded=degraded_results(systems, trained, found, test, sources, ladder) if ladder else (),
    )
