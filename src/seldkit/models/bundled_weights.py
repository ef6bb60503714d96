"""Frozen encoders' weights that a model directory carries beside the model's own.

A stream whose settings say `weights: NAME.safetensors` looks for that name in the model's directory first. In
memory the settings hold the file's whole path, so that whoever computes the stream finds it; in a directory
they hold the name alone.
"""

import os
from collections.abc import Mapping
from filecmp import cmp
from pathlib import Path
from typing import Any

from seldkit.embeddings import EmbeddingSettings
from seldkit.embeddings.compact_weights import is_compact
from seldkit.embeddings.pretrained_weights import find_weights
from seldkit.errors import ModelError
from seldkit.models.config import ModelConfig
from seldkit.models.model_directory import model_file


def resolve_weight_paths(config: ModelConfig, directory: Path) -> ModelConfig:
    """The configuration with the paths of those encoders' weights that lie in the directory.

    Raises ModelError where one leads out of it.
    """
    found = {
        stream: str(model_file(directory, name).resolve())
        for stream, name in _names(config).items()
        if Path(name).name == name and os.path.lexists(directory / name)
    }
    return _with_weights(config, found)


def strip_weight_paths(config: ModelConfig) -> ModelConfig:
    """The configuration with the names of encoders' weights instead of their paths."""
    return _with_weights(config, {stream: Path(path).name for stream, path in _names(config).items()})


def bundled_files(config: ModelConfig) -> dict[str, Path]:
    """The files that go along with a model, by the names that they have in its directory.

    What is not on this disk stays away; `seldkit inspect` says so. Raises ModelError where two different
    files have one name.
    """
    files: dict[str, Path] = {}
    for path in _names(config).values():
        file = find_weights(path)
        if file is None:
            continue
        other = files.setdefault(file.name, file)
        if other != file and not cmp(other, file, shallow=False):
            raise ModelError(f"{other} and {file}: two files of weights for one model; give them other names")
    return files


def weight_paths(config: ModelConfig) -> dict[str, str]:
    """Of each stream, the path of its weights where the settings name one of these files."""
    return _names(config)


def streams_differ(first: EmbeddingSettings | int, second: EmbeddingSettings | int) -> bool:
    """Whether two streams are not the same; where their weights lie does not matter, what they hold does."""
    ours, theirs = _name(first), _name(second)
    if ours is None or theirs is None:
        return first != second
    one, other = find_weights(ours), find_weights(theirs)
    if one is None or other is None:
        same = Path(ours).name == Path(theirs).name
    else:
        same = cmp(one, other, shallow=False)
    return not same or bool(_placed(first, "") != _placed(second, ""))


def _names(config: ModelConfig) -> dict[str, str]:
    named = {stream: _name(settings) for stream, settings in config.streams.items()}
    return {stream: name for stream, name in named.items() if name is not None}


def _name(settings: EmbeddingSettings | int) -> str | None:
    weights = getattr(settings, "weights", None)
    return weights if isinstance(weights, str) and is_compact(weights) else None


def _with_weights(config: ModelConfig, weights: Mapping[str, str]) -> ModelConfig:
    if not weights:
        return config
    streams = {
        stream: _placed(settings, weights[stream]) if stream in weights else settings
        for stream, settings in config.streams.items()
    }
    return config.model_copy(update={"streams": streams})


def _placed(settings: Any, weights: str) -> Any:
    return settings.model_copy(update={"weights": weights})
