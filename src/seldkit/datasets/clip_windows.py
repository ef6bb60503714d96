"""One clip as the arrays of its windows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from seldkit.accdoa import encode_targets
from seldkit.annotations import Annotations
from seldkit.classes import ClassVocabulary
from seldkit.datasets.augmentation.swaps import Swap
from seldkit.datasets.clip_index import DatasetClip, read_label_file
from seldkit.datasets.clip_streams import clip_streams
from seldkit.datasets.folder_layout import FolderLayout
from seldkit.datasets.shards import Arrays
from seldkit.datasets.store_settings import StoreSettings
from seldkit.errors import DatasetError
from seldkit.features import FeatureConfig, FeatureStack
from seldkit.media import read_audio
from seldkit.types import Integers, Samples

FRAMES_PER_SECOND: Final = 10
_WINDOWS_PER_BATCH: Final = 8
"""Windows whose features are computed at once: more would leave the processor's cache."""


@dataclass(frozen=True)
class ClipWindows:
    """A clip's arrays, one row a window, its length in label frames, and what should be known of it."""

    arrays: Arrays
    frames: int
    notes: tuple[str, ...]


def prepare_clip(clip: DatasetClip, layout: FolderLayout, settings: StoreSettings) -> ClipWindows:
    """Read a clip and compute its features, streams and targets; of degraded or swapped ones only streams.

    The last window is filled up with silence. Raises MediaError, FormatError and DatasetError.
    """
    assert clip.audio is not None
    stack = _stack(settings.key, settings)
    sound, _ = read_audio(clip.audio, stack.config.sample_rate, stack.config.layout)
    per_frame = stack.config.sample_rate // FRAMES_PER_SECOND
    frames = max(1, round(sound.shape[1] / per_frame))
    starts = window_starts(frames, settings.window_frames, settings.hop_frames)
    windows = _cut(sound, starts * per_frame, settings.window_frames * per_frame)
    if settings.swap is not None:
        windows = Swap(**settings.swap).audio(windows)
    arrays = _streams(clip, windows, starts, settings)
    if settings.streams_only:
        return ClipWindows(arrays, frames, ())
    arrays["features"] = _features(stack, windows, settings)
    notes: tuple[str, ...] = ()
    if clip.metadata is not None:
        labels = read_label_file(clip.metadata, layout)
        late = int((labels.frame >= frames).sum())
        if late:
            notes = (f"{clip.metadata}: {late} rows after the sound's end ({frames} frames) were left out",)
        arrays["targets"] = _targets(labels.with_frame_count(frames), clip, starts, settings)
    return ClipWindows(arrays, frames, notes)


def window_starts(frames: int, window: int, hop: int) -> Integers:
    """The first frames of the windows that cover a clip, none of them wholly after its end."""
    count = 1 - (-max(0, frames - window) // hop)
    return np.arange(count, dtype=np.int64) * hop


def map_classes(labels: Annotations, classes: ClassVocabulary, source: object) -> Annotations:
    """The same labels in another vocabulary, by the classes' names. Raises DatasetError where one lacks."""
    if labels.classes == classes:
        return labels
    missing = [
        labels.classes[number]
        for number in np.unique(labels.class_id)
        if labels.classes[number] not in classes
    ]
    if missing:
        raise DatasetError(f"{source}: the recipe's classes lack '{missing[0]}'; add it to them")
    return replace(labels.renumbered(classes), classes=classes)


@lru_cache(maxsize=2)
def _stack_of(key: str) -> list[FeatureStack]:
    return []


def _stack(key: str, settings: StoreSettings) -> FeatureStack:
    """The features, built once in a process for each setting."""
    built = _stack_of(key)
    if not built:
        built.append(FeatureStack(FeatureConfig.model_validate(settings.features)))
    return built[0]


def _cut(sound: Samples, starts: Integers, size: int) -> Samples:
    """The windows of a sound, (windows, channels, samples), filled up with silence."""
    padded = np.pad(sound, ((0, 0), (0, max(0, int(starts[-1]) + size - sound.shape[1]))))
    windows = np.lib.stride_tricks.sliding_window_view(padded, size, axis=1)[:, starts]
    return windows.swapaxes(0, 1)


def _features(stack: FeatureStack, windows: Samples, settings: StoreSettings) -> NDArray[Any]:
    batches = np.split(windows, range(_WINDOWS_PER_BATCH, len(windows), _WINDOWS_PER_BATCH))
    with torch.inference_mode(), _one_thread():
        parts = [
            stack.extract_raw(torch.from_numpy(np.ascontiguousarray(batch))).numpy() for batch in batches
        ]
    return np.concatenate(parts).astype(settings.precision)


def _streams(clip: DatasetClip, windows: Samples, starts: Integers, settings: StoreSettings) -> Arrays:
    if not settings.embeddings:
        return {}
    with _one_thread():
        streams = clip_streams(clip, windows, starts, settings)
    return {f"stream-{name}": stream.astype(settings.precision) for name, stream in streams.items()}


@contextmanager
def _one_thread() -> Iterator[None]:
    """PyTorch rounds differently on several threads, and its processes would stand in each other's way."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _targets(
    labels: Annotations, clip: DatasetClip, starts: Integers, settings: StoreSettings
) -> NDArray[Any]:
    labels = map_classes(labels, ClassVocabulary(settings.classes), clip.metadata)
    whole = labels.with_frame_count(int(starts[-1]) + settings.window_frames)
    try:
        target = encode_targets(whole, settings.elements)
    except ValueError as problem:
        raise DatasetError(f"{clip.metadata}: {problem}; name a recipe without it") from None
    windows = np.lib.stride_tricks.sliding_window_view(target, settings.window_frames, axis=0)[starts]
    return np.ascontiguousarray(np.moveaxis(windows, -1, 1))
