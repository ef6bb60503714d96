"""A model directory's files: written whole, read without trust."""

import json
import os
import shutil
import stat
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from seldkit.errors import ModelError
from seldkit.registry import nearest

WEIGHTS: Final = "model.safetensors"
CONFIG: Final = "config.yaml"
CARD: Final = "README.md"

LARGEST_HEADER: Final = 4 * 1024 * 1024
"""Bytes of the longest safetensors header that is read: a network of 10,000 tensors needs 1.5 MB."""

DTYPES: Final = {"F32": "float32", "F16": "float16", "BF16": "bfloat16", "F64": "float64", "I64": "int64"}
"""The header's names of types, and PyTorch's."""


@dataclass(frozen=True)
class ModelFiles:
    """Where a model directory's files lie; there may be no card."""

    weights: Path
    config: Path
    card: Path | None


@dataclass(frozen=True)
class TensorSpec:
    """A tensor as a file describes it; `dtype` by PyTorch's name."""

    dtype: str
    shape: tuple[int, ...]

    @classmethod
    def of(cls, tensor: Tensor) -> Self:
        """The description of a tensor in memory."""
        return cls(str(tensor.dtype).removeprefix("torch."), tuple(tensor.shape))


def find_model_files(directory: Path) -> ModelFiles:
    """The files of a model directory, each a regular file that lies in it. Raises ModelError."""
    if not directory.is_dir():
        raise ModelError(f"{directory}: expected a model directory ({CONFIG}, {WEIGHTS}), found no directory")
    card = model_file(directory, CARD) if os.path.lexists(directory / CARD) else None
    return ModelFiles(model_file(directory, WEIGHTS), model_file(directory, CONFIG), card)


def model_file(directory: Path, name: str) -> Path:
    """The path of a file of a model directory: a regular file that lies in it. Raises ModelError."""
    path = directory / name
    try:
        resolved = path.resolve(strict=True)
        regular = stat.S_ISREG(resolved.stat().st_mode)
    except (OSError, RuntimeError):
        raise ModelError(f"{path}: missing; a model directory holds {CONFIG}, {WEIGHTS} and {CARD}") from None
    if not resolved.is_relative_to(directory.resolve()):
        raise ModelError(
            f"{path}: leads out of the model directory; copy the file there instead of linking it"
        )
    if not regular:
        raise ModelError(f"{path}: expected a regular file")
    return path


def write_model(
    directory: Path,
    state: Mapping[str, Tensor],
    config: str,
    card: str,
    others: Mapping[str, Path] | None = None,
) -> Path:
    """Write a model directory under a temporary name, then put it in its place.

    others: files that are copied into it, by the names that they get there.
    """
    for name in {WEIGHTS, CONFIG, CARD} & (others or {}).keys():
        raise ModelError(f"{directory}: an encoder's weights cannot be named {name} too; rename that file")
    if directory.exists() and not (directory / CONFIG).is_file():
        raise ModelError(f"{directory}: exists and is not a model directory; choose another name")
    directory.parent.mkdir(parents=True, exist_ok=True)
    temporary = directory.with_name(f".{directory.name[:100]}.{os.getpid()}.part")
    former = directory.with_name(f".{directory.name[:100]}.{os.getpid()}.former")
    temporary.mkdir()
    try:
        save_file(dict(state), temporary / WEIGHTS, metadata={"format": "pt"})
        (temporary / CONFIG).write_text(config, encoding="utf-8")
        (temporary / CARD).write_text(card, encoding="utf-8")
        shutil.copymode(temporary / CONFIG, temporary / WEIGHTS)  # safetensors' own: nobody else may read it
        for name, file in (others or {}).items():
            shutil.copyfile(file, temporary / name)
        if directory.exists():
            directory.rename(former)
        temporary.rename(directory)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)
    return directory


def read_header(path: Path) -> dict[str, TensorSpec]:
    """What tensors a safetensors file says it holds; nothing else is read. Raises ModelError."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 2 <= length <= size - 8:
            raise ModelError(
                f"{path}: not a whole safetensors file ({size} bytes); copy or download it again, "
                "and save other weights with SeldModel.save"
            )
        if length > LARGEST_HEADER:
            raise ModelError(f"{path}: expected a header of at most {LARGEST_HEADER} bytes, got {length}")
        header = file.read(length)
    try:
        entries = json.loads(header)
        entries.pop("__metadata__", None)
        return {name: _stored(entry) for name, entry in entries.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ModelError(f"{path}: the safetensors header is damaged; copy or download it again") from None


def read_tensors(path: Path, expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A safetensors file's tensors, which have `expected`'s names, shapes and types. Raises ModelError."""
    for problem in tensor_mismatches(read_header(path), expected):
        raise ModelError(f"{path}: {problem}")
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError, ValueError) as problem:
        words = " ".join(str(problem).split())
        raise ModelError(f"{path}: damaged ({words}); copy or download it again") from None
    check_finite(tensors, path)
    return tensors


def tensor_mismatches(stored: Mapping[str, TensorSpec], expected: Mapping[str, Tensor]) -> list[str]:
    """Where a file's tensors are not those that the configuration makes, in words."""
    missing = [name for name in expected if name not in stored]
    found = [f"the tensor '{name}' is missing; the configuration asks for it" for name in missing]
    for name, tensor in stored.items():
        if name not in expected:
            found.append(f"unknown tensor '{name:.100}'; {_known(name, missing)}")
            continue
        wanted = TensorSpec.of(expected[name])
        if tensor.shape != wanted.shape:
            found.append(
                f"tensor '{name}': the configuration makes the shape {wanted.shape}, got {tensor.shape}"
            )
        elif tensor.dtype != wanted.dtype:
            found.append(f"tensor '{name}': expected {wanted.dtype} values, got {tensor.dtype:.20}")
    return found


def check_finite(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Raise ModelError where a tensor holds NaN or infinity."""
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise ModelError(
                f"{path}: tensor '{name}' holds NaN or infinity; the training that made it failed"
            )


def _stored(entry: dict[str, Any]) -> TensorSpec:
    shape = tuple(entry["shape"])
    if not all(type(size) is int and size >= 0 for size in shape):
        raise ValueError(shape)
    dtype = str(entry["dtype"])
    return TensorSpec(DTYPES.get(dtype, dtype), shape)


def _known(name: str, missing: list[str]) -> str:
    return nearest(name, missing) if missing else "the configuration has no place for it"
