"""Results of a comparison and their JSON file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seldkit.metrics import Difference, Scores
from seldkit.metrics.scores import nan_to_none
from seldkit.training.comparison.degradation_test import DegradedResult
from seldkit.training.comparison.systems import System
from seldkit.training.comparison.test_results import SystemResult


@dataclass(frozen=True)
class SeedStatistics:
    """Mean and deviation of a score over several seeds of a recipe.

    Attributes:
        mean: Mean; NaN if a seed has no value.
        deviation: Sample standard deviation (n - 1); NaN if a seed has no value.
    """

    mean: float
    deviation: float

    def to_dict(self) -> dict[str, Any]:
        """Converts the statistics for JSON.

        Returns:
            Values by name; NaN becomes None.
        """
        return nan_to_none(vars(self))


def seed_statistics(scores: Sequence[Scores]) -> dict[str, SeedStatistics]:
    """Computes mean and deviation of each overall score.

    Args:
        scores: Scores of two or more seeds.

    Returns:
        Statistics by name of the score.
    """
    return {
        name: SeedStatistics(float(np.mean(values)), float(np.std(values, ddof=1)))
        for name in scores[0].overall
        for values in [[one.overall[name] for one in scores]]
    }


@dataclass(frozen=True, eq=False)
class TestResults:
    """Results of all systems on one test set.

    Attributes:
        name: Name of the test set.
        folder: Folder of the dataset.
        clips: Number of scored clips.
        left_out: Number of clips that were skipped, because at least one system cannot process them.
        results: Result of each system.
        differences: Differences of each system but the first from the first, by score.
        degraded: Results with degraded video frames.
    """

    __test__ = False  # pytest would collect a class with this name

    name: str
    folder: Path
    clips: int
    left_out: int
    results: Sequence[SystemResult]
    differences: Sequence[Mapping[str, Difference]]
    degraded: Sequence[DegradedResult] = ()


@dataclass(frozen=True, eq=False)
class Comparison:
    """Systems and their results on one or more test sets.

    Attributes:
        systems: Trained models and ensembles.
        tests: Results by test set.
    """

    systems: Sequence[System]
    tests: Sequence[TestResults]

    def seeds(self) -> dict[str, list[int]]:
        """Finds the recipes that were trained with several seeds.

        Returns:
            Indices of the systems by name of the recipe.
        """
        indices: dict[str, list[int]] = {}
        for index, system in enumerate(self.systems):
            if system.weighting is None:
                indices.setdefault(system.name, []).append(index)
        return {name: of_recipe for name, of_recipe in indices.items() if len(of_recipe) > 1}

    def statistics(self, test: TestResults, name: str) -> dict[str, dict[str, SeedStatistics]]:
        """Computes mean and deviation over the seeds of a recipe.

        Args:
            test: Results on a test set.
            name: Name of a recipe with several seeds.

        Returns:
            Statistics by reading and score.
        """
        results = [test.results[index] for index in self.seeds()[name]]
        return {
            "official": seed_statistics([result.official for result in results]),
            "strict": seed_statistics([result.strict for result in results]),
        }

    def to_dict(self) -> dict[str, Any]:
        """Converts the comparison for JSON.

        Returns:
            `systems` and `differences_from_the_first` of the first test set, and `tests` with all test sets.
        """
        first = self.tests[0]
        return {
            "systems": [
                system.to_dict() | result.to_dict()
                for system, result in zip(self.systems, first.results, strict=True)
            ],
            "differences_from_the_first": _differences(first),
            "tests": [self._test(test) for test in self.tests],
        }

    def _test(self, test: TestResults) -> dict[str, Any]:
        return {
            "name": test.name,
            "folder": str(test.folder),
            "clips": test.clips,
            "clips_left_out": test.left_out,
            "systems": [
                {"name": system.name, "seed": system.seed, **result.to_dict()}
                for system, result in zip(self.systems, test.results, strict=True)
            ],
            "differences_from_the_first": _differences(test),
            "seeds": [self._seeds(test, name, indices) for name, indices in self.seeds().items()],
            "degraded": [result.to_dict() for result in test.degraded],
        }

    def _seeds(self, test: TestResults, name: str, indices: Sequence[int]) -> dict[str, Any]:
        readings = {
            reading: {score: one.to_dict() for score, one in scores.items()}
            for reading, scores in self.statistics(test, name).items()
        }
        return {"name": name, "seeds": [self.systems[index].seed for index in indices], **readings}


def _differences(test: TestResults) -> list[dict[str, Any]]:
    return [{name: one.to_dict() for name, one in by_score.items()} for by_score in test.differences]
