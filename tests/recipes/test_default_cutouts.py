"""Further cut-outs and the scenes that show them: recipes/default/cutouts.py and clips.py."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from seldkit.classes import STARSS23
from seldkit.synthesis.scene_images.image_library import DRAWN, FOLDERS

Recipe = Callable[[str], ModuleType]
ICONS = {
    "icons": {
        "bellhop-bell": {"body": "<path/>", "width": 20},
        "bell": {"body": "<circle/>"},
        "bell-pepper": {"body": "<rect/>"},
        "woman-cook": {"body": "<g/>"},
    },
    "aliases": {"doorbell": {"parent": "bell"}, "upside-down-bell": {"parent": "bell", "rotate": 2}},
    "height": 32,
    "width": 32,
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "icons.json").write_text(json.dumps(ICONS))
    return tmp_path


def test_emoji_are_found_by_name_and_each_is_drawn_once(recipe: Recipe, package: Path) -> None:
    wanted = {"bell": ["bell", "doorbell", "bellhop*", "upside-down-bell"], "female_speech": ["womancook"]}
    found = list(recipe("cutouts").emoji(package, wanted))
    assert [(folder, name) for folder, name, _ in found] == [
        ("bell", "bell"),
        ("bell", "bellhop-bell"),
        ("female_speech", "woman-cook"),
    ]
    drawings = {name: drawing for _, name, drawing in found}
    assert 'viewBox="0 0 32 32"' in drawings["bell"]
    assert 'viewBox="0 0 20 32"' in drawings["bellhop-bell"]


def test_a_folder_gets_files_from_all_of_a_package(recipe: Recipe, tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"bell_{number:03}.png").touch()
    (tmp_path / "door_1.png").touch()
    cutouts = recipe("cutouts")
    found = list(
        cutouts.clips(tmp_path, {"bell": ["bell_*", "*_000.png"], "door": ["door_*"], "knock": ["fist"]})
    )
    bells = [path.stem for folder, path in found if folder == "bell"]
    assert len(bells) <= cutouts.MOST
    assert (bells[0], bells[-1] > "bell_090") == ("bell_000", True)
    assert found[-1] == ("door", tmp_path / "door_1.png")


def test_every_folder_of_the_list_is_a_libraries_and_words_are_written_out(recipe: Recipe) -> None:
    wanted = recipe("cutouts").listed()
    for kind in wanted.values():
        assert set(kind) <= set(FOLDERS)
        assert not [name for names in kind.values() for name in names if "{" in name]
    assert {"woman", "woman-dark-skin-tone", "woman-cook"} <= set(wanted["emoji"]["female_speech"])


def test_varied_scenes_are_the_first_and_the_last_of_training(recipe: Recipe) -> None:
    clips = recipe("clips")
    varied = [number for number in (0, 99, 100, 17_999, 18_000) if clips.is_varied("train", number, 100)]
    assert varied == [0, 99, 18_000]
    assert not clips.is_varied("validation", 0, 100)


def test_each_kind_of_scene_takes_its_pictures_from_where_it_says(recipe: Recipe, tmp_path: Path) -> None:
    for folder in ("bell", "panoramas"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "one.png").touch()
    clips = recipe("clips")
    material = clips.Material(tmp_path, tmp_path, tmp_path, tmp_path, tmp_path)
    kinds = ("drawn", "indoors", "panoramas")
    drawn, indoors, before = (material.image_library("train", kind) for kind in kinds)
    rng = np.random.default_rng(1)
    assert drawn.draw("bell", rng).startswith(DRAWN)
    assert indoors.draw("bell", rng) == before.draw("bell", rng) == "bell/one.png"
    assert indoors.draw_background(rng).startswith(DRAWN)
    assert before.draw_background(rng) == "panoramas/one.png"
    seeds = [int(drawn.draw("door", rng).rpartition(":")[2]) for _ in range(9)]
    assert {seed % 2 for seed in seeds} == {0}  # training's drawings


def test_further_sounds_come_in_two_goes(recipe: Recipe) -> None:
    rows = recipe("more").listed()
    clips = recipe("clips")
    assert {int(row["from"]) for row in rows} == {clips.MORE_FROM, clips.ALL_FROM}
    assert len({row["file"] for row in rows}) == len(rows)
    assert {row["file"].split("/")[0].replace("_", " ") for row in rows} <= set(STARSS23)
