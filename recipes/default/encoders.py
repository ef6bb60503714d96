"""Writes small files of the weights of the frozen encoders, which are stored in model directories.

    python recipes/default/encoders.py              # into $SELDKIT_WEIGHTS, or the cache folder of seldkit
    python recipes/default/encoders.py --output DIR

A configuration refers to them by `weights: yamnet.safetensors` and `weights:
efficientnet-lite0.safetensors`; when the model is saved, the files are copied into the model directory. The
original files are in the packages that the error messages name. The script prints the sizes in bytes, and
the differences of embeddings of synthetic audio and images from those of the original weights.
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
"""Smallest number of weights of a convolution of EfficientNet-Lite that is stored with 8 bits: few layers,
most bytes.

YAMNet was trained with 8-bit weights, so that it loses nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--output", type=Path, default=weights_folder())
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    arguments.output.mkdir(parents=True, exist_ok=True)
    yamnet(arguments.output / "yamnet.safetensors")
    efficientnet_lite(arguments.output / "efficientnet-lite0.safetensors")


def yamnet(path: Path) -> None:
    """Writes the convolutions of YAMNet."""
    audio = synthetic_audio()
    original = YamnetSettings().load()
    write(path, original._network, 0)
    report(path, lambda one: one.encode(audio, 16000), original, YamnetSettings(weights=str(path)).load())


def efficientnet_lite(path: Path) -> None:
    """Writes EfficientNet-Lite0 up to the stage that the recipe uses."""
    images = synthetic_images()
    settings = EfficientNetLiteSettings(stage=STAGE, size=(320, 192), columns=20)
    original = settings.load()
    write(path, load_network(settings), LARGE)
    small = settings.model_copy(update={"weights": str(path)}).load()
    report(path, lambda one: one.encode(np.stack([one.preprocess(x) for x in images])), original, small)


def write(path: Path, network: nn.Module, smallest: int) -> None:
    """Writes the weights of convolutions with 8 or 16 bits, and all others unchanged.

    Args:
        path: Output file.
        network: Network with the original weights.
        smallest: Smallest number of weights of a convolution that is stored with 8 bits.
    """
    kinds: dict[str, Literal[8, 16]] = {}
    for name, tensor in network.state_dict().items():
        if tensor.dim() == 4:
            kinds[name] = 8 if tensor.numel() >= smallest else 16
    write_compact_weights(path, network.state_dict(), kinds)


def report(path: Path, tokens: Callable[[Any], Tensor], original: Any, small: Any) -> None:
    """Prints the size and the difference from the original embeddings."""
    expected, compact = tokens(original).flatten(0, 1), tokens(small).flatten(0, 1)
    cosine = torch.nn.functional.cosine_similarity(expected, compact, dim=1)
    off = (expected - compact).norm(dim=1) / expected.norm(dim=1)
    print(
        f"{path}: {path.stat().st_size:,} bytes; smallest cosine {cosine.min():.5f}, "
        f"relative difference {off.mean():.4f} (mean), {off.max():.4f} (largest)"
    )


def synthetic_audio() -> np.ndarray:
    """Noise, sweeps and clicks, (batch, 2, samples) at 16 kHz, five seconds each."""
    random, time = np.random.default_rng(0), np.arange(80000) / 16000
    noise = random.standard_normal((8, 80000)) * np.geomspace(0.003, 0.3, 8)[:, None]
    sweeps = [0.2 * np.sin(2 * np.pi * (f * time + 0.5 * f * time**2)) for f in (100.0, 400.0, 1200.0)]
    clicks = [(time % period < 0.002) * random.standard_normal(80000) for period in (0.1, 0.7)]
    gated = noise[4:5] * (np.sin(2 * np.pi * 3 * time) > 0)
    return np.stack([np.concatenate([noise, sweeps, clicks, gated])] * 2, axis=1).astype(np.float32)


def synthetic_images() -> list[np.ndarray]:
    """Noise images with several grain sizes, each (360, 640, 3)."""
    random = np.random.default_rng(0)
    images = []
    for grain in (2, 4, 8, 16, 40, 90):
        cells = random.integers(0, 256, (360 // grain + 1, 640 // grain + 1, 3), dtype=np.uint8)
        images.append(cells.repeat(grain, 0).repeat(grain, 1)[:360, :640])
    return images


if __name__ == "__main__":
    main()
