"""Clips of synthetic scenes for the default model: rendered once, in shards, by several processes.

A shard of audio contains features, targets and audio streams; a separate shard contains the visual streams.
A scene depends only on its split and number.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from more import listed
from recorded import coded

from seldkit.accdoa import encode_targets
from seldkit.annotations import Annotations
from seldkit.features import FeatureStack
from seldkit.files import replacing
from seldkit.models import ModelConfig
from seldkit.synthesis import (
    ScenePlan,
    Sound,
    SoundLibrary,
    draw_plan,
    load_sounds,
    render_scene,
    split_sounds,
)
from seldkit.synthesis.dataset_writer import source_trajectory
from seldkit.synthesis.measured_responses import MeasuredRoom
from seldkit.synthesis.procedural.generated_sounds import generate_sound, procedural_library
from seldkit.synthesis.rooms import SAMPLE_RATE, CameraSpace
from seldkit.synthesis.scene_images import (
    ImageLibrary,
    PerspectiveView,
    draw_image_plan,
    load_images,
    render_frames,
)
from seldkit.synthesis.scene_images.image_library import FOLDERS, PANORAMAS
from seldkit.synthesis.sound_files import read_sound
from seldkit.types import Samples

SPLIT = Path(__file__).parent / "split.yaml"
SPLITS = ("train", "validation", "test")
SHARD = 100
"""Number of clips in a file, which is the most that each process loses when it is killed."""
SECONDS = 5.0
OTHERS, OTHER_PAIRS = 0.35, {"head": 0.6, "xy": 0.1, "ortf": 0.15, "phone": 0.15}
"""Fraction of training scenes with another microphone pair than the coincident one, and the
probabilities of the pairs."""
HEADS_FROM, HEADS = 10_000, 0.6
"""First training scene that may have a measured head (heads.py), and the fraction of such scenes."""
MIXED_FROM, MIXED_HEADS = 22_000, 0.35
"""First training scene with another fraction, which equals that of all earlier scenes together."""
MORE_FROM, ALL_FROM = 14_000, 18_000
"""First training scenes with further sounds (--more; sounds of more.csv from the scene in its column
`from`), and with varied images."""
MISMATCH_DB = 1.0
"""Standard deviation of the sensitivity difference of such a pair in dB."""
CODED, BITS = 0.3, (32_000, 160_000)
"""Fraction of training scenes that are coded with AAC, and the range of bits per second."""
KINDS = {"drawn": 0.3, "indoors": 0.35, "panoramas": 0.35}
"""Probabilities of the varied training scenes: drawings only; cut-outs in drawn rooms; cut-outs in front
of panoramas."""
SKETCHED, SKETCHES = ("bell", "clapping", "door", "footsteps", "knock", "telephone", "water tap"), 24
"""Classes with few recordings, and the number of procedural sounds added to each for training."""


@dataclass(frozen=True)
class Clips:
    """Rendered clips.

    Attributes:
        features: Features before standardization, (clips, channels, frames, bins).
        targets: Targets, (clips, 50, 6, 1 + elements, classes).
        streams: Streams by name, each (clips, tokens, dim).
    """

    features: torch.Tensor
    targets: torch.Tensor
    streams: Mapping[str, torch.Tensor]

    def __len__(self) -> int:
        return len(self.features)

    def at(self, chosen: torch.Tensor) -> "Clips":
        """Selects clips by index."""
        streams = {name: stream[chosen] for name, stream in self.streams.items()}
        return Clips(self.features[chosen], self.targets[chosen], streams)


def with_procedural_sounds(recordings: SoundLibrary) -> SoundLibrary:
    """Adds procedural sounds to the classes with few recordings."""
    classes = recordings.classes
    procedural = procedural_library(classes=classes, sounds_per_class=SKETCHES).sounds
    chosen = [sound for sound in procedural if classes[sound.class_id] in SKETCHED]
    return SoundLibrary([*recordings.sounds, *chosen], classes, read=partial(_read_sound, classes))


def _read_sound(classes: Sequence[str], sound: Sound) -> Samples:
    return generate_sound(classes, sound) if sound.path == Path() else read_sound(sound)


@dataclass(frozen=True)
class Material:
    """Folders of dry sounds, further training sounds, images, images with those of cutouts.py, and rooms
    of heads.py."""

    sounds: Path
    more: Path
    images: Path
    cutouts: Path
    heads: Path

    def library(self, split: str, number: int = 0) -> SoundLibrary:
        """Sounds of a split for the scene with a number."""
        library = split_sounds(load_sounds(self.sounds), yaml.safe_load(SPLIT.read_text()))[split]
        if split == "train" and number >= MORE_FROM:
            later = {row["file"] for row in listed() if int(row["from"]) > number}
            more = [
                sound
                for sound in load_sounds(self.more).sounds
                if sound.name + sound.path.suffix not in later
            ]
            library = SoundLibrary([*library.sounds, *more], library.classes)
        return with_procedural_sounds(library) if split == "train" else library

    def image_library(self, split: str, kind: str) -> ImageLibrary:
        """Images of a split (validation and test have the same), or training images of one of `KINDS`."""
        if not kind:
            return load_images(self.images).split("train" if split == "train" else "test")
        whole = replace(load_images(self.cutouts), side="train")
        left_out = {"drawn": FOLDERS, "indoors": (PANORAMAS,), "panoramas": ()}[kind]
        return whole.select(f"{folder}/*" for folder in FOLDERS if folder not in left_out)


def arguments(description: str, model: str, output: str) -> argparse.ArgumentParser:
    """Command line of a stage: material, rendered clips, model and output."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_material(parser)
    parser.add_argument("--clips", type=Path, default=Path("runs/default/clips"), help="rendered clips")
    parser.add_argument("--model", type=Path, default=Path(model), help="model directory")
    parser.add_argument("--output", type=Path, default=Path(output), help="model directory")
    return parser


