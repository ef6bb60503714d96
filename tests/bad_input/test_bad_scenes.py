"""Invalid scene descriptions are reported in one line that names the file and the key of the file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seldkit.errors import SeldkitError
from seldkit.synthesis.rooms import CameraSpace, Room
from seldkit.synthesis.scene_description import SceneDescription, read_description, write_description
from seldkit.synthesis.scene_images import BillboardPlan, ImagePlan
from seldkit.synthesis.scene_plan import EventPlan, ScenePlan
from seldkit.synthesis.sound_variation import SoundVariation

POINT = (1.0, 1.0, 1.0)
VARIATION = SoundVariation(speed=1.0, equaliser=(0.0, 0.0), low_pass=0.0, high_pass=0.0)
ROOM = Room(size=(6.0, 5.0, 3.0), rt60=0.3, receiver=(2.0, 2.0, 1.5), heading=0.0, seed=1)
EVENT = EventPlan("bell", 9, (0.0, 1.0), (0.0,), VARIATION, 0.5, -3.0, (POINT,), 7)
PLAN = ScenePlan(2.0, ROOM, "coincident", (EVENT,), (), "white", -50.0, 0.0, 3)
BILLBOARD = BillboardPlan("bell", 0.5, (0.5, 0.5), (POINT,), 0.5, 1.5, False, 1.0, 0)
SPACE = CameraSpace(size=(6.0, 5.0, 3.0), camera=(2.0, 2.0, 1.5), heading=0.0)
SCENE = SceneDescription(PLAN, ImagePlan(2.0, "office", 0.0, SPACE, (BILLBOARD,)), seed=5)

Content = dict[str, Any]
Change = Callable[[Content], object]

BAD_SCENES: list[tuple[str, Change, str]] = [
    ("seed_missing", lambda scene: scene.pop("seed"), "seed: this key is missing"),
    ("size_missing", lambda scene: scene.pop("size"), "size: this key is missing"),
    ("rate_missing", lambda scene: scene.pop("rate"), "rate: this key is missing"),
    ("plan_missing", lambda scene: scene.pop("plan"), "plan: this key is missing"),
    ("split_misspelt", lambda scene: scene.update(spilt="test"), "spilt: unknown key; did you mean 'split'?"),
    ("size_text", lambda scene: scene.update(size="640x360"), "size: expected a valid array, got 640x360"),
    ("rate_text", lambda scene: scene.update(rate="30"), "rate: expected a valid number, got 30"),
    (
        "excerpt",
        lambda scene: scene["plan"]["events"][0].pop("piece"),
        "plan.events.0.piece: this key is missing",
    ),
    (
        "variation",
        lambda scene: scene["plan"]["events"][0]["colour"].update(speed=None),
        "plan.events.0.colour.speed: expected a valid number, got None",
    ),
    (
        "image_name",
        lambda scene: scene["pictures"]["boards"][0].update(picture=3),
        "pictures.boards.0.picture: expected a valid string, got 3",
    ),
    (
        "room",
        lambda scene: scene["plan"]["room"].update(rt60="long"),
        "plan.room.rt60: expected a valid number, got long",
    ),
    (
        "receiver",
        lambda scene: scene["plan"].update(receiver="coincidence"),
        "plan.receiver: unknown receiver 'coincidence'; did you mean 'coincident'?",
    ),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "scene.json"
    write_description(SCENE, path)
    return path


@pytest.mark.parametrize(
    ("change", "message"), [row[1:] for row in BAD_SCENES], ids=[row[0] for row in BAD_SCENES]
)
def test_an_invalid_key_is_reported_with_its_name_in_the_file(
    path: Path, change: Change, message: str
) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(SeldkitError) as error:
        read_description(path)
    assert str(error.value) == f"{path}: {message}"


def test_images_and_split_are_optional(path: Path) -> None:
    assert read_description(path) == SCENE
    content = json.loads(path.read_text())
    del content["pictures"], content["split"]
    path.write_text(json.dumps(content))
    scene = read_description(path)
    assert (scene.images, scene.split) == (None, None)
