"""Small datasets of every layout; the audio has the directions of the labels."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seldkit.channels import CHANNEL_LAYOUTS
from seldkit.datasets import LAYOUTS, FolderLayout
from seldkit.datasets.store import FeatureStore
from seldkit.media import write_audio, write_video

RATE = 24000
HEADER = "frame,class,source,azimuth,distance,onscreen\n"


@dataclass(frozen=True)
class Event:
    """A static source: first frame, frames, class, azimuth (degrees, positive to the left), distance (cm)."""

    onset: int
    frames: int
    class_id: int
    azimuth: int
    distance: int = 150


def stereo(events: Sequence[Event], seconds: float, seed: int) -> np.ndarray:
    """Noise of each event in a coincident pair of cardioids, (2, samples)."""
    rng = np.random.default_rng(seed)
    sound = 1e-3 * rng.standard_normal((2, round(seconds * RATE)))
    for event in events:
        span = slice(event.onset * RATE // 10, (event.onset + event.frames) * RATE // 10)
        side = np.sin(np.radians(event.azimuth))
        sound[:, span] += (
            np.array([[1 + side], [1 - side]]) * 0.05 * rng.standard_normal(sound[0, span].shape)
        )
    return sound.astype(np.float32)


def foa(events: Sequence[Event], seconds: float, seed: int) -> np.ndarray:
    """Noise of each event in first-order ambisonics (W Y Z X), at elevation 0, (4, samples)."""
    rng = np.random.default_rng(seed)
    sound = 1e-3 * rng.standard_normal((4, round(seconds * RATE)))
    for event in events:
        span = slice(event.onset * RATE // 10, (event.onset + event.frames) * RATE // 10)
        turn = np.radians(event.azimuth)
        gains = np.array([[1.0], [np.sin(turn)], [0.0], [np.cos(turn)]])
        sound[:, span] += gains * 0.1 * rng.standard_normal(sound[0, span].shape)
    return sound.astype(np.float32)


def rows(events: Sequence[Event], ending: str, middle: str = "") -> str:
    """Metadata rows: frame, class, source, azimuth, `middle` and `ending`; {d} is the distance."""
    return "".join(
        f"{event.onset + step},{event.class_id},{number},{event.azimuth}{middle}"
        f"{ending.format(d=event.distance)}\n"
        for number, event in enumerate(events)
        for step in range(event.frames)
    )


def write_stereo_clip(
    root: Path,
    name: str,
    events: Sequence[Event],
    *,
    seconds: float = 1.0,
    video: bool = False,
    seed: int = 0,
) -> None:
    """One clip of the DCASE 2025 layout; `name` is "dev-train-tau/fold3_…"."""
    audio, metadata = root / f"stereo_dev/{name}.wav", root / f"metadata_dev/{name}.csv"
    for path in (audio, metadata):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_audio(audio, stereo(events, seconds, seed), RATE)
    metadata.write_text(HEADER + rows(events, ",{d},0"))
    if video:
        (root / f"video_dev/{name}.mp4").parent.mkdir(parents=True, exist_ok=True)
        frames = [np.full((36, 64, 3), 40 + seed % 100, np.uint8)] * round(10 * seconds)
        write_video(root / f"video_dev/{name}.mp4", frames, fps=10)


def stereo_set(root: Path, clips: int = 9, *, seconds: float = 1.0, video: bool = False) -> Path:
    """A valid DCASE 2025 dataset: a third of the clips for testing, in another room; events on both sides."""
    for number in range(clips):
        test = number % 3 == 0
        fold, room = (4, 2) if test else (3, 4)
        name = (
            f"dev-{'test' if test else 'train'}-tau/"
            f"fold{fold}_room{room}_mix{number:03}_deg{10 * number:03}_start0000"
        )
        half = round(5 * seconds)
        events = [Event(0, half, number % 13, 40), Event(half, half, (number + 1) % 13, -60, 250)]
        write_stereo_clip(root, name, events, seconds=seconds, video=video, seed=number)
    return root


def example_dataset(root: Path, kind: str, clips: int = 4, *, seconds: float = 2.0) -> Path:
    """A valid dataset of any kind, written as its layout states: even clips are for testing."""
    layout = LAYOUTS[kind]
    input, _ = next(iter(layout.audio.items()))
    channels = CHANNEL_LAYOUTS[input]
    for number in range(clips):
        example = re.sub(r"mix\d+", f"mix{number:03}", layout.examples[number % 2 == 0])
        folder, _, name = example.partition("/")
        metadata = folder.replace(next(iter(layout.audio[input])), layout.metadata[0], 1)
        rear = -60 if channels.folded else -120
        events = [
            Event(0, 10, number % len(layout.classes), 40),
            Event(10, 10, 3 % len(layout.classes), rear),
        ]
        write = stereo if channels.folded else foa
        audio, labels = root / example, (root / metadata / name).with_suffix(".csv")
        for path in (audio, labels):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_audio(audio, write(events, seconds, number), RATE)
        labels.write_text(_example_rows(events, layout))
    return root


def _example_rows(events: Sequence[Event], layout: FolderLayout) -> str:
    columns = layout.label_columns
    text = rows(
        events,
        ",{d}" * ("distance" in columns) + ",0" * ("onscreen" in columns),
        ",0" * ("elevation" in columns),
    )
    return HEADER + text if "onscreen" in columns else text


def foa_set(root: Path, kind: str, clips: int = 4, *, seconds: float = 2.0) -> Path:
    """A valid dataset with first-order ambisonics."""
    assert "foa" in LAYOUTS[kind].audio
    return example_dataset(root, kind, clips, seconds=seconds)


def names_of(store: FeatureStore) -> list[str]:
    """The clips of all windows. In this module, so that other processes can import it."""
    return [store[number].name for number in range(len(store))]
