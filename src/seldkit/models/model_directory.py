"""Files of a model directory: written atomically, checked when read."""

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
from seldkit.files import naming_disk_errors, temporary_path
from seldkit.models.former_names import current_tensor_name
from seldkit.registry import nearest

WEIGHTS: Final = "model.safetensors"
CONFIG: Final = "config.yaml"
CARD: Final = "README.md"

MAX_HEADER_BYTES: Final = 4 * 1024 * 1024
"""A network of 10,000 tensors has a safetensors header of 1.5 MB."""

DTYPES: Final = {"F32": "float32", "F16": "float16", "BF16": "bfloat16", "F64": "float64", "I64": "int64"}
"""Names of data types in safetensors files and in PyTorch."""


@dataclass(frozen=True)
class ModelFiles:
    """Paths of a model directory's files.

    Attributes:
        weights: Weights of the model.
        config: Configuration.
        card: Model card; None if there is none.
    """

    weights: Path
    config: Path
    card: Path | None


@dataclass(frozen=True)
class TensorSpec:
    """Data type and shape of a tensor.

    Attributes:
        dtype: PyTorch's name of the data type, such as ``"float32"``.
        shape: Sizes of the dimensions.
    """

    dtype: str
    shape: tuple[int, ...]

    @classmethod
    def from_tensor(cls, tensor: Tensor) -> Self:
        """Describes a tensor.

        Args:
            tensor: Any shape.

        Returns:
            Its data type and shape.
        """
        return cls(str(tensor.dtype).removeprefix("torch."), tuple(tensor.shape))


def find_model_files(directory: Path) -> ModelFiles:
    """Finds the files of a model directory.

    Args:
        directory: Model directory.

    Returns:
        Their paths.

    Raises:
        ModelError: If a file is missing, is not a regular file, or is a link out of the directory.
    """
    if not directory.is_dir():
        raise ModelError(f"{directory}: expected a model directory ({CONFIG}, {WEIGHTS}), found no directory")
    card = model_file(directory, CARD) if os.path.lexists(directory / CARD) else None
    return ModelFiles(model_file(directory, WEIGHTS), model_file(directory, CONFIG), card)


def model_file(directory: Path, name: str) -> Path:
    """Returns the path of one file of a model directory.

    Args:
        directory: Model directory.
        name: Name of the file.

    Returns:
        The path.

    Raises:
        ModelError: If the file is missing, is not a regular file, or is a link out of the directory.
    """
    path = directory / name
    try:
        resolved = path.resolve(strict=True)
        regular = stat.S_ISREG(resolved.stat().st_mode)
    except (OSError, RuntimeError):
        raise ModelError(
            f"{path}: missing; a model directory contains {CONFIG}, {WEIGHTS} and {CARD}"
        ) from None
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
    bundled: Mapping[str, Path] | None = None,
) -> Path:
    """Writes a model directory under a temporary name, then renames it.

    Args:
        directory: Path of the directory. An existing model directory is replaced.
        state: Tensors by name, each of any shape.
        config: Text of `config.yaml`.
        card: Text of the model card.
        bundled: Further files to copy, by their names in the directory.

    Returns:
        Path of the directory.

    Raises:
        ModelError: If the directory exists and is not a model directory, or a further file has a reserved
            name.
        OSError: If the directory cannot be written. An existing one is unchanged.
    """
    for name in {WEIGHTS, CONFIG, CARD} & (bundled or {}).keys():
        raise ModelError(f"{directory}: an encoder's weights cannot be named {name} too; rename that file")
    if directory.exists() and not (directory / CONFIG).is_file():
        raise ModelError(f"{directory}: exists and is not a model directory; choose another name")
    directory.parent.mkdir(parents=True, exist_ok=True)
    temporary, former = temporary_path(directory), temporary_path(directory)
    temporary.mkdir()
    try:
        with naming_disk_errors(directory, temporary):
            save_file(dict(state), temporary / WEIGHTS, metadata={"format": "pt"})
            (temporary / CONFIG).write_text(config, encoding="utf-8")
            (temporary / CARD).write_text(card, encoding="utf-8")
            shutil.copymode(
                temporary / CONFIG, temporary / WEIGHTS
            )  # safetensors makes it private to the owner
            for name, file in (bundled or {}).items():
                shutil.copyfile(file, temporary / name)
        if directory.exists():
            directory.rename(former)
        temporary.rename(directory)
    finally:
        if former.exists() and not directory.exists():
            former.rename(directory)
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)
    return directory


