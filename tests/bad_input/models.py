"""Damaged and malicious model directories and checkpoints, each with the error that it must give.

`build(folder)` makes one in an empty folder and gives the path to load: a directory for `SeldModel.load`, a
file for `load_public_checkpoint`. Whatever would run code leaves the file `MARKER` in that folder.
"""

import io
import json
import os
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors.torch import load_file, save_file
from torch import Tensor

from seldkit.models import ModelConfig, SeldModel

MARKER = "code-has-run"

TINY: dict[str, Any] = {
    "name": "tiny",
    "classes": ["bell", "knock"],
    "features": {"input": "stereo", "parts": [{"name": "log-mel"}]},
    "encoder": {"name": "seldnet", "filters": 4, "rnn_size": 8, "attention_heads": 2},
    "head": {"name": "accdoa", "hidden": 8},
}


@dataclass(frozen=True)
class BadModel:
    """name: what is wrong. error: a regular expression that the one-line error must match."""

    name: str
    build: Callable[[Path], Path]
    error: str


def good_model(folder: Path) -> Path:
    """A tiny model directory that loads."""
    return SeldModel(ModelConfig.parse(TINY, "tiny")).save(folder / "model", "# Tiny\n")


def without(name: str) -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        (good_model(folder) / name).unlink()
        return folder / "model"

    return build


def config_text(text: str | bytes) -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        raw = text.encode() if isinstance(text, str) else text
        (good_model(folder) / "config.yaml").write_bytes(raw)
        return folder / "model"

    return build


def config_with(*keys: str | int, value: Any) -> Callable[[Path], Path]:
    """The good configuration with one value changed or added."""

    def build(folder: Path) -> Path:
        path = good_model(folder) / "config.yaml"
        values = yaml.safe_load(path.read_text())
        inner = values
        for key in keys[:-1]:
            inner = inner[key]
        inner[keys[-1]] = value
        path.write_text(yaml.safe_dump(values))
        return path.parent

    return build


def config_with_all(values: dict[str, Any]) -> Callable[[Path], Path]:
    """The good configuration with several values changed or added."""

    def build(folder: Path) -> Path:
        path = good_model(folder) / "config.yaml"
        path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | values))
        return path.parent

    return build


def config_plus(lines: str) -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        path = good_model(folder) / "config.yaml"
        path.write_text(path.read_text() + lines)
        return path.parent

    return build


def huge_config(folder: Path) -> Path:
    with (good_model(folder) / "config.yaml").open("r+b") as file:
        file.truncate(50_000_000)
    return folder / "model"


def weights_raw(change: Callable[[bytes], bytes]) -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        path = good_model(folder) / "model.safetensors"
        path.write_bytes(change(path.read_bytes()))
        return path.parent

    return build


def weights_with(change: Callable[[dict[str, Tensor]], None]) -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        path = good_model(folder) / "model.safetensors"
        tensors = {name: tensor.clone() for name, tensor in load_file(path).items()}
        change(tensors)
        save_file(tensors, path)
        return path.parent

    return build


def header(entries: object) -> Callable[[bytes], bytes]:
    text = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    return lambda _: struct.pack("<Q", len(text)) + text + bytes(64)


