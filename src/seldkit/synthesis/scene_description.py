"""Scene descriptions as JSON: everything that is needed to render a scene again."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import JsonValue, TypeAdapter, ValidationError

from seldkit.errors import SeldkitError
from seldkit.files import read_regular_file, replacing
from seldkit.registry import UnknownNameError, nearest
from seldkit.settings import error_messages
from seldkit.synthesis.ambience import AMBIENCE_KINDS
from seldkit.synthesis.receivers import RECEIVERS
from seldkit.synthesis.rooms import Room
from seldkit.synthesis.scene_images import ImagePlan
from seldkit.synthesis.scene_plan import AnyRoom, EventPlan, ScenePlan
from seldkit.synthesis.value_ranges import Pixels, Point, Rate, RoomSize, Seed

MAX_FILE_BYTES: Final = 64 * 1024 * 1024
"""Size in bytes of the largest scene description that is read."""
JsonObject = dict[str, JsonValue]
Split = Literal["train", "test"]
"""Side of a dataset's split."""
FORMAT_VERSION: Final = 1
"""Version of the file format."""
FILE_KEYS: Final = {
    "excerpt": "piece",
    "variation": "colour",
    "images": "pictures",
    "billboards": "boards",
    "image": "picture",
}
"""Keys of the file by attribute, where they differ."""
OPTIONAL_KEYS: Final = frozenset({"pictures", "split"})
"""Keys that a file may omit: a scene without images, and sounds of all splits."""
_ATTRIBUTES: Final = {key: attribute for attribute, key in FILE_KEYS.items()}
_LOCATIONS: Final = {**FILE_KEYS, "Room": "", "MeasuredRoom": ""}
"""Keys of the file by the parts of pydantic's locations, which contain the class names of unions."""


@dataclass(frozen=True)
class SceneDescription:
    """A scene with its images.

    The attribute `source` of a billboard is the index of the event that it shows. An event without a
    billboard is not visible from any direction.

    Attributes:
        plan: The sound events.
        images: What the images show, None for a scene without images.
        seed: Random seed of procedural sounds.
        size: Width and height of the images in pixels.
        rate: Video frames per second.
        split: Side from which sounds and images were drawn, None for all.
    """

    plan: ScenePlan
    images: ImagePlan | None = None
    seed: Seed = 0
    size: tuple[Pixels, Pixels] = (640, 360)
    rate: Rate = 30.0
    split: Split | None = None


_DESCRIPTION: Final = TypeAdapter(SceneDescription)


def write_description(description: SceneDescription, path: Path) -> None:
    """Writes a scene as JSON.

    Args:
        description: The scene.
        path: File to write.
    """
    content = {"format_version": FORMAT_VERSION, **_file_content(description)}
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def read_description(path: Path) -> SceneDescription:
    """Reads a scene. It renders to the same samples as the written one.

    Args:
        path: File written by `write_description`.

    Returns:
        The scene.

    Raises:
        SeldkitError: The file cannot be read or is not a valid description.
    """
    content = _read_object(path)
    version = content.pop("format_version", None)
    if version != FORMAT_VERSION:
        raise SeldkitError(
            f"{path}: expected format_version {FORMAT_VERSION}, got {version!r}; render it again"
        )
    try:
        # JSON again: strict about types, but arrays become tuples.
        values = json.dumps(_with_keys(content, _ATTRIBUTES))
        description = _DESCRIPTION.validate_json(values, strict=True)
    except ValidationError as error:
        raise SeldkitError(f"{path}: {next(error_messages(error, _LOCATIONS))}") from None
    for problem in _key_problems(content, _file_content(description)):
        raise SeldkitError(f"{path}: {problem}")
    for problem in (*_plan_problems(description.plan), *_image_problems(description)):
        raise SeldkitError(f"{path}: {problem}")
    return description


def _plan_problems(plan: ScenePlan) -> Iterator[str]:
    """Values of a plan that contradict each other, and unknown names."""
    try:
        RECEIVERS[plan.receiver]
    except UnknownNameError as error:
        yield f"plan.receiver: {error}"
    if plan.ambience not in AMBIENCE_KINDS:
        yield f"plan.ambience: unknown kind '{plan.ambience:.40}'; {nearest(plan.ambience, AMBIENCE_KINDS)}"
    if not _is_inside([plan.room.receiver], plan.room.size):
        yield "plan.room.receiver: expected a position in the room, got one outside"
    for name, events in (("events", plan.events), ("interferers", plan.interferers)):
        for number, event in enumerate(events):
            yield from (f"plan.{name}.{number}.{text}" for text in _event_problems(event, plan.room))
    for number, event in enumerate(plan.events):
        if not event.sound or event.class_id < 0:
            yield f"plan.events.{number}: expected a sound and a class number from 0, got none"


def _event_problems(event: EventPlan, room: AnyRoom) -> Iterator[str]:
    if list(event.repeats) != sorted(event.repeats):
        yield "repeats: expected times in ascending order, got others"
    if isinstance(room, Room) and not _is_inside(event.path, room.size):
        yield "path: expected positions in the room, got one outside"


def _image_problems(description: SceneDescription) -> Iterator[str]:
    if description.images is None:
        return
    space, count = description.images.space, len(description.plan.events)
    if not _is_inside([space.camera], space.size):
        yield "pictures.space.camera: expected a position in the room, got one outside"
    for number, billboard in enumerate(description.images.billboards):
        if billboard.source >= count:
            expected = f"expected -1 or an index below {count}, got {billboard.source}"
            yield f"pictures.boards.{number}.source: {expected}"


def _is_inside(points: Sequence[Point], size: RoomSize) -> bool:
    return all(0 <= value <= side for point in points for value, side in zip(point, size, strict=True))


def _file_content(description: SceneDescription) -> JsonObject:
    return {
        FILE_KEYS.get(name, name): _with_keys(value, FILE_KEYS) for name, value in asdict(description).items()
    }


def _with_keys(value: JsonValue, keys: Mapping[str, str]) -> JsonValue:
    """A JSON value with some keys of all objects replaced."""
    if isinstance(value, dict):
        return {keys.get(key, key): _with_keys(item, keys) for key, item in value.items()}
    return [_with_keys(item, keys) for item in value] if isinstance(value, (list, tuple)) else value


def _key_problems(value: JsonValue, expected: JsonValue, location: str = "") -> Iterator[str]:
    """Missing and unknown keys of a JSON value, compared with the value that a complete file holds."""
    if isinstance(value, dict) and isinstance(expected, dict):
        for key in sorted(expected.keys() - value.keys() - OPTIONAL_KEYS):
            yield f"{location}{key}: this key is missing"
        for key in sorted(value.keys() - expected.keys()):
            yield f"{location}{key}: unknown key; {nearest(key, expected)}"
        for key in sorted(value.keys() & expected.keys()):
            yield from _key_problems(value[key], expected[key], f"{location}{key}.")
    elif isinstance(value, list) and isinstance(expected, list):
        for number, (item, complete) in enumerate(zip(value, expected, strict=True)):
            yield from _key_problems(item, complete, f"{location}{number}.")


def _read_object(path: Path) -> JsonObject:
    try:
        content = json.loads(read_regular_file(path, MAX_FILE_BYTES).decode("utf-8"))
    except OSError as problem:
        raise SeldkitError(f"{path}: cannot be read ({problem.strerror})") from None
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise SeldkitError(f"{path}: expected a scene description in JSON, got something else") from None
    if not isinstance(content, dict):
        raise SeldkitError(f"{path}: expected a scene description, got a {type(content).__name__}")
    return content
