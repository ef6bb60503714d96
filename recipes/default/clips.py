"""Clips of synthetic scenes for the default model: rendered once, in shards, by several processes."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
import yaml

from seldkit.accdoa import encode_targets
from seldkit.annotations import Annotations
from seldkit.features import FeatureConfig, FeatureStack
from seldkit.files import replacing
from seldkit.models import ModelConfig
from seldkit.synthesis import SoundLibrary, draw_scene, load_sounds, split_sounds

SPLIT = Path(__file__).parent / "split.yaml"
SPLITS = ("train", "validation", "test")
SHARD = 100
"""Clips in a file; what a kill can lose of each process's work."""


@dataclass(frozen=True)
class Clips:
    """features: raw, (clips, channels, frames, bins); targets: (clips, 50, 6, 1 + elements, classes)."""

    features: torch.Tensor
    targets: torch.Tensor

    def __len__(self) -> int:
        return len(self.features)


def library_of(sounds: Path, split: str) -> SoundLibrary:
    """The sounds of one split."""
    return split_sounds(load_sounds(sounds), yaml.safe_load(SPLIT.read_text()))[split]


def scene_seed(split: str, number: int) -> tuple[int, int]:
    """Each clip has its own seed, and with it its own room: no room is in two splits."""
    return SPLITS.index(split) + 1, number


def prepare(
    folder: Path, sounds: Path, split: str, count: int, config: FeatureConfig, elements: tuple[str, ...]
) -> Clips:
    """The clips of a split, rendering those shards that are not in `folder` yet."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = range(-(-count // SHARD))
    missing = [number for number in numbers if not (folder / f"{split}-{number:04}.npz").exists()]
    render = partial(_render, folder, sounds, split, config=config, elements=elements)
    with ProcessPoolExecutor() as pool:
        for done, _ in enumerate(pool.map(render, missing), 1):
            print(f"{split}: {done} of {len(missing)} shards", flush=True)
    shards = [np.load(folder / f"{split}-{number:04}.npz") for number in numbers]
    features = torch.from_numpy(np.concatenate([shard["features"] for shard in shards])[:count])
    targets = torch.from_numpy(np.concatenate([shard["targets"] for shard in shards])[:count])
    return Clips(features, targets)


def _render(
    folder: Path, sounds: Path, split: str, number: int, config: FeatureConfig, elements: tuple[str, ...]
) -> None:
    torch.set_num_threads(1)
    stack, library = FeatureStack(config.model_copy(update={"standardise": False})), library_of(sounds, split)
    features, targets = [], []
    for clip in range(number * SHARD, (number + 1) * SHARD):
        scene = draw_scene(scene_seed(split, clip), library)
        features.append(stack(torch.from_numpy(scene.waveform)[None])[0].half().numpy())
        targets.append(encode_targets(scene.annotations, elements).astype(np.float16))
    with replacing(folder / f"{split}-{number:04}.npz") as temporary:
        np.savez(temporary, features=np.stack(features), targets=np.stack(targets))


def annotations_of(targets: torch.Tensor, config: ModelConfig) -> list[Annotations]:
    """The labels that targets were made from, source numbers aside; one table for each clip."""
    values = targets.float().numpy()
    x, y, distance = (values[:, :, :, 1 + config.elements.index(name)] for name in ("x", "y", "distance"))
    tables = []
    for clip, active in enumerate(values[:, :, :, 0] > 0):
        frame, slot, class_id = np.nonzero(active)
        place = (clip, frame, slot, class_id)
        azimuth = np.rad2deg(np.arctan2(y[place], x[place]))
        tables.append(
            Annotations(
                frame, class_id, slot, azimuth, distance[place], active.shape[0], classes=config.classes
            )
        )
    return tables