def read_header(path: Path) -> dict[str, TensorSpec]:
    """Reads the header of a safetensors file.

    Args:
        path: Safetensors file.

    Returns:
        Data types and shapes of the tensors by name.

    Raises:
        ModelError: If the header is damaged or too long.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 2 <= length <= size - 8:
            raise ModelError(
                f"{path}: not a complete safetensors file ({size} bytes); copy or download it again, "
                "and save other weights with SeldModel.save"
            )
        if length > MAX_HEADER_BYTES:
            raise ModelError(f"{path}: expected a header of at most {MAX_HEADER_BYTES} bytes, got {length}")
        header = file.read(length)
    try:
        entries = json.loads(header)
        entries.pop("__metadata__", None)
        return {name: _read_spec(entry) for name, entry in entries.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ModelError(f"{path}: the safetensors header is damaged; copy or download it again") from None


def read_tensors(path: Path, expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Reads the tensors of a safetensors file.

    Args:
        path: Safetensors file; names of earlier versions are accepted.
        expected: Tensors with the expected names, shapes and data types, for example on the meta device. Each
            of any shape.

    Returns:
        Tensors by current name.

    Raises:
        ModelError: If names, shapes or data types differ, a value is not finite, or the file is damaged.
    """
    for mismatch in tensor_mismatches(read_header(path), expected):
        raise ModelError(f"{path}: {mismatch}")
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        message = " ".join(str(error).split())
        raise ModelError(f"{path}: damaged ({message}); copy or download it again") from None
    check_finite(tensors, path)
    return {current_tensor_name(name, expected): tensor for name, tensor in tensors.items()}


def tensor_mismatches(stored: Mapping[str, TensorSpec], expected: Mapping[str, Tensor]) -> list[str]:
    """Compares the tensors of a file with those of a configuration.

    Args:
        stored: Data types and shapes in the file, by name; names of earlier versions are accepted.
        expected: Tensors of the configuration by name, each of any shape.

    Returns:
        One message per difference.
    """
    present = {current_tensor_name(name, expected): spec for name, spec in stored.items()}
    missing = [name for name in expected if name not in present]
    messages = [f"the tensor '{name}' is missing; the configuration requires it" for name in missing]
    for name, spec in present.items():
        if name not in expected:
            hint = nearest(name, missing) if missing else "the configuration does not contain it"
            messages.append(f"unknown tensor '{name:.100}'; {hint}")
            continue
        required = TensorSpec.from_tensor(expected[name])
        if spec.shape != required.shape:
            messages.append(
                f"tensor '{name}': the configuration makes the shape {required.shape}, got {spec.shape}"
            )
        elif spec.dtype != required.dtype:
            messages.append(f"tensor '{name}': expected {required.dtype} values, got {spec.dtype:.20}")
    return messages


def check_finite(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Checks that all values are finite.

    Args:
        tensors: Tensors by name, each of any shape.
        path: Path of their file, for error messages.

    Raises:
        ModelError: If a tensor contains NaN or infinity.
    """
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise ModelError(
                f"{path}: tensor '{name}' contains NaN or infinity; the training that made it failed"
            )


def _read_spec(entry: dict[str, Any]) -> TensorSpec:
    shape = tuple(entry["shape"])
    if not all(type(size) is int and size >= 0 for size in shape):
        raise ValueError(shape)
    dtype = str(entry["dtype"])
    return TensorSpec(DTYPES.get(dtype, dtype), shape)
