"""Which scenes the rounds of training learn from: recipes/default's clips.py, train.py and recipe.yaml."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml

Recipe = Callable[[str], ModuleType]


def heard(material: Any, split: str, config: Any, streams: Any, number: int) -> dict[str, Any]:
    return {"features": np.full(3, number), "targets": np.full(2, -number)}


def seen(material: Any, split: str, varied: int, name: str, settings: Any, number: int) -> dict[str, Any]:
    return {name: np.full(4, 10 * number)}


def test_a_round_renders_its_own_scenes_alone(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips = recipe("clips")
    monkeypatch.setattr(clips, "_sound", heard)
    monkeypatch.setattr(clips, "_pictures", seen)
    monkeypatch.setattr(clips, "SHARD", 2)
    config = SimpleNamespace(embeddings={"pictures": SimpleNamespace(source="video")})
    found = clips.prepare(tmp_path, None, "train", 3, config, first=22_000)
    assert found.features[:, 0].tolist() == [22_000, 22_001, 22_002]
    assert found.targets[:, 0].tolist() == [-22_000, -22_001, -22_002]
    assert found.streams["pictures"][:, 0].tolist() == [220_000, 220_010, 220_020]
    rendered = sorted(path.name for path in tmp_path.iterdir())
    assert rendered == [
        f"train-{kind}-{number}.npz" for kind in ("pictures-varied", "sound") for number in (11_000, 11_001)
    ]


def test_how_many_scenes_a_measured_head_hears(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips = recipe("clips")
    (tmp_path / "one.sofa").touch()
    monkeypatch.setattr(clips, "MeasuredRoom", SimpleNamespace(of=str))
    monkeypatch.setattr(clips, "draw_plan", lambda seed, library, seconds, receiver, room: (receiver, room))

    def share(split: str, first: int) -> float:
        plans = [clips.plan_of(split, first + number, None, tmp_path) for number in range(1000)]
        assert {receiver for receiver, room in plans if room} <= {"head"}
        return float(np.mean([room is not None for _, room in plans]))

    assert share("train", 0) == share("validation", 22_000) == 0.0
    assert share("train", clips.HEADS_FROM) == pytest.approx(clips.HEADS, abs=0.05)
    assert share("train", clips.MIXED_FROM) == pytest.approx(clips.MIXED_HEADS, abs=0.05)


@pytest.mark.parametrize("name", ["recipe", "baseline"])
def test_every_round_can_be_begun(recipe: Recipe, name: str) -> None:
    train, clips = recipe("train"), recipe("clips")
    said = yaml.safe_load((train.HERE / f"{name}.yaml").read_text())
    rounds = [train.Schedule(**said["training"] | one) for one in ({}, *said["again"])]
    assert len({one.seed for one in rounds}) == len(rounds)
    for one in rounds:
        assert one.first % clips.SHARD == 0
        assert one.clips >= one.batch