def add_material(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the material."""
    parser.add_argument(
        "--sounds", type=Path, required=True, help="folder with one folder of sounds per class"
    )
    parser.add_argument("--more", type=Path, required=True, help="the same with further sounds, for training")
    parser.add_argument("--images", type=Path, required=True, help="folder of cut-outs and panoramas")
    parser.add_argument("--cutouts", type=Path, required=True, help="images of cutouts.py, for training")
    parser.add_argument("--heads", type=Path, required=True, help="rooms of heads.py")


def material_of(options: argparse.Namespace) -> Material:
    """Material of the options."""
    return Material(options.sounds, options.more, options.images, options.cutouts, options.heads)


def narrowed(clips: Clips, whole: ModelConfig, part: ModelConfig) -> Clips:
    """Selects the features and streams of a model that uses a part of those of another."""
    channels: list[int] = []
    start = 0
    for feature in whole.features.parts:
        count = feature.build(whole.features.grid).channel_count(whole.features.layout.channels)
        channels += range(start, start + count) if feature in part.features.parts else ()
        start += count
    streams = {name: clips.streams[name] for name in part.streams}
    return Clips(clips.features[:, channels], clips.targets, streams)


def scene_seed(split: str, number: int) -> tuple[int, int]:
    """Seed of a clip. Each clip has its own, and therefore its own room, so that no room is in two splits."""
    return SPLITS.index(split) + 1, number


def plan_of(split: str, number: int, library: SoundLibrary, heads: Path) -> ScenePlan:
    """Scene of a clip."""
    receiver, room = "coincident", None
    rng = np.random.default_rng((*scene_seed(split, number), 2))
    if split == "train" and rng.random() < OTHERS:
        receiver = str(rng.choice(list(OTHER_PAIRS), p=list(OTHER_PAIRS.values())))
    head_fraction = HEADS if number < MIXED_FROM else MIXED_HEADS
    if split == "train" and number >= HEADS_FROM and rng.random() < head_fraction:
        receiver, room = "head", MeasuredRoom.from_file(rng.choice(sorted(heads.glob("*.sofa"))))
    return draw_plan(scene_seed(split, number), library, SECONDS, receiver, room=room)


def prepare(
    folder: Path,
    material: Material,
    split: str,
    count: int,
    config: ModelConfig,
    *,
    first: int = 0,
    varied: int = 0,
) -> Clips:
    """Reads the clips of a split; shards that are not in `folder` are rendered.

    Args:
        folder: Folder of the shards.
        material: Sounds, images and rooms.
        split: Name of the split.
        count: Number of clips.
        config: Model configuration with all features and streams.
        first: Number of the first scene, a multiple of `SHARD`.
        varied: Number of the first training scenes that have images of cutouts.py and drawings.

    Returns:
        The clips.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = range(first // SHARD, -(-(first + count) // SHARD))
    audio = {name: one for name, one in config.embeddings.items() if one.modality == "audio"}
    audio_shards = {number: folder / f"{split}-sound-{number:04}.npz" for number in numbers}
    _make(audio_shards, partial(_sound, material, split, config, audio))
    streams = {name: _read(audio_shards, name, count) for name in audio}
    for name in config.embeddings.keys() - audio.keys():
        visual_shards = {}
        for number in numbers:
            kind = "-varied" if is_varied(split, number * SHARD, varied) else ""
            visual_shards[number] = folder / f"{split}-{name}{kind}-{number:04}.npz"
        _make(visual_shards, partial(_pictures, material, split, varied, name, config.embeddings[name]))
        streams[name] = _read(visual_shards, name, count)
    features, targets = (_read(audio_shards, name, count) for name in ("features", "targets"))
    return Clips(features, targets, streams)


def is_varied(split: str, number: int, varied: int) -> bool:
    """Whether a scene has images of cutouts.py and drawings: the first `varied` scenes, and the last ones."""
    return split == "train" and (number < varied or number >= ALL_FROM)


def annotations_of(targets: torch.Tensor, config: ModelConfig) -> list[Annotations]:
    """Annotations of each clip from its targets, without source numbers."""
    values = targets.float().numpy()
    x, y, distance = (values[:, :, :, 1 + config.elements.index(name)] for name in ("x", "y", "distance"))
    onscreen = (
        values[:, :, :, 1 + config.elements.index("onscreen")] if "onscreen" in config.elements else None
    )
    tables = []
    for clip, active in enumerate(values[:, :, :, 0] > 0):
        frame, slot, class_id = np.nonzero(active)
        place = (clip, frame, slot, class_id)
        tables.append(
            Annotations(
                frame,
                class_id,
                slot,
                np.rad2deg(np.arctan2(y[place], x[place])),
                distance[place],
                active.shape[0],
                onscreen=None if onscreen is None else onscreen[place] > 0.5,
                classes=config.classes,
            )
        )
    return tables


def _make(shards: Mapping[int, Path], render: Callable[[int], dict[str, Any]]) -> None:
    missing = [number for number, path in shards.items() if not path.exists()]
    if not missing:
        return
    with ProcessPoolExecutor() as pool:
        made = pool.map(partial(_shard, render), missing, [shards[number] for number in missing])
        for done, path in enumerate(made, 1):
            print(f"{path.name}: {done} of {len(missing)} shards", flush=True)


def _shard(render: Callable[[int], dict[str, Any]], number: int, path: Path) -> Path:
    torch.set_num_threads(1)
    clips = [render(clip) for clip in range(number * SHARD, (number + 1) * SHARD)]
    arrays: dict[str, Any] = {name: np.stack([clip[name] for clip in clips]) for name in clips[0]}
    with replacing(path) as temporary:
        np.savez(temporary, **arrays)
    return path


def _read(shards: Mapping[int, Path], name: str, count: int) -> torch.Tensor:
    return torch.from_numpy(np.concatenate([np.load(path)[name] for path in shards.values()])[:count])


def _sound(
    material: Material, split: str, config: ModelConfig, streams: Mapping[str, Any], number: int
) -> dict[str, Any]:
    library = _library(material, split, number)
    scene = render_scene(plan_of(split, number, library, material.heads), library)
    waveform = scene.waveform
    rng = np.random.default_rng((*scene_seed(split, number), 3))
    if scene.plan.receiver != "coincident":
        waveform[0] *= 10.0 ** (rng.normal(0.0, MISMATCH_DB) / 20.0)
    if split == "train" and rng.random() < CODED:
        waveform = coded(waveform, SAMPLE_RATE, int(np.exp(rng.uniform(*np.log(BITS)))))
    raw = FeatureStack(config.features.model_copy(update={"standardise": False}))
    tokens = {name: _encoder(one).encode(waveform[None], SAMPLE_RATE)[0] for name, one in streams.items()}
    return {
        "features": raw(torch.from_numpy(waveform)[None])[0].half().numpy(),
        "targets": encode_targets(scene.annotations_for_camera(), config.elements).astype(np.float16),
        **{name: stream.half().numpy() for name, stream in tokens.items()},
    }


def _pictures(
    material: Material, split: str, varied: int, name: str, settings: Any, number: int
) -> dict[str, Any]:
    library = _library(material, split, number)
    plan = plan_of(split, number, library, material.heads)
    rng = np.random.default_rng((*scene_seed(split, number), 1))
    kind = rng.choice(list(KINDS), p=list(KINDS.values())) if is_varied(split, number, varied) else ""
    library_images = _picture_library(material, split, str(kind))
    space = CameraSpace(plan.room.size, plan.room.receiver, plan.room.heading)
    sources = [source_trajectory(event, plan) for event in plan.events]
    drawn = draw_image_plan(rng, sources, library_images, plan.seconds, space, library.classes)
    encoder = _encoder(settings)
    frames = render_frames(drawn, library_images, PerspectiveView(), settings.rate)
    prepared: dict[int, Any] = {}
    order = []
    for image in frames:  # a still image is the same array, which is encoded once
        if id(image) not in prepared:
            prepared[id(image)] = (image, encoder.preprocess(image))
        order.append(list(prepared).index(id(image)))
    tokens = encoder.encode(np.stack([ready for _, ready in prepared.values()]))[order]
    return {name: tokens.flatten(0, 1).half().numpy()}


def _library(material: Material, split: str, number: int) -> SoundLibrary:
    return _kept_library(material, split, max(first for first in (0, MORE_FROM, ALL_FROM) if first <= number))


@lru_cache(maxsize=2)
def _kept_library(material: Material, split: str, number: int) -> SoundLibrary:
    return material.library(split, number)


@lru_cache(maxsize=3)
def _picture_library(material: Material, split: str, kind: str) -> ImageLibrary:
    return material.image_library(split, kind)


@lru_cache(maxsize=4)
def _encoder(settings: Any) -> Any:
    return settings.load()
