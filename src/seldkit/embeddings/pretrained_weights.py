"""Locating and loading of the weights of frozen encoders.

Files are read without running code that they may contain, and weights must match a network completely.
"""

from __future__ import annotations

import os
import socket
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from numpy.typing import NDArray

from seldkit.embeddings.compact_weights import is_compact, read_compact_weights
from seldkit.errors import MissingExtraError, ModelError

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

SAFETENSORS_FILE: Final = "model.safetensors"
WEIGHTS_FOLDER_VARIABLE: Final = "SELDKIT_WEIGHTS"
"""Environment variable with the folder of weight files."""
CONNECTION_TIMEOUT_SECONDS: Final = 10

Network = TypeVar("Network", bound="nn.Module")


class OnnxInput(Protocol):
    """Input of an ONNX network.

    Attributes:
        name: Name.
        shape: Size of each axis; a name for variable sizes.
    """

    name: str
    shape: list[int | str | None]


class OnnxSession(Protocol):
    """The part of ``onnxruntime.InferenceSession`` that encoders use."""

    def get_inputs(self) -> list[OnnxInput]:
        """Returns the inputs of the network.

        Returns:
            The inputs in order.
        """

    def run(self, output_names: None, inputs: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Runs the network.

        Args:
            output_names: None for all outputs.
            inputs: Arrays by name of the input, shapes as in `get_inputs`.

        Returns:
            The outputs in order.
        """


def weights_folder() -> Path:
    """Returns the folder in which weight files are searched.

    Returns:
        ``$SELDKIT_WEIGHTS``, or else the folder ``seldkit`` in the user's cache.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get(WEIGHTS_FOLDER_VARIABLE) or cache / "seldkit")


def resolve_weights(
    embedding: str, file: str | None, name: str, origin: str, package: str | None = None
) -> Path:
    """Locates a file of weights.

    Args:
        embedding: Registered name of the encoder, for error messages.
        file: Path, or a file name that is searched in the working directory and in `weights_folder`. None
            searches `name`.
        name: Usual file name; searched in `weights_folder` and in the installed package.
        origin: Source of the file, for error messages.
        package: Location in an installed Python package, ``"package:path"``.

    Returns:
        Path of the existing file.

    Raises:
        ModelError: The file is missing. The message names the file, its source and its location.
    """
    if file is not None:
        path = find_weights(file)
        if path is None:
            searched = "" if Path(file).name != file else f" in the working directory or {weights_folder()}"
            raise ModelError(
                f"embedding '{embedding}': file {file} not found{searched}; expected {name} ({origin})"
            )
        return path
    for path in (weights_folder() / name, *_package_paths(package)):
        if path.is_file():
            return path
    raise ModelError(
        f"embedding '{embedding}': {name} not found; get it ({origin}) and put it into {weights_folder()}, "
        "or set its path in the settings of the stream"
    )


def find_weights(file: str) -> Path | None:
    """Locates a file of weights that settings name.

    Args:
        file: Path, or a file name that is searched in the working directory and in `weights_folder`.

    Returns:
        Path of the existing file, or None.
    """
    paths = [Path(file)] if Path(file).name != file else [Path(file), weights_folder() / file]
    return next((path for path in paths if path.is_file()), None)


def missing_weights(files: Mapping[str, str | None]) -> list[str]:
    """Determines which files of weights are missing.

    Args:
        files: For each file name its location in an installed Python package, ``"package:path"``, or None.

    Returns:
        Names of the files that exist neither in `weights_folder` nor in the package.
    """
    paths = {name: [weights_folder() / name, *_package_paths(package)] for name, package in files.items()}
    return [name for name, candidates in paths.items() if not any(path.is_file() for path in candidates)]


def load_pretrained(embedding: str, part: str, model: str, files: Sequence[str], **options: Any) -> Any:
    """Loads a model or processor of the transformers library.

    Only safetensors are read. A model is downloaded if it is not in the local cache.

    Args:
        embedding: Registered name of the encoder, for error messages.
        part: Name of the class in transformers.
        model: Name on the Hugging Face hub or local folder.
        files: Files that the folder must contain.
        **options: Further arguments of ``from_pretrained``.

    Returns:
        The model or processor.

    Raises:
        ModelError: Files or weights are missing.
        MissingExtraError: The transformers library is missing.
    """
    cls = getattr(_transformers(embedding), part)
    folder = Path(model)
    if folder.is_dir():
        _require_files(embedding, folder, files)
    is_model = hasattr(cls, "config_class")
    if is_model:
        options |= {"use_safetensors": True, "output_loading_info": True}
    try:
        loaded = _from_disk_or_hub(cls, model, options, local=folder.is_dir())
    except Exception as problem:  # transformers and huggingface_hub do not document their exceptions
        raise ModelError(_load_error(embedding, model, files, problem)) from None
    if not is_model:
        return loaded
    network, info = loaded
    if info["missing_keys"] or info["mismatched_keys"]:
        first = sorted(map(str, [*info["missing_keys"], *info["mismatched_keys"]]))[0]
        raise ModelError(
            f"embedding '{embedding}': the weights of {model} do not match {part} (first: {first:.80}); "
            f"expected a checkpoint of {part}"
        )
    return network


def read_tensors(embedding: str, path: Path) -> dict[str, Tensor]:
    """Reads the tensors of a file: compact weights (`compact_weights`) or a PyTorch state dict.

    Args:
        embedding: Registered name of the encoder, for error messages.
        path: The file.

    Returns:
        Tensors by name.

    Raises:
        ModelError: The file is damaged or contains anything other than tensors.
    """
    import torch

    if is_compact(path):
        return read_compact_weights(embedding, path)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as problem:  # torch raises many types of exceptions for damaged files
        message = " ".join(str(problem).split())[:100]
        raise ModelError(
            f"embedding '{embedding}': {path} cannot be read as PyTorch weights ({message}); "
            "download it again"
        ) from None
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise ModelError(f"embedding '{embedding}': {path}: expected a state dict (names and tensors)")
    return dict(state)


def load_weights(embedding: str, network: nn.Module, state: dict[str, Tensor], path: Path) -> None:
    """Loads weights into a network.

    Args:
        embedding: Registered name of the encoder, for error messages.
        network: The network.
        state: Tensors by name; names and shapes must match the network exactly.
        path: File of the weights, for error messages.

    Raises:
        ModelError: A tensor is missing, superfluous or of the wrong shape.
    """
    try:
        network.load_state_dict(state)
    except RuntimeError as problem:
        message = " ".join(str(problem).split())[:160]
        raise ModelError(f"embedding '{embedding}': {path} does not match the network: {message}") from None


def freeze(network: Network, device: str | torch.device, *, channels_last: bool = False) -> Network:
    """Prepares a network for inference.

    Args:
        network: The network.
        device: Compute device.
        channels_last: Whether weights are stored in the memory layout of images, which is faster on a CPU.

    Returns:
        The network on the device, in evaluation mode and without gradients; in half precision on a GPU.
    """
    import torch

    network = network.eval().requires_grad_(False).to(device)
    if channels_last:
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network.half() if next(network.parameters()).is_cuda else network


def onnx_session(embedding: str, path: Path, device: str | torch.device = "cpu") -> OnnxSession:
    """Creates an ONNX Runtime session.

    Args:
        embedding: Registered name of the encoder, for error messages.
        path: ONNX file.
        device: Compute device. A GPU is used if the installed runtime supports it.

    Returns:
        The session.

    Raises:
        ModelError: The file is not an ONNX model.
        MissingExtraError: ONNX Runtime is missing.
    """
    try:
        import onnxruntime
    except ImportError:
        raise MissingExtraError(f"embedding '{embedding}'", "embeddings") from None
    gpu_providers = ["CUDAExecutionProvider"] if str(device).startswith("cuda") else []
    providers = [name for name in gpu_providers if name in onnxruntime.get_available_providers()]
    try:
        session: OnnxSession = onnxruntime.InferenceSession(
            str(path), providers=[*providers, "CPUExecutionProvider"]
        )
    except Exception as problem:  # the exceptions of ONNX Runtime are not public
        message = " ".join(str(problem).split())[:100]
        raise ModelError(f"embedding '{embedding}': {path} is not an ONNX model ({message})") from None
    return session


def _package_paths(package: str | None) -> list[Path]:
    if package is None:
        return []
    name, _, path = package.partition(":")
    spec = find_spec(name)  # does not import the package
    return [Path(folder) / path for folder in (spec.submodule_search_locations or [])] if spec else []


def _transformers(embedding: str) -> Any:
    try:
        import transformers
    except ImportError:
        raise MissingExtraError(f"embedding '{embedding}'", "embeddings") from None
    return transformers


def _from_disk_or_hub(cls: Any, model: str, options: dict[str, Any], *, local: bool) -> Any:
    load: Callable[..., Any] = cls.from_pretrained
    try:
        with _transformers_logging(progress_bars=False):
            return load(model, local_files_only=True, **options)
    except OSError:
        if local or not _is_hub_reachable():
            raise
        with _transformers_logging(progress_bars=True):
            return load(model, **options)


@contextmanager
def _transformers_logging(*, progress_bars: bool) -> Iterator[None]:
    """Suppresses warnings about unused weights, and progress bars except for downloads."""
    from transformers.utils import logging

    verbosity, shown = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    if not progress_bars:
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def _is_hub_reachable() -> bool:
    """Tests the connection first, because the retries of huggingface_hub take half a minute."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    if urllib.request.getproxies():
        return True
    try:
        address = urllib.parse.urlsplit(constants.ENDPOINT)
        with socket.create_connection(
            (address.hostname or "", address.port or 443), timeout=CONNECTION_TIMEOUT_SECONDS
        ):
            return True
    except OSError:
        return False


def _require_files(embedding: str, folder: Path, files: Sequence[str]) -> None:
    for name in files:
        if not (folder / name).is_file():
            raise ModelError(
                f"embedding '{embedding}': {folder / name} is missing; "
                f"the folder must contain {', '.join(files)}"
            )


def _load_error(embedding: str, model: str, files: Sequence[str], problem: Exception) -> str:
    if Path(model).is_dir():
        return f"embedding '{embedding}': {model} cannot be read ({' '.join(str(problem).split())[:120]})"
    return (
        f"embedding '{embedding}': {model} is not in the local cache and cannot be downloaded; put "
        f"{', '.join(files)} of https://huggingface.co/{model} into a folder and set this folder as 'model'"
    )
