"""YAML as data alone: mappings, lists and plain values, nothing that names code or repeats itself."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from seldkit.errors import ModelError

LARGEST: Final = 256 * 1024
"""Bytes of the longest file that is read: a model's configuration has a few thousand."""

DEEPEST: Final = 20

_OPENING: Final = (
    yaml.BlockMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)
_CLOSING: Final = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping that a file holds.

    Refused, as a ModelError: anything but a mapping, tags beyond YAML's plain values, aliases (they can
    unfold without end), a key given twice, keys that are not words, and files above `LARGEST` bytes.
    """
    data = parse_value(_text(path), path)
    if not isinstance(data, dict):
        held = "nothing" if data is None else f"a {type(data).__name__}"
        raise ModelError(f"{path}: expected keys with their values (name: …), got {held}")
    return data


def parse_value(text: str, source: object) -> Any:
    """The value that a text holds, under the rules of `read_yaml`; `source` names it in errors."""
    try:
        _check_tokens(text)
        return yaml.load(text, Loader=_PlainLoader)
    except yaml.YAMLError as problem:
        raise ModelError(f"{source}: {_words(problem)}") from None
    except (ValueError, OverflowError):
        raise ModelError(f"{source}: not readable as YAML: a number out of range") from None


def yaml_text(data: Mapping[str, Any]) -> str:
    """The mapping as YAML, in its own order."""
    text: str = yaml.safe_dump(dict(data), sort_keys=False, allow_unicode=True, width=100)
    return text


def _text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise ModelError(f"{path}: expected at most {LARGEST} bytes of configuration, got {size}")
        return path.read_text(encoding="utf-8")
    except OSError as problem:
        raise ModelError(f"{path}: cannot be read ({problem.strerror})") from None
    except UnicodeDecodeError:
        raise ModelError(f"{path}: expected UTF-8 text, got other bytes; save the file as UTF-8") from None


def _check_tokens(text: str) -> None:
    """Refuse what costs more than it is worth before anything is built of it."""
    depth = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
        if depth > DEEPEST:
            problem = f"nested too deeply, expected at most {DEEPEST} levels"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=token.start_mark)
        if isinstance(token, yaml.AliasToken):
            problem = f"the alias *{token.value} is not allowed; write the value out"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=token.start_mark)


def _words(problem: yaml.YAMLError) -> str:
    if not isinstance(problem, yaml.MarkedYAMLError) or problem.problem_mark is None:
        return "not readable as YAML: " + " ".join(str(problem).split())
    return f"line {problem.problem_mark.line + 1}: {' '.join(str(problem.problem).split())}"


class _PlainLoader(yaml.SafeLoader):
    """SafeLoader without the tags that a configuration never needs (dates, sets, binary, merging)."""


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.MarkedYAMLError(
                problem=f"keys must be words, got {key!r:.60}", problem_mark=key_node.start_mark
            )
        if key in keys:
            raise yaml.MarkedYAMLError(
                problem=f"the key '{key:.60}' is given twice", problem_mark=key_node.start_mark
            )
        keys[key] = loader.construct_object(value_node, deep=True)
    return keys


def _sequence(loader: yaml.SafeLoader, node: yaml.SequenceNode) -> list[Any]:
    return [loader.construct_object(item, deep=True) for item in node.value]


def _refused(loader: yaml.SafeLoader, node: yaml.Node) -> None:
    raise yaml.MarkedYAMLError(
        problem=f"the tag {node.tag:.80} is not allowed; a configuration holds plain values only",
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
_PlainLoader.add_constructor("tag:yaml.org,2002:map", _mapping)
_PlainLoader.add_constructor("tag:yaml.org,2002:seq", _sequence)
_PlainLoader.add_constructor(None, _refused)
