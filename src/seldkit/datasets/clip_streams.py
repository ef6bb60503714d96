"""The streams of a clip's windows, by the frozen encoders that its settings name."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from seldkit.datasets.augmentation.swaps import Swap
from seldkit.datasets.clip_index import DatasetClip
from seldkit.datasets.store_settings import StoreSettings, digest
from seldkit.embeddings.image_degradation import Degradation
from seldkit.embeddings.stream_extractor import StreamExtractor
from seldkit.errors import DatasetError
from seldkit.media import VideoFrame, iter_frames
from seldkit.types import Integers, Samples

_WINDOWS_PER_BATCH: Final = 8
"""Windows whose sound is embedded at once."""


def clip_streams(
    clip: DatasetClip, windows: Samples, starts: Integers, settings: StoreSettings
) -> dict[str, NDArray[np.float32]]:
    """Each stream of a clip's windows, (windows, time, dim), by name, on a GPU where there is one.

    windows: their sound, (windows, channels, samples), swapped already where the settings say so. starts:
    their first label frames. Raises DatasetError where a stream wants a video and there is none; MediaError.
    """
    extractor = _extractor(settings)
    rate = settings.features["grid"]["sample_rate"]
    if not extractor.visual_streams:
        return _embedded(extractor, None, windows, starts, rate, settings.window_frames)
    if clip.video is None:
        raise DatasetError(
            f"{clip.audio}: has no video, which the stream(s) {', '.join(extractor.visual_streams)} "
            "want; add it, or name a recipe that only hears"
        )
    with closing(iter_frames(clip.video, times=extractor.frame_times())) as pictures:
        seen: Iterable[VideoFrame] = pictures
        if settings.degradation is not None:
            seen = Degradation(**settings.degradation).apply(pictures, clip.name)
        if settings.swap is not None:
            seen = _swapped(seen, Swap(**settings.swap), clip)
        return _embedded(extractor, seen, windows, starts, rate, settings.window_frames)


def _swapped(pictures: Iterable[VideoFrame], swap: Swap, clip: DatasetClip) -> Iterator[VideoFrame]:
    for frame in pictures:
        try:
            yield replace(frame, image=swap.images(frame.image))
        except ValueError as problem:
            raise DatasetError(f"{clip.video}: {problem}; set training.augmentation.swaps to false") from None


def _embedded(
    extractor: StreamExtractor,
    pictures: Any,
    windows: Samples,
    starts: Integers,
    rate: int,
    window_frames: int,
) -> dict[str, NDArray[np.float32]]:
    recording = extractor.for_recording(pictures, rate, window_frames)
    parts = [
        recording.extract(
            np.ascontiguousarray(windows[first : first + _WINDOWS_PER_BATCH]),
            starts[first : first + _WINDOWS_PER_BATCH].tolist(),
        )
        for first in range(0, len(windows), _WINDOWS_PER_BATCH)
    ]
    return {name: torch.cat([part[name] for part in parts]).cpu().numpy() for name in parts[0]}


@lru_cache(maxsize=1)
def _extractor_of(key: str) -> list[StreamExtractor]:
    return []


def _extractor(settings: StoreSettings) -> StreamExtractor:
    """The encoders, loaded once in a process for each setting."""
    held = _extractor_of(digest(settings.streams))
    if not held:
        held.append(StreamExtractor(settings.embeddings, "cuda" if torch.cuda.is_available() else "cpu"))
    return held[0]
