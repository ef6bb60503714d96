"""Weights of frozen encoders that are stored in a model directory.

A stream whose settings contain ``weights: NAME.safetensors`` uses the file of that name in the model
directory if there is one. In memory the settings hold the full path, in a saved configuration only the name.
"""

import os
from collections.abc import Mapping
from filecmp import cmp
from pathlib import Path
from typing import Protocol, Self, TypeGuard

from seldkit.embeddings import EmbeddingSettings
from seldkit.embeddings.compact_weights import is_compact
from seldkit.embeddings.pretrained_weights import find_weights
from seldkit.errors import ModelError
from seldkit.models.config import ModelConfig
from seldkit.models.model_directory import model_file


class _BundledSettings(EmbeddingSettings, Protocol):
    weights: str

    def model_copy(self, *, update: Mapping[str, str]) -> Self: ...


def resolve_weight_paths(config: ModelConfig, directory: Path) -> ModelConfig:
    """Replaces the names of weights that are stored in a model directory by their paths.

    Args:
        config: Configuration of the model.
        directory: Model directory.

    Returns:
        The configuration with paths.

    Raises:
        ModelError: If a file is a link out of the directory.
    """
    stored = {
        stream: str(model_file(directory, name).resolve())
        for stream, name in weight_paths(config).items()
        if Path(name).name == name and os.path.lexists(directory / name)
    }
    return _replace_all_weights(config, stored)


def strip_weight_paths(config: ModelConfig) -> ModelConfig:
    """Replaces the paths of frozen encoders' weights by their names.

    Args:
        config: Configuration of the model.

    Returns:
        The configuration with names.
    """
    names = {stream: Path(path).name for stream, path in weight_paths(config).items()}
    return _replace_all_weights(config, names)


def bundled_files(config: ModelConfig) -> dict[str, Path]:
    """Lists the files that `SeldModel.save` copies into the model directory.

    Files that do not exist on this machine are skipped; `seldkit inspect` reports them.

    Args:
        config: Configuration of the model.

    Returns:
        Paths by the name in the model directory.

    Raises:
        ModelError: If two different files have the same name.
    """
    files: dict[str, Path] = {}
    for path in weight_paths(config).values():
        file = find_weights(path)
        if file is None:
            continue
        other = files.setdefault(file.name, file)
        if other != file and not cmp(other, file, shallow=False):
            raise ModelError(f"{other} and {file}: different weights with the same name; rename one of them")
    return files


def weight_paths(config: ModelConfig) -> dict[str, str]:
    """Lists the names or paths of weights that can be stored in a model directory.

    Args:
        config: Configuration of the model.

    Returns:
        Names or paths by stream.
    """
    return {
        stream: settings.weights
        for stream, settings in config.streams.items()
        if _has_bundled_weights(settings)
    }


def streams_differ(first: EmbeddingSettings | int, second: EmbeddingSettings | int) -> bool:
    """Compares two streams. The content of the weights counts, not their path.

    Args:
        first: Width or settings of a stream.
        second: Width or settings of a stream.

    Returns:
        Whether the streams differ.
    """
    if not _has_bundled_weights(first) or not _has_bundled_weights(second):
        return first != second
    one, other = find_weights(first.weights), find_weights(second.weights)
    if one is None or other is None:
        same = Path(first.weights).name == Path(second.weights).name
    else:
        same = cmp(one, other, shallow=False)
    return not same or bool(_replace_weights(first, "") != _replace_weights(second, ""))


def _has_bundled_weights(settings: EmbeddingSettings | int) -> TypeGuard[_BundledSettings]:
    weights = getattr(settings, "weights", None)
    return isinstance(weights, str) and is_compact(weights)


def _replace_all_weights(config: ModelConfig, weights: Mapping[str, str]) -> ModelConfig:
    if not weights:
        return config
    streams = {
        stream: _replace_weights(settings, weights[stream])
        if stream in weights and _has_bundled_weights(settings)
        else settings
        for stream, settings in config.streams.items()
    }
    return config.model_copy(update={"streams": streams})


def _replace_weights(settings: _BundledSettings, weights: str) -> EmbeddingSettings:
    return settings.model_copy(update={"weights": weights})