class Attack:
    """Unpickled, it would leave the marker."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch '{self.marker}'",)


def weights_attack(folder: Path) -> Path:
    path = good_model(folder) / "model.safetensors"
    path.write_bytes(pickle.dumps(Attack(folder / MARKER)))
    return path.parent


def config_attack(folder: Path) -> Path:
    path = good_model(folder) / "config.yaml"
    path.write_text(f"name: !!python/object/apply:os.system ['touch {folder / MARKER}']\n")
    return path.parent


def linked(name: str) -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        path = good_model(folder) / name
        path.rename(folder / name)
        path.symlink_to(folder / name)
        return path.parent

    return build


def pipe_for_config(folder: Path) -> Path:
    path = good_model(folder) / "config.yaml"
    path.unlink()
    os.mkfifo(path)
    return path.parent


def checkpoint(content: object, name: str = "x.pth", **options: Any) -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        torch.save(content, folder / name, **options)
        return folder / name

    return build


def raw_checkpoint(content: bytes, name: str = "x.pth") -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return build


def pickled_attack(folder: Path) -> Path:
    (folder / "x.pth").write_bytes(pickle.dumps(Attack(folder / MARKER)))
    return folder / "x.pth"


def zipped_attack(protocol: int) -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        state = OrderedDict(attack=Attack(folder / MARKER))
        torch.save(state, folder / "x.pth", pickle_protocol=protocol)
        return folder / "x.pth"

    return build


def rezipped(
    change: Callable[[dict[str, bytes]], None], compression: int = zipfile.ZIP_STORED
) -> Callable[[Path], Path]:
    """A harmless checkpoint whose zip entries were changed and packed anew."""

    def build(folder: Path) -> Path:
        buffer = io.BytesIO()
        torch.save(OrderedDict(weight=torch.zeros(1000)), buffer)
        with zipfile.ZipFile(buffer) as archive:
            entries = {name: archive.read(name) for name in archive.namelist()}
        change(entries)
        with zipfile.ZipFile(folder / "x.pth", "w", compression) as archive:
            for name, data in entries.items():
                archive.writestr(name, data)
        return folder / "x.pth"

    return build


def replace_pickle(data: bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda entries: entries.update({name: data for name in entries if name.endswith("data.pkl")})


def lying_storage(entries: dict[str, bytes]) -> None:
    name = next(name for name in entries if name.endswith("data.pkl"))
    entries[name] = entries[name].replace(b"M\xe8\x03", b"J" + struct.pack("<i", 500_000_000))


def zeros_bomb(entries: dict[str, bytes]) -> None:
    entries["archive/data/9"] = bytes(50_000_000)


def public_state(**changes: tuple[int, ...] | None) -> "OrderedDict[str, Tensor]":
    """The first and last layers of the 2025 layout, some of them changed or left out."""
    shapes: dict[str, tuple[int, ...] | None] = {
        "conv_blocks.0.conv.weight": (64, 2, 3, 3),
        "fnn_list.1.weight": (117, 128),
    }
    shapes.update({name.replace("__", "."): shape for name, shape in changes.items()})
    return OrderedDict((name, torch.zeros(shape)) for name, shape in shapes.items() if shape is not None)


def with_nan(tensors: dict[str, Tensor]) -> None:
    tensors["head.output.bias"][0] = float("nan")


ALIAS_BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [" + ", ".join([f"*{old}"] * 10) + "]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)

BAD_MODELS = [
    # The directory.
    BadModel("empty directory", lambda folder: folder, r"model\.safetensors: missing"),
    BadModel("no weights", without("model.safetensors"), r"model\.safetensors: missing"),
    BadModel("no configuration", without("config.yaml"), r"config\.yaml: missing"),
    BadModel("weights are a link out of it", linked("model.safetensors"), "leads out of the model directory"),
    BadModel("configuration is a link out of it", linked("config.yaml"), "leads out of the model directory"),
    BadModel("configuration is a pipe", pipe_for_config, "expected a regular file"),
    # The configuration as YAML.
    BadModel("empty configuration", config_text(""), "expected keys with their values .* got nothing"),
    BadModel("a list", config_text("- name: tiny\n"), "got a list"),
    BadModel("a word", config_text("tiny"), "got a str"),
    BadModel("not UTF-8", config_text(b"name: \xff\xfe\n"), "expected UTF-8"),
    BadModel("control characters", config_text(b"name: \x00\x01\n"), "not readable as YAML"),
    BadModel("broken YAML", config_text("name: [tiny\nclasses: }"), r"line \d+: "),
    BadModel("python object tag", config_attack, "line 1: the tag .*os.system.* is not allowed"),
    BadModel("python name tag", config_text("name: !!python/name:os.system\n"), "tag .* is not allowed"),
    BadModel("binary tag", config_text("name: !!binary aGk=\n"), "tag .* is not allowed"),
    BadModel("key given twice", config_plus("name: other\n"), "the key 'name' is given twice"),
    BadModel("number as a key", config_plus("7: seven\n"), "keys must be text, got 7"),
    BadModel("alias bomb", config_text(ALIAS_BOMB), r"the alias \*a is not allowed"),
    BadModel("alias to itself", config_text("a: &a [*a]\n"), r"the alias \*a is not allowed"),
    BadModel("merge key", config_text("a: &a {x: 1}\nb:\n  <<: *a\n"), "alias"),
    BadModel("50 MB of configuration", huge_config, "at most 262,144 bytes"),
    BadModel("nested 30,000 deep", config_text("a: " + "[" * 30_000), "line 1: nested too deeply"),
    # The configuration's values.
    BadModel("unknown key", config_plus("encodr: {}\n"), "unknown key 'encodr'; did you mean 'encoder'"),
    BadModel("unknown inner key", config_with("encoder", "filter", value=8), "did you mean 'filters'"),
    BadModel("unknown encoder", config_with("encoder", "name", value="seldnett"), "did you mean 'seldnet'"),
    BadModel("dotted name", config_with("encoder", "name", value="os.system"), "unknown encoder 'os.system'"),
    BadModel("dotted fusion", config_with("fusion", value={"name": "torch.nn.Module"}), "unknown fusion"),
    BadModel("unknown feature", config_with("features", "parts", 0, "name", value="logmel"), "'log-mel'"),
    BadModel("encoder without a name", config_with("encoder", value={"filters": 4}), "expected keys with"),
    BadModel("encoder is a word", config_with("encoder", value="seldnet"), "encoder: expected keys with"),
    BadModel("format of tomorrow", config_with("format_version", value=99), "version 1, got 99"),
    BadModel("truth for a number", config_with("encoder", "filters", value=True), "encoder.filters: .*True"),
    BadModel("truth for the version", config_with("format_version", value=True), "format_version: .*True"),
    BadModel("text for a number", config_with("window_frames", value="50"), "window_frames: .*got 50"),
    BadModel("NaN threshold", config_with("decoding", "threshold", value=float("nan")), "threshold: .*nan"),
    BadModel("NaN among thresholds", config_with("decoding", "threshold", value=[0.5, float("nan")]), "nan"),
    BadModel("infinite angle", config_with("decoding", "unify", value=float("inf")), "unify: .*inf"),
    BadModel(
        "three thresholds for two", config_with("decoding", "threshold", value=[0.5] * 3), r"\(2\), got 3"
    ),
    BadModel("negative size", config_with("encoder", "filters", value=-4), "encoder.filters: .*-4"),
    BadModel("size zero", config_with("encoder", "rnn_size", value=0), "encoder.rnn_size: .*got 0"),
    BadModel("absurd size", config_with("encoder", "filters", value=10**9), "encoder.filters: .*1000000000"),
    BadModel("absurd product", config_with("encoder", "rnn_size", value=4096), "shape|parameters"),
    BadModel(
        "absurd layer count", config_with("encoder", "rnn_layers", value=10**6), "rnn_layers: .*1000000"
    ),
    BadModel("absurd features", config_with("features", "grid", "n_fft", value=2**40), "n_fft"),
    BadModel("number without end", config_text("name: " + "9" * 5000), "a number out of range"),
    BadModel("heads that do not divide", config_with("encoder", "attention_heads", value=3), "multiple of"),
    BadModel("too few bins", config_with("encoder", "bin_pools", value=[64, 4, 1]), "bins"),
    BadModel("pools do not match", config_with("encoder", "time_pools", value=[5]), "one factor per block"),
    BadModel("labels of 80 ms", config_with("encoder", "time_pools", value=[4, 1, 1]), "must be 100 ms"),
    BadModel("elements in disorder", config_with("elements", value=["y", "x"]), "in this order, got y x"),
    BadModel("class twice", config_with("classes", value=["bell", "bell"]), "'bell' is listed twice"),
    BadModel("no class", config_with("classes", value=[]), "classes: "),
    BadModel(
        "stream without fusion",
        config_with("streams", value={"clap": 512}),
        "does not support streams",
    ),
    BadModel("stream with a path", config_with("streams", value={"../../etc": 4}), "should match pattern"),
    BadModel(
        "fusion of no stream",
        config_with("fusion", value={"name": "transformer-decoder"}),
        "at least one stream",
    ),
    # Streams, their encoders and the larger parts.
    BadModel(
        "dotted embedding",
        config_with("streams", value={"clap": {"embedding": "os.system"}}),
        "unknown embedding 'os.system'",
    ),
    BadModel(
        "embedding with its own code",
        config_with("streams", value={"clap": {"embedding": "clap", "trust_remote_code": True}}),
        "unknown key 'trust_remote_code'",
    ),
    BadModel("stream of a billion values", config_with("streams", value={"clap": 10**9}), "streams.clap"),
    BadModel(
        "encoder of no stream",
        config_with("stream_encoders", value={"clap": {"name": "linear"}}),
        "unknown stream 'clap'; known are: none",
    ),
    BadModel(
        "dotted stream encoder",
        config_with_all({"streams": {"clap": 4}, "stream_encoders": {"clap": {"name": "builtins.eval"}}}),
        "unknown stream encoder 'builtins.eval'",
    ),
    BadModel("dotted head", config_with("head", value={"name": "subprocess.Popen"}), "unknown head"),
    BadModel("stream dropout of one", config_with("stream_dropout", value=1.0), "stream_dropout: .*got 1.0"),
    BadModel(
        "neither encoder nor fusion",
        config_with("encoder", value={"name": "none"}),
        "requires a fusion other than 'none'",
    ),
    BadModel(
        "even kernel",
        config_with("fusion", value={"name": "av-conformer", "conformer": {"kernel": 50}}),
        "kernel must be odd, got 50",
    ),
    BadModel(
        "kernel of a million",
        config_with("fusion", value={"name": "av-conformer", "conformer": {"kernel": 10**6 + 1}}),
        "conformer.kernel: .*got 1000001",
    ),
    BadModel(
        "conformer beyond memory",
        config_with(
            "encoder",
            value={"name": "cnn-conformer", "filters": [2, 4096], "conformer": {"layers": 64}},
        ),
        "100 ms|parameters, expected at most",
    ),
    BadModel(
        "settings inside settings",
        config_with("encoder", value={"name": "temporal-enhancement", "crnn": {"name": "os.system"}}),
        "encoder.crnn.name: expected 'seldnet', got os.system",
    ),
    BadModel(
        "heads that do not divide a fusion",
        config_with("fusion", value={"name": "cross-modal-conformer", "conformer": {"heads": 5}}),
        "multiple of the 5 attention heads",
    ),
    BadModel(
        "streams of other widths",
        config_with_all({"streams": {"clap": 4}, "fusion": {"name": "cmaf"}}),
        "the stream 'clap' must have the encoder's width 8, got 4",
    ),
    BadModel(
        "linear probability",
        config_with_all({"elements": ["x", "y", "onscreen"], "head": {"name": "accdoa", "output": "linear"}}),
        "'linear' does not support the element onscreen",
    ),
    BadModel(
        "more bins than there are",
        config_with(
            "features", value={"bands": "linear", "grid": {"mels": 600}, "parts": [{"name": "amplitude"}]}
        ),
        "at most 513 bins of a transform of 1024 samples, got 600",
    ),
    # The weights.
    BadModel("empty weights", weights_raw(lambda _: b""), "not a complete safetensors file"),
    BadModel(
        "weights are text",
        weights_raw(lambda _: b"<!DOCTYPE html><html></html>"),
        "not a complete safetensors",
    ),
    BadModel("weights cut short", weights_raw(lambda raw: raw[: len(raw) // 2]), "damaged"),
    BadModel(
        "weights cut in the header", weights_raw(lambda raw: raw[:100]), "not a complete safetensors file"
    ),
    BadModel("weights with a tail", weights_raw(lambda raw: raw + bytes(8)), "damaged"),
    BadModel(
        "header of 2^60 bytes", weights_raw(lambda raw: struct.pack("<Q", 2**60) + raw[8:]), "not a complete"
    ),
    BadModel("header of 5 MB", weights_raw(header(b" " * 5_000_000)), "header of at most"),
    BadModel("header is a list", weights_raw(header([1, 2])), "header is damaged"),
    BadModel("header nested deep", weights_raw(header(b'{"a":' + b"[" * 100_000)), "header is damaged"),
    BadModel(
        "negative shape", weights_raw(header({"a": {"dtype": "F32", "shape": [-1]}})), "header is damaged"
    ),
    BadModel(
        "tensor too many", weights_with(lambda w: w.update(extra=torch.zeros(3))), "unknown tensor 'extra'"
    ),
    BadModel("tensor missing", weights_with(lambda w: w.__delitem__("head.hidden.bias")), "is missing"),
    BadModel(
        "wrong shape",
        weights_with(lambda w: w.update({"head.hidden.bias": torch.zeros(9)})),
        r"'head.hidden.bias': the configuration makes the shape \(8,\), got \(9,\)",
    ),
    BadModel(
        "half precision",
        weights_with(lambda w: w.update({"head.hidden.bias": torch.zeros(8).half()})),
        "expected float32 values, got float16",
    ),
    BadModel("NaN weight", weights_with(with_nan), "'head.output.bias' contains NaN or infinity"),
    BadModel("weights that are a pickle", weights_attack, "not a complete safetensors file"),
    # Checkpoints.
    BadModel("no checkpoint", lambda folder: folder / "none.pth", "expected a checkpoint file, found none"),
    BadModel("empty checkpoint", raw_checkpoint(b""), "not a PyTorch checkpoint"),
    BadModel("bare pickle that runs code", pickled_attack, "not a PyTorch checkpoint"),
    BadModel("zip that runs code", zipped_attack(2), r"contains '(posix|nt)\.system'.*nothing was run"),
    BadModel("zip that runs code, protocol 4", zipped_attack(4), "contains .*nothing was run"),
    BadModel("old PyTorch file", checkpoint({}, _use_new_zipfile_serialization=False), "since 1.6"),
    BadModel("whole module pickled", checkpoint(torch.nn.Linear(1, 1)), "contains 'torch.nn.*nothing"),
    BadModel(
        "allocates at reading",
        rezipped(replace_pickle(b"cbuiltins\nbytearray\nJ\x00\x00\x00\x70\x85R.")),
        "bytearray",
    ),
    BadModel("broken pickle", rezipped(replace_pickle(b"\x80\x02\xff\xff")), "data.pkl is damaged"),
    BadModel(
        "pickle without an end", rezipped(replace_pickle(b"\x80\x02}")), "data.pkl is damaged|cannot read"
    ),
    BadModel("storage that lies", rezipped(lying_storage), "damaged, PyTorch cannot read it"),
    BadModel("packed bomb", rezipped(zeros_bomb, zipfile.ZIP_DEFLATED), "compressed entries"),
    BadModel("zip of something else", rezipped(dict.clear), "not a PyTorch checkpoint"),
    BadModel("true HDF5", raw_checkpoint(b"\x89HDF\r\n\x1a\n" + bytes(100), "x.h5"), "an HDF5 file"),
    BadModel("a list of tensors", checkpoint([torch.zeros(2)]), "expected a PyTorch state dict"),
    BadModel("no tensors", checkpoint({"weight": 3}), "expected a PyTorch state dict"),
    BadModel(
        "another layout",
        checkpoint({"weight": torch.zeros(2)}),
        "expected a checkpoint of a public DCASE baseline",
    ),
    BadModel("layers missing", checkpoint(public_state()), "found other tensors: .* is missing"),
    BadModel(
        "odd channels",
        checkpoint(public_state(conv_blocks__0__conv__weight=(64, 5, 3, 3))),
        "5 input channels",
    ),
    BadModel("single ACCDOA", checkpoint(public_state(fnn_list__1__weight=(39, 128))), "39 outputs"),
]
