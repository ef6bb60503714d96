"""Training scenes and optimizers of each round: clips.py, train.py and recipe.yaml."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml

from seldkit.models import ModelConfig, SeldModel

Recipe = Callable[[str], ModuleType]


def render_audio(material: Any, split: str, config: Any, streams: Any, number: int) -> dict[str, Any]:
    return {"features": np.full(3, number), "targets": np.full(2, -number)}


def render_images(
    material: Any, split: str, varied: int, name: str, settings: Any, number: int
) -> dict[str, Any]:
    return {name: np.full(4, 10 * number)}


def test_a_round_renders_only_its_own_scenes(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips = recipe("clips")
    monkeypatch.setattr(clips, "_sound", render_audio)
    monkeypatch.setattr(clips, "_pictures", render_images)
    monkeypatch.setattr(clips, "SHARD", 2)
    config = SimpleNamespace(embeddings={"pictures": SimpleNamespace(modality="video")})
    prepared = clips.prepare(tmp_path, None, "train", 3, config, first=22_000)
    assert prepared.features[:, 0].tolist() == [22_000, 22_001, 22_002]
    assert prepared.targets[:, 0].tolist() == [-22_000, -22_001, -22_002]
    assert prepared.streams["pictures"][:, 0].tolist() == [220_000, 220_010, 220_020]
    rendered = sorted(path.name for path in tmp_path.iterdir())
    assert rendered == [
        f"train-{kind}-{number}.npz" for kind in ("pictures-varied", "sound") for number in (11_000, 11_001)
    ]


def test_the_fraction_of_scenes_with_a_measured_head(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips = recipe("clips")
    (tmp_path / "one.sofa").touch()
    monkeypatch.setattr(clips, "MeasuredRoom", SimpleNamespace(from_file=str))
    monkeypatch.setattr(clips, "draw_plan", lambda seed, library, seconds, receiver, room: (receiver, room))

    def share(split: str, first: int) -> float:
        plans = [clips.plan_of(split, first + number, None, tmp_path) for number in range(1000)]
        assert {receiver for receiver, room in plans if room} <= {"head"}
        return float(np.mean([room is not None for _, room in plans]))

    assert share("train", 0) == share("validation", 22_000) == 0.0
    assert share("train", clips.HEADS_FROM) == pytest.approx(clips.HEADS, abs=0.05)
    assert share("train", clips.MIXED_FROM) == pytest.approx(clips.MIXED_HEADS, abs=0.05)


@pytest.mark.parametrize("name", ["recipe", "baseline"])
def test_every_round_has_valid_settings(recipe: Recipe, name: str) -> None:
    train, clips = recipe("train"), recipe("clips")
    settings = yaml.safe_load((train.HERE / f"{name}.yaml").read_text())
    rounds = [train.Schedule(**settings["training"] | one) for one in ({}, *settings["again"])]
    assert len({one.seed for one in rounds}) == len(rounds)
    for one in rounds:
        assert one.first % clips.SHARD == 0
        assert one.clips >= one.batch


def test_muon_trains_the_matrices_except_those_of_output_layers(recipe: Recipe) -> None:
    train = recipe("train")
    settings = yaml.safe_load((train.HERE / "recipe.yaml").read_text())
    model = SeldModel(ModelConfig.parse(settings["model"], "recipe.yaml"))
    names = {id(weights): name for name, weights in model.named_parameters()}
    for layer in train.OUTPUT_LAYERS:
        assert any(layer in name for name in names.values()), layer
    schedule = train.Schedule(**settings["training"] | settings["again"][-1])
    adamw, muon = train.optimizers_of(model, schedule)
    trained = [names[id(weights)] for weights in muon.param_groups[0]["params"]]
    assert len(trained) > 10
    assert not [name for name in trained if any(layer in name for layer in train.OUTPUT_LAYERS)]
    assert len(trained) + len(adamw.param_groups[0]["params"]) == len(names)
