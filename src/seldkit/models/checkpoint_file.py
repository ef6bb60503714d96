"""Safe reading of PyTorch checkpoint files: tensors only."""

import pickletools
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from seldkit.errors import ModelError

MAX_FILE_BYTES: Final = 512 * 1024 * 1024
"""The public baselines have 3 to 35 MB."""

MAX_PICKLE_BYTES: Final = 4 * 1024 * 1024
HDF5_SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"

SCALAR_NAMES: Final = [
    "numpy.core.multiarray scalar",
    "numpy._core.multiarray scalar",
    "numpy dtype",
    "numpy.dtypes Float64DType",
    "numpy.dtypes Float32DType",
    "_codecs encode",
]
"""Names in the pickle of a NumPy scalar, such as the best score that a training run saves with the
weights."""

ALLOWED_NAMES: Final = re.compile(
    r"collections OrderedDict|torch\._utils _rebuild_(tensor_v2|parameter)|torch [A-Za-z0-9]+Storage|"
    + "|".join(map(re.escape, SCALAR_NAMES))
)
"""Names that a pickle of tensors may contain."""

STATE_DICT_KEYS: Final = ("seld_model", "state_dict", "model_state_dict")
"""Keys of the tensors in checkpoints of training runs: the DCASE baselines, Lightning, and many scripts."""

WRAPPER_SEGMENTS: Final = frozenset({"module", "_orig_mod"})
"""Parts of tensor names that `DataParallel` and `torch.compile` add; no baseline has layers named so."""

HALF_DTYPES: Final = (torch.float16, torch.bfloat16)

_NAME_OPERATIONS: Final = {"GLOBAL", "STACK_GLOBAL", "INST", "EXT1", "EXT2", "EXT4"}


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """Reads the tensors of a checkpoint: a state dict, or that of a training run (`STATE_DICT_KEYS`).

    Names are those of the unwrapped model, without the prefixes of `DataParallel` and `torch.compile`. Values
    in half precision are converted to float32.

    Before PyTorch opens the file (with ``weights_only``), the container is checked: an uncompressed zip whose
    pickle contains no names but those of tensors.

    Args:
        path: Checkpoint file.

    Returns:
        Tensors by name.

    Raises:
        ModelError: If the file is missing, damaged, too large, or contains anything but tensors.
    """
    _check_container(path)
    try:
        with torch.serialization.safe_globals(_scalar_types()):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, ValueError, KeyError, TypeError, EOFError, OSError) as error:
        message = " ".join(str(error).split())[:120]
        raise ModelError(f"{path}: damaged, PyTorch cannot read it ({message}); download it again") from None
    if isinstance(content, Mapping):
        nested = (content.get(key) for key in STATE_DICT_KEYS)
        content = next((value for value in nested if isinstance(value, Mapping)), content)
    if not isinstance(content, Mapping) or not content or not all(map(_is_named_tensor, content.items())):
        kind = type(content).__name__
        raise ModelError(f"{path}: expected a PyTorch state dict (names and tensors), got a {kind} of others")
    state = {_unwrapped_name(name): _single_precision(tensor) for name, tensor in content.items()}
    if len(state) < len(content):
        raise ModelError(f"{path}: contains tensors with and without a prefix of a wrapper; save one model")
    return state


def _unwrapped_name(name: str) -> str:
    """The name of a tensor without the parts that wrappers of the model add."""
    return ".".join(segment for segment in name.split(".") if segment not in WRAPPER_SEGMENTS)


def _single_precision(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.dtype in HALF_DTYPES else tensor


def _check_container(path: Path) -> None:
    if not path.is_file():
        raise ModelError(f"{path}: expected a checkpoint file, found none")
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise ModelError(f"{path}: expected a checkpoint of at most {MAX_FILE_BYTES} bytes, got {size}")
    with path.open("rb") as file:
        if file.read(len(HDF5_SIGNATURE)) == HDF5_SIGNATURE:
            raise ModelError(
                f"{path}: an HDF5 file; expected a PyTorch state dict, which the DCASE 2023 and 2024 "
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
        raise ModelError(f"{path}: has compressed entries, which PyTorch never writes; not opened")
    if sum(entry.file_size for entry in entries) > size:
        raise ModelError(f"{path}: its entries claim more bytes than the file has; not opened")
    pickles = [entry for entry in entries if entry.filename.endswith("data.pkl")]
    if len(pickles) != 1 or pickles[0].file_size > MAX_PICKLE_BYTES:
        raise ModelError(
            f"{path}: not a PyTorch checkpoint: expected one data.pkl of at most {MAX_PICKLE_BYTES} bytes"
        )
    _check_names(archive.read(pickles[0]), path)


def _check_names(pickle: bytes, path: Path) -> None:
    try:
        operations = [(operation.name, argument) for operation, argument, _ in pickletools.genops(pickle)]
    except (ValueError, IndexError, UnicodeDecodeError, OverflowError):
        raise ModelError(f"{path}: its data.pkl is damaged; download it again") from None
    for operation, argument in operations:
        if operation == "GLOBAL" and ALLOWED_NAMES.fullmatch(str(argument)):
            continue
        if operation in _NAME_OPERATIONS:
            name = "code by a hidden name"
            if isinstance(argument, str):
                name = f"'{argument.replace(' ', '.'):.80}'"
            raise ModelError(
                f"{path}: contains {name}, which a file of weights does not need; not opened, nothing was run"
            )


def _scalar_types() -> list[Callable[..., Any] | tuple[Callable[..., Any], str]]:
    scalar: Any = np.float64(0.0).__reduce__()[0]
    types: list[Callable[..., Any]] = [np.dtype, type(np.dtype(np.float64)), type(np.dtype(np.float32))]
    return [*types, *((scalar, name.replace(" ", ".")) for name in SCALAR_NAMES[:2])]


def _is_named_tensor(item: tuple[object, object]) -> bool:
    return isinstance(item[0], str) and isinstance(item[1], Tensor)
