"""The public DCASE Task 3 baselines' checkpoints, 2023 to 2025, as models of this package.

The layouts are those of the baselines' code (github.com/sharathadavanne/seld-dcase2023,
partha2409/DCASE2024_seld_baseline, partha2409/DCASE2025_seld_baseline).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from torch import Tensor

from seldkit.classes import STARSS23
from seldkit.errors import ModelError
from seldkit.models.checkpoint_file import read_state_dict
from seldkit.models.config import ModelConfig
from seldkit.models.input_normalization import fit_to_recordings
from seldkit.models.model import SeldModel
from seldkit.models.model_directory import TensorSpec, check_finite, tensor_mismatches

MAP_STREAM: Final = "resnet50-map"
"""The 7×7 map of a ResNet-50's last layer, its 2048 channels averaged: 49 values a picture."""

TRACKS: Final = 3


@dataclass(frozen=True)
class Baseline:
    """One published system, told by its first layer's key and channels and its last layer's width."""

    name: str
    first: str
    channels: int
    elements: tuple[str, ...]
    protocol: str
    features: Mapping[str, Any]
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

FIRST_LAYERS: Final = ("conv_blocks.0.conv.weight", "conv_block_list.0.conv.weight")

RENAMED: Final = (
    (r"conv_blocks\.", "encoder.blocks."),
    # The older layout counts each convolution's pooling and dropout too.
    (r"conv_block_list\.0\.", "encoder.blocks.0."),
    (r"conv_block_list\.3\.", "encoder.blocks.1."),
    (r"conv_block_list\.6\.", "encoder.blocks.2."),
    (r"gru\.", "encoder.gru."),
    (r"mhsa_(?:layers|block_list)\.", "encoder.attention."),
    (r"layer_norm(?:s|_list)\.", "encoder.norms."),
    (r"visual_embed_to_d_model\.", f"fusion.projections.from-{MAP_STREAM}."),
    (r"transformer_decoder\.", "fusion.decoder."),
    (r"fnn_list\.0\.", "head.hidden."),
    (r"fnn_list\.1\.", "head.output."),
)
"""The baselines' names and this package's."""

UNUSED: Final = "transformer_decoder_layer."
"""The audio-visual baselines keep the template that their decoder's layers were copied from."""


def load_public_checkpoint(path: str | Path, *, like: Iterable[str | Path] = ()) -> SeldModel:
    """The model of a public baseline's checkpoint, recognised by its tensors' names and shapes.

    like: sound files of the kind that the model will hear, for a model of standardised features (below).

    DCASE 2025 `.pth`: stereo; the audio-visual one takes streams={"resnet50-map": (batch, frames, 49)}.
    DCASE 2023 and 2024 `.h5` (PyTorch state dicts in spite of the suffix): FOA and MIC (GCC). The features
    of these years were standardised by a mean and a deviation that the checkpoint does not hold: before
    such a model can `hear`, they have to be taken from like sound, by `like` or by `model.features.fit`.
    Answers to features are the baseline's, in this package's shape and units. Raises ModelError, and
    MediaError where a file of `like` has not four channels of sound.
    """
    path, recordings = Path(path), list(like)
    original = read_state_dict(path)
    state = {_renamed(name): tensor for name, tensor in original.items() if not name.startswith(UNUSED)}
    config = ModelConfig.parse(_config(original, path), path)
    model = SeldModel(config)
    ours = model.state_dict()
    of_features = {name: tensor for name, tensor in ours.items() if name.startswith("features.")}
    stored = {name: TensorSpec.of(tensor) for name, tensor in (of_features | state).items()}
    for problem in tensor_mismatches(stored, ours):
        raise ModelError(f"{path}: not the layout of a public DCASE baseline: {problem}")
    check_finite(state, path)
    model.load_state_dict(of_features | state)
    if recordings:
        if not config.features.standardise:
            raise ModelError(f"{path}: the features of {config.name} are not standardised; leave `like` out")
        fit_to_recordings(model.features, recordings)
    return model.eval()


def _renamed(name: str) -> str:
    for theirs, ours in RENAMED:
        name = re.sub("^" + theirs, ours, name)
    return name


def _config(state: Mapping[str, Tensor], path: Path) -> dict[str, Any]:
    baseline = _recognised(state, path)
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


def _recognised(state: Mapping[str, Tensor], path: Path) -> Baseline:
    first = next((key for key in FIRST_LAYERS if key in state), "")
    last = state.get("fnn_list.1.weight")
    if not first or last is None or state[first].ndim != 4 or last.ndim != 2:
        raise ModelError(
            f"{path}: not the layout of a public DCASE 2023 to 2025 baseline "
            f"(it lacks '{FIRST_LAYERS[0]}' or '{FIRST_LAYERS[1]}', and 'fnn_list.1.weight')"
        )
    channels, outputs = state[first].shape[1], last.shape[0]
    for baseline in BASELINES:
        width = TRACKS * len(baseline.elements) * len(STARSS23)
        if first.startswith(baseline.first + ".") and (channels, outputs) == (baseline.channels, width):
            return baseline
    raise ModelError(
        f"{path}: no known baseline has {channels} input channels and {outputs} outputs in this layout; "
        "known are 2025 (2; 117 or 156), 2024 (7 or 10; 156) and 2023 (7 or 10; 117)"
    )
