"""Where the weights of frozen encoders lie, and how they are read: never a pickle's code, never a gap."""

from __future__ import annotations

import os
import socket
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from seldkit.embeddings.compact_weights import is_compact, read_compact_weights
from seldkit.errors import MissingExtraError, ModelError

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

SAFETENSORS_FILE: Final = "model.safetensors"
FOLDER: Final = "SELDKIT_WEIGHTS"
"""The environment's name for the folder of single files of weights."""


def weights_folder() -> Path:
    """Where single files of weights are looked for: $SELDKIT_WEIGHTS, else seldkit's folder in the cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get(FOLDER) or cache / "seldkit")


def resolve_weights(
    embedding: str, file: str | None, name: str, origin: str, package: str | None = None
) -> Path:
    """A file of weights: the one given, else `name` in `weights_folder()`, else in an installed package.

    file: a path, or a plain name that is here or in `weights_folder()`. origin: where a user finds it.
    package: "package:path in it". Raises ModelError that says all this.
    """
    if file is not None:
        given = find_weights(file)
        if given is None:
            here = "" if Path(file).name != file else f" here or in {weights_folder()}"
            raise ModelError(f"embedding '{embedding}': {file} is no file{here}; expected {name} ({origin})")
        return given
    places = [weights_folder() / name, *_in_package(package)]
    for place in places:
        if place.is_file():
            return place
    raise ModelError(
        f"embedding '{embedding}': {name} not found; get it ({origin}) and put it into {weights_folder()}, "
        "or give its path in the stream's settings"
    )


def find_weights(file: str) -> Path | None:
    """The file of weights that settings name, or None where it is not there."""
    places = [Path(file)] if Path(file).name != file else [Path(file), weights_folder() / file]
    return next((place for place in places if place.is_file()), None)


def missing_weights(files: Mapping[str, str | None]) -> list[str]:
    """Of files by name, each with the "package:path in it" that may hold it or None, those found nowhere."""
    places = {name: [weights_folder() / name, *_in_package(package)] for name, package in files.items()}
    return [name for name, found in places.items() if not any(place.is_file() for place in found)]


def load_pretrained(embedding: str, part: str, model: str, files: Sequence[str], **options: Any) -> Any:
    """A transformers model or processor by hub name or local folder, from the disk if it is there.

    part: its class. files: what a folder of it has to hold. Only safetensors are read. Raises ModelError
    where files are absent or lack weights, MissingExtraError without transformers.
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
    except Exception as problem:  # transformers and the hub raise whatever they like
        raise ModelError(_absent(embedding, model, files, problem)) from None
    if not is_model:
        return loaded
    network, info = loaded
    if info["missing_keys"] or info["mismatched_keys"]:
        lacking = sorted(map(str, [*info["missing_keys"], *info["mismatched_keys"]]))[0]
        raise ModelError(
            f"embedding '{embedding}': {model} holds other weights than {part} has (first: {lacking:.80}); "
            "expected the checkpoint of such a model"
        )
    return network


def read_tensors(embedding: str, path: Path) -> dict[str, Tensor]:
    """The tensors of a file: safetensors (`small_weights`), or a PyTorch state dict.

    Nothing that a file may hold is run. Raises ModelError.
    """
    import torch

    if is_compact(path):
        return read_compact_weights(embedding, path)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as problem:  # torch raises many kinds for damaged files
        words = " ".join(str(problem).split())[:100]
        raise ModelError(
            f"embedding '{embedding}': {path} cannot be read as PyTorch weights ({words}); download it again"
        ) from None
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise ModelError(f"embedding '{embedding}': {path}: expected a state dict (names and tensors)")
    return dict(state)


def load_weights(embedding: str, network: nn.Module, state: dict[str, Tensor], path: Path) -> None:
    """Give a network its weights, each of them, of the right shape. Raises ModelError."""
    try:
        network.load_state_dict(state)
    except RuntimeError as problem:
        words = " ".join(str(problem).split())[:160]
        raise ModelError(
            f"embedding '{embedding}': {path} holds other weights than expected: {words}"
        ) from None


def freeze(network: nn.Module, device: str | torch.device) -> Any:
    """The network on its device, not to be trained, in half precision on a GPU."""
    network = network.eval().requires_grad_(False).to(device)
    return network.half() if next(network.parameters()).is_cuda else network


def onnx_session(embedding: str, path: Path, device: str | torch.device = "cpu") -> Any:
    """An ONNX Runtime session, on a GPU where the device and the installed runtime have one."""
    try:
        import onnxruntime
    except ImportError:
        raise MissingExtraError(f"embedding '{embedding}'", "embeddings") from None
    wanted = ["CUDAExecutionProvider"] if str(device).startswith("cuda") else []
    providers = [name for name in wanted if name in onnxruntime.get_available_providers()]
    try:
        return onnxruntime.InferenceSession(str(path), providers=[*providers, "CPUExecutionProvider"])
    except Exception as problem:  # the runtime's own kinds are not public
        words = " ".join(str(problem).split())[:100]
        raise ModelError(f"embedding '{embedding}': {path} is no ONNX model ({words})") from None


def _in_package(package: str | None) -> list[Path]:
    if package is None:
        return []
    name, _, path = package.partition(":")
    found = find_spec(name)  # does not import it
    return [Path(place) / path for place in (found.submodule_search_locations or [])] if found else []


def _transformers(embedding: str) -> Any:
    try:
        import transformers
    except ImportError:
        raise MissingExtraError(f"embedding '{embedding}'", "embeddings") from None
    return transformers


def _from_disk_or_hub(cls: Any, model: str, options: dict[str, Any], *, local: bool) -> Any:
    load: Callable[..., Any] = cls.from_pretrained
    try:
        with _quiet(bars=False):
            return load(model, local_files_only=True, **options)
    except OSError:
        if local or not _hub_answers():
            raise
        with _quiet(bars=True):
            return load(model, **options)


@contextmanager
def _quiet(*, bars: bool) -> Iterator[None]:
    """No list of the weights that a part of a model leaves over; bars for a download only."""
    from transformers.utils import logging

    verbosity, shown = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    if not bars:
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def _hub_answers() -> bool:
    """Whether the hub can be reached: asking costs nothing, its own retries half a minute."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    if urllib.request.getproxies():
        return True
    try:
        address = urllib.parse.urlsplit(constants.ENDPOINT)
        with socket.create_connection((address.hostname or "", address.port or 443), timeout=10):
            return True
    except OSError:
        return False


def _require_files(embedding: str, folder: Path, files: Sequence[str]) -> None:
    for name in files:
        if not (folder / name).is_file():
            raise ModelError(
                f"embedding '{embedding}': {folder} lacks {name}; it has to hold {', '.join(files)}"
            )


def _absent(embedding: str, model: str, files: Sequence[str], problem: Exception) -> str:
    if Path(model).is_dir():
        return f"embedding '{embedding}': {model} cannot be read ({' '.join(str(problem).split())[:120]})"
    return (
        f"embedding '{embedding}': {model} is not on this disk and cannot be downloaded; put "
        f"{', '.join(files)} of https://huggingface.co/{model} into a folder and give that folder as 'model'"
    )
