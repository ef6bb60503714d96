"""`seldkit compare`, as a user runs it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from cli.commands import Command, Result
from cli.test_train import CLASS_NAMES, dataset, recipe  # noqa: F401  (fixtures)
from datasets.making import stereo_set
from embeddings.encoders import save_resnet
from seldkit.classes import STARSS23
from training.clips import tiny_recipe

QUICK = ("--device", "cpu", "--set", "training.stages.0.epochs=1")


def compared(command: Command, output: Path, *arguments: object) -> tuple[Result, dict[str, Any]]:
    result = command("compare", *arguments, "--output", output, *QUICK)
    assert (result.status, "Traceback" in result.err) == (0, False), result.err
    return result, json.loads((output / "comparison.json").read_text())


def test_recipes_are_compared_on_the_test_folds(
    command: Command,
    recipe: Path,  # noqa: F811
    dataset: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    arguments = (recipe, "--seed", 1, "--seed", 2, "--data", dataset, "--set", CLASS_NAMES, "--ensemble")
    tests = ("--test", dataset, "--test", f"again={dataset}")
    result, content = compared(command, tmp_path / "runs", *arguments, *tests)
    first, second, joint = content["systems"]
    assert first["parameters"] == second["parameters"] > 1000
    assert joint["parameters"] in (first["parameters"], 2 * first["parameters"])
    assert first["macs"] > first["parameters"]
    assert first["strict"]["clips"] == 4
    assert 0 < content["differences_from_the_first"][0]["f_score"]["p_value"] <= 1
    assert joint["seed"] is joint["model"] is None
    assert sum(member["weight"] for member in joint["members"]) == pytest.approx(1.0)
    assert joint["validation"]["clips"] == 2  # one recording of the eight training clips
    assert [one["name"] for one in content["tests"]] == ["dcase", "again"]
    for test in content["tests"]:
        assert [one["strict"] for one in test["systems"]] == [one["strict"] for one in content["systems"]]
        assert [level["frames"] for level in test["systems"][0]["by_overlap"]] == [40]
        (seeds,) = test["seeds"]
        values = [one["strict"]["f_score"] for one in (first, second)]
        assert seeds["seeds"] == [1, 2]
        assert seeds["strict"]["f_score"]["mean"] == pytest.approx(np.mean(values))
        assert seeds["strict"]["f_score"]["deviation"] == pytest.approx(np.std(values, ddof=1))
    assert "deviation" in result.out
    assert "again" in result.out
    assert "weights chosen on" in result.out


@pytest.fixture
def audiovisual_recipe(tmp_path: Path) -> Path:
    """A recipe with a visual stream."""
    values = yaml.safe_load(tiny_recipe().yaml())
    weights = str(save_resnet(tmp_path / "resnet"))
    values["model"] |= {
        "name": "audiovisual",
        "classes": list(STARSS23),
        "streams": {"map": {"embedding": "resnet50-map", "model": weights, "rate": 2.0}},
        "fusion": {"name": "transformer-decoder"},
    }
    path = tmp_path / "audiovisual.yaml"
    path.write_text(yaml.safe_dump(values))
    return path


def test_video_frames_are_degraded_step_by_step(
    command: Command, audiovisual_recipe: Path, tmp_path: Path
) -> None:
    root = stereo_set(tmp_path / "set", 9, video=True)
    arguments = (audiovisual_recipe, "--data", root, "--test", root, "--degrade")
    result, content = compared(command, tmp_path / "runs", *arguments)
    (test,) = content["tests"]
    steps = [(one["kind"], one["strength"]) for one in test["degraded"]]
    assert len(steps) == len(set(steps)) == 10
    assert {kind for kind, _ in steps} == {"blur", "darkness", "occlusion", "none"}
    assert [one["stand_in"] for one in test["degraded"]] == [None] * 9 + ["black frames"]
    for one in test["degraded"]:
        change = one["strict"]["f_score"] - content["systems"][0]["strict"]["f_score"]
        assert one["changes"]["f_score"]["value"] == pytest.approx(change)
        assert one["system"] == 0
    assert "black" in result.out
    assert (tmp_path / "runs" / "degradation.png").stat().st_size > 10_000
    stores = list((tmp_path / "runs" / "store" / "set").glob("*/index.json"))
    assert len(stores) == 11  # the original video, and one per degradation
    _, again = compared(command, tmp_path / "runs", *arguments)
    assert again["tests"][0]["degraded"] == test["degraded"]


def test_invalid_options_are_reported_in_one_line(
    command: Command,
    recipe: Path,  # noqa: F811
    dataset: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    given = ("compare", recipe, "--data", dataset, "--set", CLASS_NAMES, "--output", tmp_path / "runs")
    cases: dict[str, tuple[object, ...]] = {
        "a second test set named 'dcase'": ("--test", dataset, "--test", dataset),
        "there is only one": ("--test", dataset, "--ensemble"),
        "expected a recipe with visual streams": ("--test", dataset, "--degrade"),
    }
    for words, options in cases.items():
        result = command(*given, *options)
        assert result.status == 1
        assert words in result.err
        assert len(result.err.strip().splitlines()) == 1
    assert not (tmp_path / "runs").exists()
