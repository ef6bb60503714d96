"""Clips of synthetic scenes for the default model: rendered once, in shards, by several processes.

A shard of sound holds features, targets and the streams of sound; a shard of pictures, made apart, the
streams of pictures. What a scene is depends on its split and number alone.
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
from seldkit.synthesis.rooms import SAMPLE_RATE
from seldkit.synthesis.scene_images import (
    ImageLibrary,
    PerspectiveView,
    draw_image_plan,
    load_images,
    render_frames,
)
from seldkit.synthesis.scene_images.image_library import FOLDERS, PANORAMAS
from seldkit.synthesis.scene_images.image_plan import CameraSpace
from seldkit.synthesis.sound_files import read_sound
from seldkit.types import Samples

SPLIT = Path(__file__).parent / "split.yaml"
SPLITS = ("train", "validation", "test")
SHARD = 100
"""Clips in a file; what a kill can lose of each process's work."""
SECONDS = 5.0
OTHERS, OTHER_PAIRS = 0.35, {"head": 0.6, "xy": 0.1, "ortf": 0.15, "phone": 0.15}
"""Share of training scenes that another pair than the coincident one hears, and how often which."""
HEADS_FROM, HEADS = 10_000, 0.6
"""Training scene from which on some are heard in the rooms of heads.py, and which share of them."""
MIXED_FROM, MIXED_HEADS = 22_000, 0.35
"""Training scene from which on that share is another: as it is of all scenes before, together."""
MORE_FROM, ALL_FROM = 14_000, 18_000
"""Training scenes from which on there are further sounds, of --more, at first without those of more.csv whose
`from` is later; and from the second on, pictures are varied."""
MISMATCH_DB = 1.0
"""By how much the sensitivities of such a pair differ (standard deviation)."""
CODED, BITS = 0.3, (32_000, 160_000)
"""Share of training scenes that are coded, and bits a second."""
KINDS = {"drawn": 0.3, "indoors": 0.35, "panoramas": 0.35}
"""Training's varied scenes: drawn throughout; cut-outs in drawn rooms; cut-outs before panoramas."""
SKETCHED, SKETCHES = ("bell", "clapping", "door", "footsteps", "knock", "telephone", "water tap"), 24
"""Classes of few recordings, and how many procedural sounds are added to each for training."""


@dataclass(frozen=True)
class Clips:
    """features: raw, (clips, channels, frames, bins); targets: (clips, 50, 6, 1 + elements, classes);
    streams by name: (clips, tokens, dim)."""

    features: torch.Tensor
    targets: torch.Tensor
    streams: Mapping[str, torch.Tensor]

    def __len__(self) -> int:
        return len(self.features)

    def at(self, chosen: torch.Tensor) -> "Clips":
        """Those of some numbers."""
        streams = {name: stream[chosen] for name, stream in self.streams.items()}
        return Clips(self.features[chosen], self.targets[chosen], streams)


def with_procedural_sounds(recordings: SoundLibrary) -> SoundLibrary:
    """Recordings, and procedural sounds of the classes that have few of them."""
    classes = recordings.classes
    procedural = procedural_library(classes=classes, sounds_per_class=SKETCHES).sounds
    chosen = [sound for sound in procedural if classes[sound.class_id] in SKETCHED]
    return SoundLibrary([*recordings.sounds, *chosen], classes, read=partial(_read_sound, classes))


def _read_sound(classes: Sequence[str], sound: Sound) -> Samples:
    return generate_sound(classes, sound) if sound.path == Path() else read_sound(sound)


@dataclass(frozen=True)
class Material:
    """Where dry sounds are, further ones for training alone, pictures, the same with those of cutouts.py, and
    the rooms of heads.py."""

    sounds: Path
    more: Path
    images: Path
    cutouts: Path
    heads: Path

    def library(self, split: str, number: int = 0) -> SoundLibrary:
        """The sounds of one split, for the scene of a number."""
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

    def pictures(self, split: str, kind: str) -> ImageLibrary:
        """The pictures of one side, validation has those of the test; or, of `KINDS`, training's."""
        if not kind:
            return load_images(self.images).split("train" if split == "train" else "test")
        whole = replace(load_images(self.cutouts), side="train")
        left_out = {"drawn": FOLDERS, "indoors": (PANORAMAS,), "panoramas": ()}[kind]
        return whole.select(f"{folder}/*" for folder in FOLDERS if folder not in left_out)


