"""Arrays of a clip's windows: features, targets and streams."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

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
from seldkit.datasets.store_settings import SettingsKey, StoreSettings
from seldkit.errors import DatasetError
from seldkit.features import FeatureConfig, FeatureStack
from seldkit.media import read_audio
from seldkit.models.config import LABEL_FRAMES_PER_SECOND
from seldkit.types import Integers, Samples

_WINDOWS_PER_BATCH: Final = 8
"""Number of windows whose features are computed at once; larger batches exceed the cache of the processor."""


@dataclass(frozen=True)
class ClipWindows:
    """Windows of a clip.

    Attributes:
        arrays: Arrays by name. Shape ``(windows, ...)`` each.
        frames: Duration of the clip in frames of 100 ms.
        notes: Messages for the user.
    """

    arrays: Arrays
    frames: int
    notes: tuple[str, ...]


def prepare_clip(clip: DatasetClip, layout: FolderLayout, settings: StoreSettings) -> ClipWindows:
    """Computes the features, targets and streams of a clip.

    The last window is padded with silence. If the settings contain a degradation or a swap, only streams are
    computed.

    Args:
        clip: A clip with audio.
        layout: Layout of the dataset.
        settings: Settings of the store.

    Returns:
        The windows.

    Raises:
        MediaError: If audio or video cannot be read.
        FormatError: If the labels are invalid.
        DatasetError: If the settings require data that the clip does not have.
    """
    assert clip.audio is not None
    stack = _build_stack(SettingsKey(settings.key, settings))
    audio, _ = read_audio(clip.audio, stack.config.sample_rate, stack.config.layout)
    per_frame = stack.config.sample_rate // LABEL_FRAMES_PER_SECOND
    frames = max(1, round(audio.shape[1] / per_frame))
    starts = window_starts(frames, settings.window_frames, settings.hop_frames)
    windows = _cut_windows(audio, starts * per_frame, settings.window_frames * per_frame)
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
            notes = (
                f"{clip.metadata}: {late} rows after the end of the audio ({frames} frames) were ignored",
            )
        arrays["targets"] = _targets(labels.with_frame_count(frames), clip, starts, settings)
    return ClipWindows(arrays, frames, notes)


def window_starts(frames: int, window: int, hop: int) -> Integers:
    """Determines the windows that cover a clip. No window starts after the end of the clip.

    Args:
        frames: Duration of the clip in frames of 100 ms.
        window: Length of a window in frames.
        hop: Distance between windows in frames.

    Returns:
        First frames of the windows. Shape ``(windows,)``.
    """
    count = 1 - (-max(0, frames - window) // hop)
    return np.arange(count, dtype=np.int64) * hop


def map_classes(labels: Annotations, classes: ClassVocabulary, source: object) -> Annotations:
    """Converts labels to another vocabulary by the names of the classes.

    Args:
        labels: Labels.
        classes: New vocabulary.
        source: File or object for error messages.

    Returns:
        The labels with class numbers of the new vocabulary.

    Raises:
        DatasetError: If the new vocabulary does not contain a class of the labels.
    """
    if labels.classes == classes:
        return labels
    missing = [
        labels.classes[number]
        for number in np.unique(labels.class_id)
        if labels.classes[number] not in classes
    ]
    if missing:
        raise DatasetError(
            f"{source}: expected the classes of the recipe, found '{missing[0]}'; add it to the recipe"
        )
    return replace(labels.renumbered(classes), classes=classes)


@lru_cache(maxsize=2)
def _build_stack(key: SettingsKey) -> FeatureStack:
    """The features; each process builds them once per setting."""
    return FeatureStack(FeatureConfig.model_validate(key.settings.features))


def _cut_windows(audio: Samples, starts: Integers, size: int) -> Samples:
    """Windows (windows, channels, samples), padded with silence."""
    padded = np.pad(audio, ((0, 0), (0, max(0, int(starts[-1]) + size - audio.shape[1]))))
    windows = np.lib.stride_tricks.sliding_window_view(padded, size, axis=1)[:, starts]
    return windows.swapaxes(0, 1)


def _features(stack: FeatureStack, windows: Samples, settings: StoreSettings) -> NDArray[np.floating]:
    batches = np.split(windows, range(_WINDOWS_PER_BATCH, len(windows), _WINDOWS_PER_BATCH))
    with torch.inference_mode(), _single_thread():
        parts = [
            stack.extract_raw(torch.from_numpy(np.ascontiguousarray(batch))).numpy() for batch in batches
        ]
    return np.concatenate(parts).astype(settings.precision)


def _streams(clip: DatasetClip, windows: Samples, starts: Integers, settings: StoreSettings) -> Arrays:
    if not settings.embeddings:
        return {}
    with _single_thread():
        streams = clip_streams(clip, windows, starts, settings)
    return {f"stream-{name}": stream.astype(settings.precision) for name, stream in streams.items()}


@contextmanager
def _single_thread() -> Iterator[None]:
    """Limits PyTorch to one thread: rounding depends on their number, and processes share the CPU."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _targets(
    labels: Annotations, clip: DatasetClip, starts: Integers, settings: StoreSettings
) -> NDArray[np.floating]:
    labels = map_classes(labels, ClassVocabulary(settings.classes), clip.metadata)
    padded = labels.with_frame_count(int(starts[-1]) + settings.window_frames)
    try:
        target = encode_targets(padded, settings.elements)
    except ValueError as problem:
        raise DatasetError(f"{clip.metadata}: {problem}; use a recipe without it") from None
    windows = np.lib.stride_tricks.sliding_window_view(target, settings.window_frames, axis=0)[starts]
    return np.ascontiguousarray(np.moveaxis(windows, -1, 1))
