"""Small data sets of every layout, whose sound comes from where the labels say."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seldkit.media import write_audio, write_video

RATE = 24000
HEADER = "frame,class,source,azimuth,distance,onscreen\n"


@dataclass(frozen=True)
class Event:
    """One source that stays: first frame, frames, class, azimuth (degrees, left positive), distance (cm)."""

    onset: int
    frames: int
    class_id: int
    azimuth: int
    distance: int = 150


def stereo(events: Sequence[Event], seconds: float, seed: int) -> np.ndarray:
    """A coincident pair of cardioids that hears noise from each event, (2, samples)."""
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
    """First-order ambisonics (W Y Z X) of the same, sources at elevation 0, (4, samples)."""
    rng = np.random.default_rng(seed)
    sound = 1e-3 * rng.standard_normal((4, round(seconds * RATE)))
    for event in events:
        span = slice(event.onset * RATE // 10, (event.onset + event.frames) * RATE // 10)
        turn = np.radians(event.azimuth)
        gains = np.array([[1.0], [np.sin(turn)], [0.0], [np.cos(turn)]])
        sound[:, span] += gains * 0.1 * rng.standard_normal(sound[0, span].shape)
    return sound.astype(np.float32)


def rows(events: Sequence[Event], ending: str, middle: str = "") -> str:
    """Metadata rows, `frame,class,source,azimuth` and what follows; {d} is the distance."""
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
        pictures = [np.full((36, 64, 3), 40 + seed % 100, np.uint8)] * round(10 * seconds)
        write_video(root / f"video_dev/{name}.mp4", pictures, fps=10)


def stereo_set(root: Path, clips: int = 9, *, seconds: float = 1.0, video: bool = False) -> Path:
    """A healthy DCASE 2025 set: a third of the clips for testing, in another room; events on both sides."""
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


def foa_set(root: Path, kind: str, clips: int = 4, *, seconds: float = 2.0) -> Path:
    """A healthy set of one of the layouts with first-order ambisonics."""
    for number in range(clips):
        test = number % 2 == 0
        split = "test" if test else "train"
        folder, fold, room, ending = {
            "starss23": (f"dev-{split}-sony/", 4 if test else 3, 2 if test else 4, ""),
            "starss22": (f"dev-{split}-sony/", 4 if test else 3, 2 if test else 4, ""),
            "tau-nigens-2020": ("", 1 if test else 3, 1, "_ov1"),
            "tau-nigens-2021": (f"dev-{split}/", 6 if test else 1, 1, ""),
            "dcase2022-synthetic": ("", 2 if test else 1, 1, ""),
        }[kind]
        sound, labels = ("foa", "metadata") if kind == "dcase2022-synthetic" else ("foa_dev", "metadata_dev")
        name = f"fold{fold}_room{room}_mix{number:03}{ending}"
        events = [Event(0, 10, number % 12, 40), Event(10, 10, 3, -120)]
        audio, metadata = root / sound / f"{folder}{name}.wav", root / labels / f"{folder}{name}.csv"
        for path in (audio, metadata):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_audio(audio, foa(events, seconds, number), RATE)
        metadata.write_text(rows(events, ",{d}" if kind == "starss23" else "", ",0"))
    return root
