"""Strict settings of parts that configuration files name, and what is wrong with them in words."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from seldkit.errors import SeldkitError
from seldkit.registry import Registry, nearest

SHOWN_CHARACTERS: Final = 60


class Settings(BaseModel):
    """Settings that know their keys: no conversions, no unknown key, no NaN, no change afterwards."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)
    refusal: ClassVar[type[SeldkitError]] = SeldkitError
    """What `parse` raises."""

    @classmethod
    def parse(cls, values: Mapping[str, Any], source: str | Path) -> Self:
        """The settings that a mapping holds; `source` names its file in errors (`refusal`)."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            first, *others = problems(error)
            more = f" (and {len(others)} more)" if others else ""
            raise cls.refusal(f"{source}: {first}{more}") from None

    @model_validator(mode="before")
    @classmethod
    def _only_known_keys(cls, values: Any) -> Any:
        if isinstance(values, Mapping):
            for key in values:
                if key not in cls.model_fields:
                    hint = nearest(str(key), cls.model_fields)
                    raise _refusal(f"unknown key '{_shown(key)}'; {hint}")
        return values


def registered(parts: Registry[Any], key: str = "name") -> PlainValidator:
    """Reads a part's settings from a mapping whose `name` (or other key) is registered in `parts`."""

    def read(value: object) -> object:
        if isinstance(value, Settings):
            value = value.model_dump()
        if not isinstance(value, Mapping) or key not in value:
            known = ", ".join(parts.names())
            raise _refusal(
                f"expected keys with the {parts.kind} as '{key}' (one of: {known}), got {_shown(value)}"
            )
        name = value[key]
        if not isinstance(name, str) or name not in parts:
            hint = nearest(str(name), parts.names())
            raise _refusal(f"unknown {parts.kind} '{_shown(name)}'; {hint}")
        return parts[name].model_validate(value)

    return PlainValidator(read)


def problems(error: ValidationError) -> Iterator[str]:
    """Each thing that is wrong, as 'key: words'."""
    for detail in error.errors(include_url=False):
        key = ".".join(_shown(part) for part in detail["loc"])
        words = _words(detail)
        yield f"{key}: {words}" if key else words


def _words(detail: ErrorDetails) -> str:
    if detail["type"] == "missing":
        return "this key is missing"
    if detail["type"] in {"refused", "value_error"}:
        return detail["msg"].removeprefix("Value error, ")
    return f"{detail['msg'].replace('Input should be', 'expected')}, got {_shown(detail['input'])}"


def _refusal(words: str) -> PydanticCustomError:
    # Braces would be read as the template's fields.
    return PydanticCustomError("refused", "{words}", {"words": words})


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    text = " ".join(text[:1000].split())
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"
