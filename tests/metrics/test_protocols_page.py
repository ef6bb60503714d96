"""The numbers in docs/protocols.md."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from metrics.clips import clip
from seldkit.annotations import Annotations
from seldkit.metrics import evaluate

PAGE = Path(__file__).parents[2] / "docs" / "protocols.md"
BELL = 11


def bell(start: int, stop: int, distance: float = 1.5) -> Annotations:
    return clip(*[(frame, BELL, 30, distance, 1) for frame in range(start, stop)])


def unknown() -> Annotations:
    known, more = bell(0, 10), clip(*[(frame, 12, -30, 1.5, 1) for frame in range(10)])
    both = Annotations.concatenate([(0, known), (0, more)], 50)
    return replace(both, class_id=np.repeat([BELL, 13], 10), classes=(*both.classes, "class 13"))


def crowd() -> Annotations:
    return clip(*[(frame, BELL, 7 * place, 1.5, 1) for frame in range(3) for place in range(12)])


def three_classes() -> Annotations:
    return clip(*[(frame, class_id, 0, 1.5, 0) for frame in range(10) for class_id in (0, 1, BELL)])


Clips = Sequence[Annotations] | dict[str, Annotations]
CASES: dict[str, tuple[Clips, Clips, str]] = {
    "last frame": ([bell(0, 10)], [bell(0, 9)], "micro"),
    "tail": ([bell(0, 10)], [bell(0, 50)], "micro"),
    "empty clip": ([bell(0, 10), clip()], [bell(0, 10), bell(0, 50)], "micro"),
    "missing file": ({"a": bell(0, 10), "b": bell(0, 10)}, {"a": bell(0, 10)}, "micro"),
    "unknown class": ([bell(0, 10)], [unknown()], "micro"),
    "absent classes": ([three_classes()], [three_classes()], "macro"),
    "crowd": ([crowd()], [crowd()], "micro"),
    "zero distance": ([bell(0, 10)], [bell(0, 10, distance=0)], "micro"),
}


def table() -> dict[str, tuple[str, str]]:
    rows = re.findall(
        r"^\| ([a-z ]+) \| .* \| (\d\.\d{3}) \| (\d\.\d{3}) \|$", PAGE.read_text(), re.MULTILINE
    )
    return {name: (official, strict) for name, official, strict in rows}


def test_every_case_of_the_page_is_computed() -> None:
    assert set(table()) == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_case_has_the_numbers_of_the_page(name: str) -> None:
    references, predictions, average = CASES[name]
    scores = [
        evaluate(references, predictions, "dcase2025", reading, average)["f_score"]
        for reading in ("official", "strict")
    ]
    assert tuple(f"{score:.3f}" for score in scores) == table()[name]


def test_a_distance_of_zero_has_a_relative_error_of_one() -> None:
    references, predictions, _ = CASES["zero distance"]
    assert evaluate(references, predictions, reading="strict")["relative_distance_error"] == pytest.approx(1)


def test_the_pairing_of_equal_costs() -> None:
    references = [clip((0, BELL, 0, 1, 1), (0, BELL, 10, 1, 1))]
    predictions = [clip((0, BELL, 20, 1, 1), (0, BELL, 30, 1, 1))]
    assert evaluate(references, predictions, reading="strict", average="micro")["f_score"] == 1


def test_equal_directions_in_2024() -> None:
    same = [bell(0, 10)]
    assert evaluate(same, same, "dcase2024", "official")["doa_error"] == pytest.approx(0.0008, abs=5e-5)
    assert evaluate(same, same, "dcase2024", "strict")["doa_error"] == pytest.approx(0, abs=1e-9)


def test_example_of_a_late_bell_in_2023() -> None:
    struck = [10 * second + 3 for second in range(10)]
    reference, prediction = (
        [clip(*[(frame, BELL, 30, 1, 1) for frame in [*struck[:9], last]])]
        for last in (struck[9], struck[9] + 5)
    )
    scores = [
        evaluate(reference, prediction, "dcase2023", reading, "micro")["f_score"]
        for reading in ("official", "strict")
    ]
    stated = re.search(r"Official F is (\S+) and strict F is (\d\.\d+)", " ".join(PAGE.read_text().split()))
    assert stated is not None
    assert stated.groups() == tuple(f"{score:.3f}" for score in scores)
