"""Streams of a clip's windows, computed by frozen encoders."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import lru_cache
from typing import Final

import numpy as np
import torch

from seldkit.datasets.augmentation.swaps import Swap
from seldkit.datasets.clip_index import DatasetClip
from seldkit.datasets.store_settings import SettingsKey, StoreSettings, digest
from seldkit.embeddings.image_degradation import Degradation
from seldkit.embeddings.stream_extractor import StreamExtractor
from seldkit.errors import DatasetError
from seldkit.media import VideoFrame, iter_frames
from seldkit.types import Floats32, Integers, Samples

_WINDOWS_PER_BATCH: Final = 8
"""Number of windows that are passed to the encoders at once."""


def clip_streams(
    clip: DatasetClip, windows: Samples, starts: Integers, settings: StoreSettings
) -> dict[str, Floats32]:
    """Computes the streams of a clip's windows, on a GPU if one is available.

    Args:
        clip: The clip.
        windows: Audio of the windows, already swapped if the settings contain a swap. Shape
            ``(windows, channels, samples)``.
        starts: First frames of the windows, in frames of 100 ms. Shape ``(windows,)``.
        settings: Settings of the store.

    Returns:
        The streams by name. Shape ``(windows, time, dim)`` each.

    Raises:
        DatasetError: If a stream requires a video and the clip has none, or the video cannot be swapped.
        MediaError: If the video cannot be read.
    """
    extractor = _load_extractor(SettingsKey(digest(settings.streams), settings))
    rate = settings.features["grid"]["sample_rate"]
    if not extractor.visual_streams:
        return _extract(extractor, None, windows, starts, rate, settings.window_frames)
    if clip.video is None:
        raise DatasetError(
            f"{clip.audio}: expected a video, which the stream(s) {', '.join(extractor.visual_streams)} "
            "require, found none; add it, or use an audio-only recipe"
        )
    with closing(iter_frames(clip.video, times=extractor.frame_times())) as decoded:
        frames: Iterable[VideoFrame] = decoded
        if settings.degradation is not None:
            frames = Degradation(**settings.degradation).apply(frames, clip.name)
        if settings.swap is not None:
            frames = _swap_frames(frames, Swap(**settings.swap), clip)
        return _extract(extractor, frames, windows, starts, rate, settings.window_frames)


def _swap_frames(frames: Iterable[VideoFrame], swap: Swap, clip: DatasetClip) -> Iterator[VideoFrame]:
    for frame in frames:
        try:
            yield replace(frame, image=swap.images(frame.image))
        except ValueError as problem:
            raise DatasetError(f"{clip.video}: {problem}; set training.augmentation.swaps to false") from None


def _extract(
    extractor: StreamExtractor,
    frames: Iterable[VideoFrame] | None,
    windows: Samples,
    starts: Integers,
    rate: int,
    window_frames: int,
) -> dict[str, Floats32]:
    recording = extractor.for_recording(frames, rate, window_frames)
    batches = [
        recording.extract(
            np.ascontiguousarray(windows[first : first + _WINDOWS_PER_BATCH]),
            starts[first : first + _WINDOWS_PER_BATCH].tolist(),
        )
        for first in range(0, len(windows), _WINDOWS_PER_BATCH)
    ]
    return {name: torch.cat([batch[name] for batch in batches]).cpu().numpy() for name in batches[0]}


@lru_cache(maxsize=1)
def _load_extractor(key: SettingsKey) -> StreamExtractor:
    """The encoders; each process loads them once per setting."""
    return StreamExtractor(key.settings.embeddings, "cuda" if torch.cuda.is_available() else "cpu")
