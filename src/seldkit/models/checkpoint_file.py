"""PyTorch checkpoint files read as tensors and nothing else."""

import pickletools
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from seldkit.errors import ModelError

LARGEST: Final = 512 * 1024 * 1024
"""Bytes of the largest checkpoint that is read; the public baselines have 3 to 35 MB."""

LARGEST_PICKLE: Final = 4 * 1024 * 1024
HDF5: Final = b"\x89HDF\r\n\x1a\n"

SCALARS: Final = [
    "numpy.core.multiarray scalar",
    "numpy._core.multiarray scalar",
    "numpy dtype",
    "numpy.dtypes Float64DType",
    "numpy.dtypes Float32DType",
    "_codecs encode",
]
"""What a training run's best score, saved beside the weights, is pickled with."""

NAMES: Final = re.compile(
    r"collections OrderedDict|torch\._utils _rebuild_(tensor_v2|parameter)|torch [A-Za-z0-9]+Storage|"
    + "|".join(map(re.escape, SCALARS))
)
"""Everything that a file of tensors names."""


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """The tensors of a checkpoint: a state dict, alone or as a training run's `seld_model`.

    The file is looked through first (a PyTorch zip, nothing packed, no name but those of tensors), then read
    with `weights_only`; there is no other way in. Raises ModelError.
    """
    _check_container(path)
    try:
        with torch.serialization.safe_globals(_scalar_types()):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, ValueError, KeyError, TypeError, EOFError, OSError) as problem:
        words = " ".join(str(problem).split())[:120]
        raise ModelError(f"{path}: damaged, PyTorch cannot read it ({words}); download it again") from None
    if isinstance(content, Mapping) and isinstance(content.get("seld_model"), Mapping):
        content = content["seld_model"]
    if not isinstance(content, Mapping) or not content or not all(map(_is_named_tensor, content.items())):
        held = type(content).__name__
        raise ModelError(f"{path}: expected a PyTorch state dict (names and tensors), got a {held} of others")
    return dict(content)


def _check_container(path: Path) -> None:
    if not path.is_file():
        raise ModelError(f"{path}: expected a checkpoint file, found none")
    size = path.stat().st_size
    if size > LARGEST:
        raise ModelError(f"{path}: expected a checkpoint of at most {LARGEST} bytes, got {size}")
    with path.open("rb") as file:
        if file.read(len(HDF5)) == HDF5:
            raise ModelError(
                f"{path}: a true HDF5 file; expected a PyTorch state dict, which the DCASE 2023 and 2024 "
                "baselines save under the suffix .h5"
            )
    try:
        with zipfile.ZipFile(path) as archive:
            _check_archive(archive, path, size)
    except (zipfile.BadZipFile, OSError, NotImplementedError, UnicodeDecodeError, RuntimeError, EOFError):
        raise ModelError(
            f"{path}: not a PyTorch checkpoint (a zip, as torch.save writes since 1.6), or damaged; "
            "download it again, or save an older one anew with torch.save"
        ) from None


def _check_archive(archive: zipfile.ZipFile, path: Path, size: int) -> None:
    entries = archive.infolist()
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise ModelError(f"{path}: holds packed entries, which PyTorch never writes; not opened")
    if sum(entry.file_size for entry in entries) > size:
        raise ModelError(f"{path}: its entries claim more bytes than the file has; not opened")
    pickles = [entry for entry in entries if entry.filename.endswith("data.pkl")]
    if len(pickles) != 1 or pickles[0].file_size > LARGEST_PICKLE:
        raise ModelError(
            f"{path}: not a PyTorch checkpoint: expected one data.pkl of at most {LARGEST_PICKLE} bytes"
        )
    _check_names(archive.read(pickles[0]), path)


def _check_names(pickle: bytes, path: Path) -> None:
    try:
        operations = [(operation.name, argument) for operation, argument, _ in pickletools.genops(pickle)]
    except (ValueError, IndexError, UnicodeDecodeError, OverflowError):
        raise ModelError(f"{path}: its data.pkl is damaged; download it again") from None
    for operation, argument in operations:
        if operation == "GLOBAL" and NAMES.fullmatch(str(argument)):
            continue
        if operation in {"GLOBAL", "STACK_GLOBAL", "INST", "EXT1", "EXT2", "EXT4"}:
            named = (
                f"'{argument.replace(' ', '.'):.80}'"
                if isinstance(argument, str)
                else "code by a hidden name"
            )
            raise ModelError(
                f"{path}: names {named}, which no file of weights needs; not opened, nothing was run"
            )


def _scalar_types() -> list[Any]:
    scalar = np.float64(0.0).__reduce__()[0]
    types = [np.dtype, type(np.dtype(np.float64)), type(np.dtype(np.float32))]
    return [*types, *((scalar, name.replace(" ", ".")) for name in SCALARS[:2])]


def _is_named_tensor(item: tuple[object, object]) -> bool:
    return isinstance(item[0], str) and isinstance(item[1], Tensor)
