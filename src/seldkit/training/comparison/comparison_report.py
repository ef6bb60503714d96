"""What a comparison came to, and how its file says it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seldkit.metrics import Difference
from seldkit.training.comparison.degradation_test import Degraded
from seldkit.training.comparison.seeds import Spread, spread
from seldkit.training.comparison.systems import System
from seldkit.training.comparison.test_results import Result


@dataclass(frozen=True, eq=False)
class TestResults:
    """Systems on one test set.

    clips: that were scored. left_out: clips that not all systems could be asked about. results: in the order
    of the systems. differences: from the first one, in the order of the others.
    """

    __test__ = False  # for pytest, which takes every class of such a name for its own

    name: str
    folder: Path
    clips: int
    left_out: int
    results: Sequence[Result]
    differences: Sequence[Mapping[str, Difference]]
    degraded: Sequence[Degraded] = ()


@dataclass(frozen=True, eq=False)
class Comparison:
    """Systems on the same clips, of one test set or several."""

    systems: Sequence[System]
    tests: Sequence[TestResults]

    def seeds(self) -> dict[str, list[int]]:
        """The numbers of the systems of each recipe that has several seeds."""
        names = dict.fromkeys(system.name for system in self.systems if system.weighting is None)
        numbers = {
            name: [
                number
                for number, system in enumerate(self.systems)
                if system.weighting is None and system.name == name
            ]
            for name in names
        }
        return {name: found for name, found in numbers.items() if len(found) > 1}

    def spread(self, test: TestResults, name: str) -> dict[str, dict[str, Spread]]:
        """Mean and deviation over a recipe's seeds, by reading and score."""
        found = [test.results[number] for number in self.seeds()[name]]
        return {
            "official": spread([one.official for one in found]),
            "strict": spread([one.strict for one in found]),
        }

    def to_dict(self) -> dict[str, Any]:
        """For JSON: `systems` and `differences_from_the_first` hold what the first test set gave, `tests`
        what each gave."""
        first = self.tests[0]
        return {
            "systems": [
                system.to_dict() | found.to_dict()
                for system, found in zip(self.systems, first.results, strict=True)
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
                {"name": system.name, "seed": system.seed, **found.to_dict()}
                for system, found in zip(self.systems, test.results, strict=True)
            ],
            "differences_from_the_first": _differences(test),
            "seeds": [self._seeds(test, name, numbers) for name, numbers in self.seeds().items()],
            "degraded": [one.to_dict() for one in test.degraded],
        }

    def _seeds(self, test: TestResults, name: str, numbers: Sequence[int]) -> dict[str, Any]:
        readings = {
            reading: {score: one.to_dict() for score, one in scores.items()}
            for reading, scores in self.spread(test, name).items()
        }
        return {"name": name, "seeds": [self.systems[number].seed for number in numbers], **readings}


def _differences(test: TestResults) -> list[dict[str, Any]]:
    return [{name: one.to_dict() for name, one in given.items()} for given in test.differences]
