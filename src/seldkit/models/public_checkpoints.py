"""Checkpoints of the public DCASE Task 3 baselines, 2023 to 2025, as models of this package.

The layouts are those of the baselines' code (github.com/sharathadavanne/seld-dcase2023,
partha2409/DCASE2024_seld_baseline, partha2409/DCASE2025_seld_baseline).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from seldkit.channels import FOA as FOA_LAYOUT
from seldkit.classes import STARSS23
from seldkit.errors import ModelError
from seldkit.features import FeatureStack
from seldkit.media import AudioReader
from seldkit.models.checkpoint_file import read_state_dict
from seldkit.models.config import ModelConfig
from seldkit.models.layers.stream_layers import stream_key
from seldkit.models.model import SeldModel
from seldkit.models.model_directory import TensorSpec, check_finite, tensor_mismatches

MAP_STREAM: Final = "resnet50-map"
"""Stream of ResNet-50's last 7×7 feature map, averaged over its 2048 channels: 49 values per video frame."""

TRACK_COUNT: Final = 3
BLOCK_SECONDS: Final = 5.0


@dataclass(frozen=True)
class Baseline:
    """A published system, recognized by its first layer's name and channels and its last layer's width.

    Attributes:
        name: Name of the model.
        first_layer: Prefix of the first layer's tensors.
        channels: Number of feature channels.
        elements: Elements of a track.
        protocol: Scoring protocol of the challenge.
        features: Settings of the features.
        output: Output of the ACCDOA head, ``"bounded"`` or ``"linear"``.
    """

    name: str
    first_layer: str
    channels: int
    elements: tuple[str, ...]
    protocol: str
    features: Mapping[str, object]
    output: str = "bounded"


LOG_MEL: Final = {"name": "log-mel", "top_db": 80.0}
STEREO: Final = {"input": "stereo", "parts": [LOG_MEL]}
FOA: Final = {"input": "foa", "parts": [LOG_MEL, {"name": "intensity-vector"}], "standardise": True}
MIC: Final = {"input": "mic", "parts": [LOG_MEL, {"name": "cross-correlation"}], "standardise": True}

BASELINES: Final = (
    Baseline("dcase2025", "conv_blocks", 2, ("x", "y", "distance"), "dcase2025", STEREO),
    Baseline("dcase2025", "conv_blocks", 2, ("x", "y", "distance", "onscreen"), "dcase2025", STEREO),
    Baseline("dcase2024-foa", "conv_block_list", 7, ("x", "y", "z", "distance"), "dcase2024", FOA, "linear"),
    Baseline("dcase2024-mic", "conv_block_list", 10, ("x", "y", "z", "distance"), "dcase2024", MIC, "linear"),
    Baseline("dcase2023-mic", "conv_block_list", 10, ("x", "y", "z"), "dcase2023", MIC),
    Baseline("dcase2023-foa", "conv_block_list", 7, ("x", "y", "z"), "dcase2023", FOA),
)

FIRST_TENSORS: Final = ("conv_blocks.0.conv.weight", "conv_block_list.0.conv.weight")

RENAMED_TENSORS: Final = (
    (r"conv_blocks\.", "encoder.blocks."),
    # The older layout also numbers the pooling and dropout after each convolution.
    (r"conv_block_list\.0\.", "encoder.blocks.0."),
    (r"conv_block_list\.3\.", "encoder.blocks.1."),
    (r"conv_block_list\.6\.", "encoder.blocks.2."),
    (r"gru\.", "encoder.gru."),
    (r"mhsa_(?:layers|block_list)\.", "encoder.attention."),
    (r"layer_norm(?:s|_list)\.", "encoder.norms."),
    (r"visual_embed_to_d_model\.", f"fusion.projections.{stream_key(MAP_STREAM)}."),
    (r"transformer_decoder\.", "fusion.decoder."),
    (r"fnn_list\.0\.", "head.hidden."),
    (r"fnn_list\.1\.", "head.output."),
)
"""Patterns of the baselines' tensor names and the names of this package."""

UNUSED_PREFIX: Final = "transformer_decoder_layer."
"""The audio-visual baselines also store the template that their decoder layers were copied from."""


def load_public_checkpoint(path: str | Path, *, recordings: Iterable[str | Path] = ()) -> SeldModel:
    """Loads a checkpoint of a public baseline, recognized by its tensors' names and shapes.

    - DCASE 2025 `.pth`: stereo. The audio-visual model takes ``streams={"resnet50-map": (batch, frames,
    49)}``.
    - DCASE 2023 and 2024 `.h5` (PyTorch state dicts despite the suffix): FOA and MIC (GCC). Their features
    are
      standardized, but the checkpoint does not contain the mean and standard deviation. They have to be
      estimated before `predict`, with `recordings` or with `model.features.fit_standardisation`.

    Also accepted are state dicts of wrapped models (``module.``, ``_orig_mod.``), in half precision, and
    checkpoints of Lightning, whose tensors outside the baseline are ignored.

    The model's output for given features equals the baseline's, in this package's shape and units.

    Args:
        path: Checkpoint file.
        recordings: Four-channel audio files to estimate the statistics of standardized features from.

    Returns:
        The model in eval mode.

    Raises:
        ModelError: If the file is damaged or not a known baseline, or `recordings` are given for a model
            without standardized features.
        MediaError: If a recording does not have four channels or cannot be read.
    """
    path, recordings = Path(path), list(recordings)
    original = _baseline_tensors(read_state_dict(path), path)
    state = {
        _rename_tensor(name): tensor
        for name, tensor in original.items()
        if not name.startswith(UNUSED_PREFIX)
    }
    config = ModelConfig.parse(_config_values(original, path), path)
    model = SeldModel(config)
    expected = model.state_dict()
    statistics = {name: tensor for name, tensor in expected.items() if name.startswith("features.")}
    stored = {name: TensorSpec.from_tensor(tensor) for name, tensor in (statistics | state).items()}
    for mismatch in tensor_mismatches(stored, expected):
        raise ModelError(
            f"{path}: expected a checkpoint of a public DCASE baseline, found other tensors: {mismatch}"
        )
    check_finite(state, path)
    model.load_state_dict(statistics | state)
    if recordings:
        if not config.features.standardise:
            raise ModelError(f"{path}: {config.name} does not standardize its features; omit recordings")
        fit_normalization(model.features, recordings)
    return model.eval()


