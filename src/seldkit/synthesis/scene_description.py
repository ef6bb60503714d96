"""Scenes as JSON: everything that a scene was rendered from, to be kept and rendered again."""

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

Side = Literal["train", "test"]
FORMAT_VERSION: Final = 1
_PLANS: Final = TypeAdapter(ScenePlan)
_SETTINGS: Final = TypeAdapter(tuple[int, tuple[int, int], float, Side | None])


@dataclass(frozen=True)
class SceneDescription:
    """A scene: its sound, and its pictures where it has any.

    seed: of procedural sounds. split: the side of sounds and pictures that it was drawn from. size, rate: of
    the pictures; pixels, and how many a second. Which boards of `pictures` show a sounding thing, and which
    of `plan.events`, is told by their `source`; an event without a board is heard and not seen, wherever the
    camera looks.
    """

    plan: ScenePlan
    pictures: ImagePlan | None = None
    seed: int = 0
    size: tuple[int, int] = (640, 360)
    rate: float = 30.0
    split: Side | None = None


def write_description(description: SceneDescription, path: Path) -> None:
    """Write a scene as JSON."""
    content = {"format_version": FORMAT_VERSION, **asdict(description)}
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def read_description(path: Path) -> SceneDescription:
    """Read a scene again; it renders to the same samples. Raises SeldkitError in one line."""
    content = _content(path)
    if content.get("format_version") != FORMAT_VERSION:
        found = content.get("format_version")
        raise SeldkitError(f"{path}: expected format_version {FORMAT_VERSION}, got {found!r}; render it anew")
    try:
        # As JSON once more: strict about types, and lists become the tuples that plans hold.
        plan = _PLANS.validate_json(json.dumps(content.get("plan")), strict=True)
        RECEIVERS[plan.receiver]
        settings = json.dumps([content.get(name) for name in ("seed", "size", "rate", "split")])
        seed, size, rate, split = _SETTINGS.validate_json(settings, strict=True)
        pictures = content.get("pictures")
        drawn = None if pictures is None else ImagePlan.parse(pictures)
        return SceneDescription(plan, drawn, seed, size, rate, split)
    except ValidationError as error:
        raise SeldkitError(f"{path}: {next(error_messages(error))}") from None
    except (KeyError, TypeError, ValueError) as error:
        raise SeldkitError(f"{path}: expected a scene's pictures as they were written, got {error}") from None


def _content(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise SeldkitError(f"{path}: cannot be read ({problem.strerror})") from None
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise SeldkitError(f"{path}: expected a scene's description as JSON, got something else") from None
    if not isinstance(content, dict):
        raise SeldkitError(f"{path}: expected a scene's description, got a {type(content).__name__}")
    return content
