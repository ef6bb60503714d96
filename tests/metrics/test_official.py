"""The official readings equal the output of the challenges' evaluators."""

import json
import math
from pathlib import Path

import pytest

from paths import vector
from seldkit.metrics import evaluate_folders

UNITS = {"distance_error_cm": ("distance_error", 100.0), "distance_error_m": ("distance_error", 1.0)}
CASES = [("dcase2023", "macro"), ("dcase2023", "micro"), ("dcase2024", "macro"), ("dcase2024", "micro")]
CASES += [("dcase2025", name) for name in ("macro", "macro_onscreen", "micro", "micro_onscreen")]


def folder(protocol: str, name: str) -> Path:
    return vector(f"{protocol}/expected_scores.json").parent / name


@pytest.mark.parametrize(("protocol", "case"), CASES)
def test_the_official_reading_equals_the_evaluator(protocol: str, case: str) -> None:
    expected = json.loads(vector(f"{protocol}/expected_scores.json").read_text())[case]
    result = evaluate_folders(
        folder(protocol, "reference"),
        folder(protocol, "predictions"),
        protocol,
        average="macro" if case.startswith("macro") else "micro",
        require_onscreen="onscreen" in case,
    ).official
    for name, value in expected.items():
        if name != "classwise":
            key, scale = UNITS.get(name, (name, 1.0))
            assert math.isclose(result[key] * scale, value, rel_tol=1e-12), name
    rows = expected.get("classwise") or []
    for row, (name, values) in zip(rows, result.classwise.items(), strict=False):
        scale = 100.0 if name == "distance_error" else 1.0
        assert [value * scale for value in values] == pytest.approx(row, rel=1e-12), name


@pytest.mark.parametrize("protocol", ["dcase2023", "dcase2024", "dcase2025"])
def test_scores_have_the_names_of_the_evaluator(protocol: str) -> None:
    expected = json.loads(vector(f"{protocol}/expected_scores.json").read_text())["macro"]
    result = evaluate_folders(folder(protocol, "reference"), folder(protocol, "predictions"), protocol)
    names = {UNITS.get(name, (name, 1.0))[0] for name in expected} - {"classwise"}
    assert set(result.official.overall) == set(result.strict.overall) == names
    assert set(result.official.classwise) == names
    assert {len(row) for row in result.official.classwise.values()} == {13}