def fit_normalization(stack: FeatureStack, paths: Iterable[str | Path]) -> None:
    """Estimates mean and standard deviation of features from four-channel recordings.

    First-order ambisonics is used in all 16 combinations of quarter turns and left-right and up-down
    reflections. Otherwise the mean intensity vector of a few recordings would contain the directions of their
    sources, and subtracting it would bias the directions that the model predicts.

    Args:
        stack: Features; the statistics are stored in it.
        paths: Audio files with four channels.

    Raises:
        MediaError: If a recording does not have four channels or cannot be read.
    """
    stack.fit_standardisation(_raw_features(stack, paths))


@torch.inference_mode()
def _raw_features(stack: FeatureStack, paths: Iterable[str | Path]) -> Iterator[Tensor]:
    """Raw features of each block, (rotations, channels, frames, bins)."""
    rotations = _foa_rotations() if stack.config.layout == FOA_LAYOUT else torch.eye(4)[None]
    for path in paths:
        with AudioReader(path, stack.config.sample_rate, stack.config.layout, BLOCK_SECONDS) as reader:
            for block in reader:
                yield stack.extract_raw(rotations @ torch.from_numpy(block))


def _foa_rotations() -> Tensor:
    """Exchanges of Y and X with all sign changes of Y, Z and X, as matrices on W Y Z X: (16, 4, 4)."""
    orders = ([0, 1, 2, 3], [0, 3, 2, 1])
    signs = torch.tensor(list(product([1.0], [1.0, -1.0], [1.0, -1.0], [1.0, -1.0])))
    return torch.cat([torch.eye(4)[order] * signs[:, :, None] for order in orders])


def _baseline_tensors(state: Mapping[str, Tensor], path: Path) -> Mapping[str, Tensor]:
    """Tensors named as in the baseline itself, if a Lightning module holds it as an attribute (`model.`)."""
    firsts = tuple(f".{name}" for name in FIRST_TENSORS)
    prefixes = [name[: -len(first) + 1] for name in state for first in firsts if name.endswith(first)]
    if not prefixes or not state.keys().isdisjoint(FIRST_TENSORS):
        return state
    if len(prefixes) > 1:
        listed = ", ".join(f"'{prefix:.60}'" for prefix in prefixes)
        raise ModelError(f"{path}: expected one model, found several ({listed}); save the state dict of one")
    prefix = prefixes[0]
    return {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}


def _rename_tensor(name: str) -> str:
    for pattern, replacement in RENAMED_TENSORS:
        name = re.sub("^" + pattern, replacement, name)
    return name


def _config_values(state: Mapping[str, Tensor], path: Path) -> dict[str, object]:
    baseline = _recognize(state, path)
    visual = "visual_embed_to_d_model.weight" in state
    return {
        "name": baseline.name + ("-audiovisual" if visual else "-audio"),
        "elements": baseline.elements,
        "features": baseline.features,
        "streams": {MAP_STREAM: 49} if visual else {},
        "encoder": {"name": "seldnet"},
        "fusion": {"name": "transformer-decoder" if visual else "none"},
        "head": {"name": "accdoa", "output": baseline.output},
        "protocol": baseline.protocol,
    }


def _recognize(state: Mapping[str, Tensor], path: Path) -> Baseline:
    first = next((key for key in FIRST_TENSORS if key in state), "")
    last = state.get("fnn_list.1.weight")
    if not first or last is None or state[first].ndim != 4 or last.ndim != 2:
        raise ModelError(
            f"{path}: expected a checkpoint of a public DCASE baseline, 2023 to 2025 (with the tensors "
            f"'{FIRST_TENSORS[0]}' or '{FIRST_TENSORS[1]}', and 'fnn_list.1.weight'), found other tensors"
        )
    channels, outputs = state[first].shape[1], last.shape[0]
    for baseline in BASELINES:
        width = TRACK_COUNT * len(baseline.elements) * len(STARSS23)
        matches = (channels, outputs) == (baseline.channels, width)
        if first.startswith(baseline.first_layer + ".") and matches:
            return baseline
    raise ModelError(
        f"{path}: no known baseline has {channels} input channels and {outputs} outputs in this layout; "
        "known are 2025 (2; 117 or 156), 2024 (7 or 10; 156) and 2023 (7 or 10; 117)"
    )
