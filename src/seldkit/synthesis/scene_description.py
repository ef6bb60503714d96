"""Scene descriptions as JSON: everything that is needed to render a scene again."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import TypeAdapter, ValidationError

from seldkit.errors import SeldkitError
from seldkit.files import replacing
from seldkit.settings import error_messages
from seldkit.synthesis.receivers import RECEIVERS
from seldkit.synthesis.scene_images import ImagePlan
from seldkit.synthesis.scene_plan import ScenePlan

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
_ATTRIBUTES: Final = {key: attribute for attribute, key in FILE_KEYS.items()}


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
    seed: int = 0
    size: tuple[int, int] = (640, 360)
    rate: float = 30.0
    split: Split | None = None


_DESCRIPTION: Final = TypeAdapter(SceneDescription)


def write_description(description: SceneDescription, path: Path) -> None:
    """Writes a scene as JSON.

    Args:
        description: The scene.
        path: File to write.
    """
    content = {"format_version": FORMAT_VERSION, **_renamed(asdict(description), FILE_KEYS)}
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
    content = dict(_content(path))
    version = content.pop("format_version", None)
    if version != FORMAT_VERSION:
        raise SeldkitError(
            f"{path}: expected format_version {FORMAT_VERSION}, got {version!r}; render it again"
        )
    try:
        # JSON again: strict about types, but arrays become tuples.
        values = json.dumps(_renamed(content, _ATTRIBUTES))
        description = _DESCRIPTION.validate_json(values, strict=True)
        RECEIVERS[description.plan.receiver]
        return description
    except ValidationError as error:
        raise SeldkitError(f"{path}: {next(error_messages(error))}") from None


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """JSON values with some keys of all objects renamed."""
    if isinstance(value, dict):
        return {names.get(key, key): _renamed(item, names) for key, item in value.items()}
    return [_renamed(item, names) for item in value] if isinstance(value, (list, tuple)) else value


def _content(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise SeldkitError(f"{path}: cannot be read ({problem.strerror})") from None
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise SeldkitError(f"{path}: expected a scene description in JSON, got something else") from None
    if not isinstance(content, dict):
        raise SeldkitError(f"{path}: expected a scene description, got a {type(content).__name__}")
    return content
