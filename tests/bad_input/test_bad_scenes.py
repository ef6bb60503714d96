"""Invalid scene descriptions are reported in one line that names the file and the key of the file."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from seldkit.errors import SeldkitError
from seldkit.geometry import Camera
from seldkit.synthesis.dataset_writer import SynthesisSettings, render_description, synthesize
from seldkit.synthesis.rooms import CameraSpace, Room
from seldkit.synthesis.scene_description import SceneDescription, read_description, write_description
from seldkit.synthesis.scene_images import BillboardPlan, ImagePlan
from seldkit.synthesis.scene_plan import EventPlan, ScenePlan
from seldkit.synthesis.sound_variation import SoundVariation

POINT = (1.0, 1.0, 1.0)
VARIATION = SoundVariation(speed=1.0, equaliser=(0.0,) * 6, low_pass=0.0, high_pass=0.0)
ROOM = Room(size=(6.0, 5.0, 3.0), rt60=0.3, receiver=(2.0, 2.0, 1.5), heading=0.0, seed=1)
EVENT = EventPlan("bell", 9, (0.0, 1.0), (0.0,), VARIATION, 0.5, -3.0, (POINT,), 7)
PLAN = ScenePlan(2.0, ROOM, "coincident", (EVENT,), (), "white", -50.0, 0.0, 3)
BILLBOARD = BillboardPlan("bell", 0.5, (0.5, 0.5), (POINT,), 0.5, 1.5, False, 1.0, 0)
SPACE = CameraSpace(size=(6.0, 5.0, 3.0), camera=(2.0, 2.0, 1.5), heading=0.0)
SCENE = SceneDescription(PLAN, ImagePlan(2.0, "office", 0.0, SPACE, (BILLBOARD,)), seed=5)

Content = dict[str, Any]
Change = Callable[[Content], object]


def plan(**values: object) -> Change:
    return lambda scene: scene["plan"].update(values)


def room(**values: object) -> Change:
    return lambda scene: scene["plan"]["room"].update(values)


def event(**values: object) -> Change:
    return lambda scene: scene["plan"]["events"][0].update(values)


def board(**values: object) -> Change:
    return lambda scene: scene["pictures"]["boards"][0].update(values)


def space(**values: object) -> Change:
    return lambda scene: scene["pictures"]["space"].update(values)


RANGES: list[tuple[Change, str]] = [
    (lambda scene: scene.update(seed=-1), "seed: expected greater than or equal to 0, got -1"),
    (lambda scene: scene.update(size=[640, 0]), "size.1: expected greater than or equal to 2, got 0"),
    (lambda scene: scene.update(rate=0.0), "rate: expected greater than or equal to 0.1, got 0.0"),
    (lambda scene: scene.update(rate=float("nan")), "rate: expected less than or equal to 1000, got nan"),
    (plan(seconds=1e9), "plan.seconds: expected less than or equal to 3600, got 1000000000.0"),
    (plan(gain_db=1e300), "plan.gain_db: expected less than or equal to 100, got 1e+300"),
    (
        plan(ambience="rain"),
        "plan.ambience: unknown kind 'rain'; did you mean 'traffic'?",
    ),
    (room(size=[6.0, 5.0, -3.0]), "plan.room.size.2: expected greater than or equal to 0.1, got -3.0"),
    (room(rt60=1e6), "plan.room.rt60: expected less than or equal to 30, got 1000000.0"),
    (room(receiver=[9.0, 2.0, 1.0]), "plan.room.receiver: expected a position in the room, got one outside"),
    (
        event(repeats=[]),
        "plan.events.0.repeats: Tuple should have at least 1 item after validation, not 0, got []",
    ),
    (event(repeats=[1.0, 0.0]), "plan.events.0.repeats: expected times in ascending order, got others"),
    (event(piece=[0.0, 0.0]), "plan.events.0.piece.1: expected greater than or equal to 0.001, got 0.0"),
    (event(path=[[1.0, 1.0, 9.0]]), "plan.events.0.path: expected positions in the room, got one outside"),
    (event(sound=""), "plan.events.0: expected a sound and a class number from 0, got none"),
    (event(class_id=-1), "plan.events.0: expected a sound and a class number from 0, got none"),
    (event(class_id=1000), "plan.events.0.class_id: expected less than or equal to 999, got 1000"),
    (
        space(camera=[9.0, 2.0, 1.0]),
        "pictures.space.camera: expected a position in the room, got one outside",
    ),
    (board(source=1), "pictures.boards.0.source: expected -1 or an index below 1, got 1"),
    (board(height=0.0), "pictures.boards.0.height: expected greater than 0, got 0.0"),
    (board(anchor=[0.5, 2.0]), "pictures.boards.0.anchor.1: expected less than or equal to 1, got 2.0"),
]

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
    *((f"range{number}", *row) for number, row in enumerate(RANGES)),
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


def test_a_class_number_beyond_the_vocabulary_is_reported(path: Path, tmp_path: Path) -> None:
    content = json.loads(path.read_text())
    content["plan"]["events"][0].update(sound="bell/procedural-5.0", class_id=13)
    path.write_text(json.dumps(content))
    with pytest.raises(
        SeldkitError, match=r"plan.events.0.class_id: expected a class number below 13, got 13"
    ):
        render_description(path, SynthesisSettings(), tmp_path / "out")


def test_random_changes_are_rendered_or_reported(path: Path, tmp_path: Path) -> None:
    settings = SynthesisSettings(seconds=0.5, camera=Camera(64, 36), rate=4.0)
    synthesize(settings, tmp_path / "set", 1)
    (original,) = (tmp_path / "set" / "scenes").iterdir()
    random = Random(16)
    values = [
        None,
        0,
        -1,
        1e9,
        -1e308,
        float("nan"),
        float("inf"),
        "x",
        "",
        [],
        {},
        True,
        2**70,
        0.5,
        [1, 2, 3],
    ]
    for _ in range(300):
        content = json.loads(original.read_text())
        place: Any = content
        while True:
            key = random.choice(list(place) if isinstance(place, dict) else range(len(place)))
            if not isinstance(place[key], (dict, list)) or not place[key] or random.random() < 0.1:
                break
            place = place[key]
        place[key] = random.choice(values)
        path.write_text(json.dumps(content))
        with contextlib.suppress(SeldkitError):
            render_description(path, settings, tmp_path / "again")
