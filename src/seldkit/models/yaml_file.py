"""Safe YAML: mappings, lists and plain values, without tags, aliases and repeated keys."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from seldkit.errors import ModelError
from seldkit.files import read_regular_file

MAX_FILE_BYTES: Final = 256 * 1024
"""A model's configuration has a few thousand bytes."""

MAX_DEPTH: Final = 20

_OPENING: Final = (
    yaml.BlockMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)
_CLOSING: Final = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


def read_yaml(path: Path) -> dict[str, Any]:
    """Reads a mapping.

    Args:
        path: YAML file.

    Returns:
        Keys and values.

    Raises:
        ModelError: If the file is not a mapping, contains tags other than those of plain values, aliases
            (which can expand without limit), repeated keys or keys that are not text, or is too large.
    """
    data = parse_value(_text(path), path)
    if not isinstance(data, dict):
        kind = "nothing" if data is None else f"a {type(data).__name__}"
        raise ModelError(f"{path}: expected keys with their values (name: …), got {kind}")
    return data


def parse_value(text: str, source: object) -> Any:
    """Parses a text with the restrictions of `read_yaml`.

    Args:
        text: YAML.
        source: Path or name of the text, for error messages.

    Returns:
        The value: a mapping, list, text, number, truth value or None.

    Raises:
        ModelError: If the text is not valid or not allowed.
    """
    try:
        _check_tokens(text)
        return yaml.load(text, Loader=_PlainLoader)
    except yaml.YAMLError as error:
        raise ModelError(f"{source}: {_message(error)}") from None
    except (ValueError, OverflowError):
        raise ModelError(f"{source}: not readable as YAML: a number out of range") from None


def yaml_text(data: Mapping[str, object]) -> str:
    """Formats a mapping as YAML, in the order of its keys.

    Args:
        data: Keys and values.

    Returns:
        The text.
    """
    text: str = yaml.safe_dump(dict(data), sort_keys=False, allow_unicode=True, width=100)
    return text


def _text(path: Path) -> str:
    try:
        return read_regular_file(path, MAX_FILE_BYTES).decode("utf-8")
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ModelError(f"{path}: expected UTF-8 text, got other bytes; save the file as UTF-8") from None


def _check_tokens(text: str) -> None:
    """Checks depth and aliases before any value is built."""
    depth = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
        if depth > MAX_DEPTH:
            problem = f"nested too deeply, expected at most {MAX_DEPTH} levels"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=token.start_mark)
        if isinstance(token, yaml.AliasToken):
            problem = f"the alias *{token.value} is not allowed; write the value out"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=token.start_mark)


def _message(error: yaml.YAMLError) -> str:
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return "not readable as YAML: " + " ".join(str(error).split())
    return f"line {error.problem_mark.line + 1}: {' '.join(str(error.problem).split())}"


class _PlainLoader(yaml.SafeLoader):
    """SafeLoader without the tags that configurations do not need (dates, sets, binary, merging)."""


def _read_mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[str, object]:
    keys: dict[str, object] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.MarkedYAMLError(
                problem=f"keys must be text, got {key!r:.60}", problem_mark=key_node.start_mark
            )
        if key in keys:
            raise yaml.MarkedYAMLError(
                problem=f"the key '{key:.60}' is given twice", problem_mark=key_node.start_mark
            )
        keys[key] = loader.construct_object(value_node, deep=True)
    return keys


def _read_sequence(loader: yaml.SafeLoader, node: yaml.SequenceNode) -> list[object]:
    return [loader.construct_object(item, deep=True) for item in node.value]


def _reject_tag(loader: yaml.SafeLoader, node: yaml.Node) -> None:
    raise yaml.MarkedYAMLError(
        problem=f"the tag {node.tag:.80} is not allowed; use plain values only",
        problem_mark=node.start_mark,
    )


_PlainLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag.rsplit(":", 1)[-1] in {"bool", "float", "int", "null"}
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_PlainLoader.yaml_constructors = {
    f"tag:yaml.org,2002:{kind}": yaml.SafeLoader.yaml_constructors[f"tag:yaml.org,2002:{kind}"]
    for kind in ("bool", "float", "int", "null", "str")
}
_PlainLoader.add_constructor("tag:yaml.org,2002:map", _read_mapping)
_PlainLoader.add_constructor("tag:yaml.org,2002:seq", _read_sequence)
_PlainLoader.add_constructor(None, _reject_tag)
