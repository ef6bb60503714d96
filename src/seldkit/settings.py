"""Strict settings read from configuration files, with one-line error messages."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from seldkit.errors import SeldkitError
from seldkit.registry import Registry, nearest

MAX_SHOWN_CHARACTERS: Final = 60
"""Longer values are truncated in error messages."""

_CUSTOM_ERROR: Final = "settings"


class Settings(BaseModel):
    """Base class of settings: frozen, no type conversions, no unknown keys, no NaN or infinity.

    Attributes:
        error_type: Exception that `parse` raises.
        renamed_keys: Former names of keys and their current names. Files may use either.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)
    error_type: ClassVar[type[SeldkitError]] = SeldkitError
    renamed_keys: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def parse(cls, values: Mapping[str, object], source: str | Path) -> Self:
        """Validates the values of a configuration file.

        Args:
            values: Keys and values.
            source: Path of the file, for error messages.

        Returns:
            The settings.

        Raises:
            SeldkitError: If a key or value is invalid; the class is `error_type`.
        """
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            first, *others = error_messages(error)
            more = f" (and {len(others)} more)" if others else ""
            raise cls.error_type(f"{source}: {first}{more}") from None

    @model_validator(mode="before")
    @classmethod
    def _check_keys(cls, values: object) -> object:
        if not isinstance(values, Mapping):
            return values
        renamed = {}
        for key, value in values.items():
            name = cls.renamed_keys.get(key, key)
            if name not in cls.model_fields:
                hint = nearest(str(key), cls.model_fields)
                raise _settings_error(f"unknown key '{_shorten(key)}'; {hint}")
            if name in renamed:
                raise _settings_error(f"the key '{name}' is given twice, once under a former name")
            renamed[name] = value
        return renamed


def registered(parts: Registry[Any], key: str = "name") -> PlainValidator:
    """Returns a pydantic validator that reads the settings of a registered part.

    Args:
        parts: Registry of settings classes.
        key: Key that holds the registered name.

    Returns:
        The validator, for use in ``Annotated``.
    """
    return PlainValidator(lambda value: read_registered(value, parts, key))


def read_registered(value: object, parts: Registry[Any], key: str = "name") -> Any:
    """Reads the settings of a registered part from a mapping.

    Args:
        value: Mapping with the registered name under `key`, or settings.
        parts: Registry of settings classes.
        key: Key that holds the registered name.

    Returns:
        The settings, an instance of the registered class.

    Raises:
        PydanticCustomError: If the name is missing or unknown.
        ValidationError: If another key is invalid.
    """
    if isinstance(value, Settings):
        value = value.model_dump()
    if not isinstance(value, Mapping) or key not in value:
        known = ", ".join(parts.names())
        raise _settings_error(
            f"expected keys with the {parts.kind} as '{key}' (one of: {known}), got {_shorten(value)}"
        )
    name = value[key]
    if not isinstance(name, str) or name not in parts:
        hint = nearest(str(name), parts.names())
        raise _settings_error(f"unknown {parts.kind} '{_shorten(name)}'; {hint}")
    return parts[name].model_validate(value)


def error_messages(
    error: ValidationError, file_keys: Mapping[str, str] = MappingProxyType({})
) -> Iterator[str]:
    """Formats validation errors.

    Args:
        error: Error of pydantic.
        file_keys: Keys of the file by the names of the attributes, where they differ. An empty key is left
            out.

    Yields:
        One line per error: the key, a colon and the message.
    """
    for detail in error.errors(include_url=False):
        parts = (file_keys.get(part, part) if isinstance(part, str) else part for part in detail["loc"])
        key = ".".join(_shorten(part) for part in parts if part != "")
        message = _message(detail)
        yield f"{key}: {message}" if key else message


def _message(detail: ErrorDetails) -> str:
    if detail["type"] == "missing":
        return "this key is missing"
    if detail["type"] in {_CUSTOM_ERROR, "value_error"}:
        return detail["msg"].removeprefix("Value error, ")
    return f"{detail['msg'].replace('Input should be', 'expected')}, got {_shorten(detail['input'])}"


def _settings_error(message: str) -> PydanticCustomError:
    # The message is passed as a value: braces in a template would be read as fields.
    return PydanticCustomError(_CUSTOM_ERROR, "{message}", {"message": message})


def _shorten(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    text = " ".join(text[:1000].split())
    return text if len(text) <= MAX_SHOWN_CHARACTERS else text[:MAX_SHOWN_CHARACTERS] + "…"