def arguments(description: str, model: str, output: str) -> argparse.ArgumentParser:
    """What a stage's script is told: the material, its rendered clips, a model and where to write."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_material(parser)
    parser.add_argument("--clips", type=Path, default=Path("runs/default/clips"), help="rendered clips")
    parser.add_argument("--model", type=Path, default=Path(model), help="model directory")
    parser.add_argument("--output", type=Path, default=Path(output), help="model directory")
    return parser


def add_material(parser: argparse.ArgumentParser) -> None:
    """The options for material."""
    parser.add_argument("--sounds", type=Path, required=True, help="folder with one folder of sounds a class")
    parser.add_argument("--more", type=Path, required=True, help="the same of further sounds, for training")
    parser.add_argument("--images", type=Path, required=True, help="folder of cut-outs and panoramas")
    parser.add_argument("--cutouts", type=Path, required=True, help="pictures of cutouts.py, for training")
    parser.add_argument("--heads", type=Path, required=True, help="rooms of heads.py")


def material_of(options: argparse.Namespace) -> Material:
    """What those options say."""
    return Material(options.sounds, options.more, options.images, options.cutouts, options.heads)


def narrowed(clips: Clips, had: ModelConfig, wanted: ModelConfig) -> Clips:
    """Clips with the features and streams alone that a second model wants, which are some of the first's."""
    channels: list[int] = []
    start = 0
    for part in had.features.parts:
        count = part.build(had.features.grid).channel_count(had.features.layout.channels)
        channels += range(start, start + count) if part in wanted.features.parts else ()
        start += count
    streams = {name: clips.streams[name] for name in wanted.streams}
    return Clips(clips.features[:, channels], clips.targets, streams)


def scene_seed(split: str, number: int) -> tuple[int, int]:
    """Each clip has its own seed, and with it its own room: no room is in two splits."""
    return SPLITS.index(split) + 1, number


def plan_of(split: str, number: int, library: SoundLibrary, heads: Path) -> ScenePlan:
    """A clip's scene."""
    receiver, room = "coincident", None
    rng = np.random.default_rng((*scene_seed(split, number), 2))
    if split == "train" and rng.random() < OTHERS:
        receiver = str(rng.choice(list(OTHER_PAIRS), p=list(OTHER_PAIRS.values())))
    heard = HEADS if number < MIXED_FROM else MIXED_HEADS
    if split == "train" and number >= HEADS_FROM and rng.random() < heard:
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
    """So many clips of a split, rendering those shards that are not in `folder` yet.

    first: the number of the first scene, with which a shard begins. varied: how many of training's first
    scenes have pictures of cutouts.py and drawings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = range(first // SHARD, -(-(first + count) // SHARD))
    sound = {name: one for name, one in config.embeddings.items() if one.modality == "audio"}
    heard = {number: folder / f"{split}-sound-{number:04}.npz" for number in numbers}
    _make(heard, partial(_sound, material, split, config, sound))
    streams = {name: _read(heard, name, count) for name in sound}
    for name in config.embeddings.keys() - sound.keys():
        seen = {}
        for number in numbers:
            kind = "-varied" if is_varied(split, number * SHARD, varied) else ""
            seen[number] = folder / f"{split}-{name}{kind}-{number:04}.npz"
        _make(seen, partial(_pictures, material, split, varied, name, config.embeddings[name]))
        streams[name] = _read(seen, name, count)
    return Clips(_read(heard, "features", count), _read(heard, "targets", count), streams)


def is_varied(split: str, number: int, varied: int) -> bool:
    """Whether a scene shows pictures of cutouts.py and drawings: the `varied` first, and the last."""
    return split == "train" and (number < varied or number >= ALL_FROM)


def annotations_of(targets: torch.Tensor, config: ModelConfig) -> list[Annotations]:
    """The labels that targets were made from, source numbers aside; one table for each clip."""
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
    heard = {name: _encoder(one).encode(waveform[None], SAMPLE_RATE)[0] for name, one in streams.items()}
    return {
        "features": raw(torch.from_numpy(waveform)[None])[0].half().numpy(),
        "targets": encode_targets(scene.annotations_for_camera(), config.elements).astype(np.float16),
        **{name: stream.half().numpy() for name, stream in heard.items()},
    }


def _pictures(
    material: Material, split: str, varied: int, name: str, settings: Any, number: int
) -> dict[str, Any]:
    library = _library(material, split, number)
    plan = plan_of(split, number, library, material.heads)
    rng = np.random.default_rng((*scene_seed(split, number), 1))
    kind = rng.choice(list(KINDS), p=list(KINDS.values())) if is_varied(split, number, varied) else ""
    pictures = _picture_library(material, split, str(kind))
    space = CameraSpace(plan.room.size, plan.room.receiver, plan.room.heading)
    sources = [source_trajectory(event, plan) for event in plan.events]
    drawn = draw_image_plan(rng, sources, pictures, plan.seconds, space, library.classes)
    encoder = _encoder(settings)
    shown = render_frames(drawn, pictures, PerspectiveView(), settings.rate)
    prepared: dict[int, Any] = {}
    order = []
    for picture in shown:  # one that stands still is the same array, and encoded once
        if id(picture) not in prepared:
            prepared[id(picture)] = (picture, encoder.preprocess(picture))
        order.append(list(prepared).index(id(picture)))
    tokens = encoder.encode(np.stack([ready for _, ready in prepared.values()]))[order]
    return {name: tokens.flatten(0, 1).half().numpy()}


def _library(material: Material, split: str, number: int) -> SoundLibrary:
    return _kept_library(material, split, max(first for first in (0, MORE_FROM, ALL_FROM) if first <= number))


@lru_cache(maxsize=2)
def _kept_library(material: Material, split: str, number: int) -> SoundLibrary:
    return material.library(split, number)


@lru_cache(maxsize=3)
def _picture_library(material: Material, split: str, kind: str) -> ImageLibrary:
    return material.pictures(split, kind)


@lru_cache(maxsize=4)
def _encoder(settings: Any) -> Any:
    return settings.load()
