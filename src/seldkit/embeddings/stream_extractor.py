"""A model's streams, window by window: pictures decoded and encoded once, in memory that does not grow."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from seldkit.annotations import FRAME_SECONDS
from seldkit.embeddings.registry import EmbeddingSettings, EncoderInput
from seldkit.media import VideoFrame
from seldkit.types import ImageArray, Samples

TOGETHER: Final = {"cpu": 8, "cuda": 64}
"""Pictures that are encoded at once, by the kind of device."""

ROUNDING: Final = 1e-3
"""Seconds within which a picture counts as begun."""


class StreamExtractor:
    """The frozen encoders of a model's streams, loaded once for any number of recordings.

        extractor = StreamExtractor({"clap": ClapSettings()})
        recording = extractor.for_recording(None, sample_rate=24000, window_frames=50)
        recording.streams(sound, first_frames=[0])  # {"clap": (1, 16, 768)}

    Raises ModelError or MissingExtraError where an encoder cannot be had.
    """

    def __init__(self, settings: Mapping[str, EmbeddingSettings], device: str | torch.device = "cpu") -> None:
        self.settings = dict(settings)
        self.device = torch.device(device)
        self._encoders = {name: one.load(device) for name, one in settings.items()}

    @property
    def visual_streams(self) -> tuple[str, ...]:
        """The streams that pictures are needed for."""
        return tuple(name for name, one in self.settings.items() if one.modality != "audio")

    def frame_times(self) -> Iterator[float]:
        """The times, in seconds, ascending and without end, at which the streams want a picture."""
        rates = sorted({self.settings[name].rate for name in self.visual_streams})
        return heapq.merge(*(_times(rate) for rate in rates))

    def for_recording(
        self,
        pictures: Iterable[VideoFrame] | None,
        sample_rate: int,
        window_frames: int,
        *,
        mirrored: bool = False,
    ) -> RecordingStreams:
        """Follow one recording from its start on.

        pictures: in the order of their times, as `media.iter_frames` gives them at `frame_times`, or those
        of a camera; None leaves the streams of pictures out. sample_rate, window_frames: of the windows.
        mirrored: whether each picture is also encoded as its mirror image, which is as much work again.
        """
        return RecordingStreams(self, self._encoders, pictures, sample_rate, window_frames, mirrored=mirrored)


class RecordingStreams:
    """The streams of one recording's windows, asked for in their order."""

    def __init__(
        self,
        extractor: StreamExtractor,
        encoders: Mapping[str, Any],
        pictures: Iterable[VideoFrame] | None,
        sample_rate: int,
        window_frames: int,
        *,
        mirrored: bool = False,
    ) -> None:
        self._sample_rate = sample_rate
        self._ears = {
            name: encoders[name] for name, one in extractor.settings.items() if one.modality == "audio"
        }
        self._camera = None if pictures is None else _Camera(iter(pictures))
        batch = TOGETHER.get(extractor.device.type, TOGETHER["cuda"])
        self._tracks = {
            name: _track(extractor.settings[name], encoders[name], window_frames, batch)
            for name in extractor.visual_streams
            if pictures is not None
        }
        self._mirrored = {
            name: _track(extractor.settings[name], _InTheMirror(encoders[name]), window_frames, batch)
            for name in (self._tracks if mirrored else ())
        }

    @torch.inference_mode()
    def extract(self, sound: Samples, first_frames: Sequence[int]) -> dict[str, Tensor]:
        """The streams of some windows, each (windows, time, dim), float32.

        sound: theirs, (windows, channels, samples). first_frames: of each window, in 100 ms frames, ascending
        and from call to call never back. A window takes the pictures from the nearest to its beginning on;
        where the picture has ended, its last one stays.
        """
        found = {name: ear.encode(sound, self._sample_rate) for name, ear in self._ears.items()}
        self._watch(first_frames[-1])
        return found | {name: track.windows(first_frames) for name, track in self._tracks.items()}

    @torch.inference_mode()
    def extract_mirrored(self, first_frames: Sequence[int]) -> dict[str, Tensor]:
        """The same of the mirrored pictures of the windows that `streams` gave last, where they are kept."""
        return {name: track.windows(first_frames) for name, track in self._mirrored.items()}

    def _watch(self, last_first_frame: int) -> None:
        """Give each track the pictures up to the end of the window that begins at that frame."""
        waiting = [*self._tracks.values(), *self._mirrored.values()]
        while waiting := [track for track in waiting if track.lacks(last_first_frame)]:
            track = min(waiting, key=lambda one: one.next_time)  # pictures come in one order
            assert self._camera is not None
            track.add(self._camera.at(track.next_time))


class _Camera:
    """The picture that is on at a time, of pictures that come in their order."""

    def __init__(self, pictures: Iterator[VideoFrame]) -> None:
        self._pictures = pictures
        self._next = next(pictures, None)
        if self._next is None:
            raise ValueError("expected at least one picture, got none")
        self._now = self._next

    def at(self, time: float) -> ImageArray:
        while self._next is not None and self._next.time <= time + ROUNDING:
            self._now, self._next = self._next, next(self._pictures, None)
        return self._now.image


class _InTheMirror:
    """An encoder that is shown mirrored pictures."""

    def __init__(self, encoder: Any) -> None:
        self._encoder = encoder

    def preprocess(self, picture: ImageArray) -> EncoderInput:
        prepared: EncoderInput = self._encoder.preprocess(np.ascontiguousarray(picture[:, ::-1]))
        return prepared

    def encode(self, prepared: EncoderInput) -> Tensor:
        tokens: Tensor = self._encoder.encode(prepared)
        return tokens


class _PictureTrack:
    """Tokens of single pictures, each encoded once, from the last window's beginning on."""

    def __init__(self, rate: float, encoder: Any, window_frames: int, batch: int) -> None:
        self._rate, self._encoder, self._batch = rate, encoder, batch
        self._count = max(1, round(window_frames * FRAME_SECONDS * rate))
        self._first = 0  # the number of the first picture that is held
        self._tokens: list[Tensor] = []  # of each picture, (tokens, dim)
        self._pending: list[EncoderInput] = []

    @property
    def next_time(self) -> float:
        """When the picture is on that comes next."""
        return (self._first + len(self._tokens) + len(self._pending)) / self._rate

    def lacks(self, first_frame: int) -> bool:
        """Whether the window that begins at that frame needs pictures yet."""
        return self._first + len(self._tokens) + len(self._pending) < self._begin(first_frame) + self._count

    def add(self, picture: ImageArray) -> None:
        self._pending.append(self._encoder.preprocess(picture))
        if len(self._pending) >= self._batch:
            self._encode()

    def windows(self, first_frames: Sequence[int]) -> Tensor:
        """(windows, time, dim); forgets what lies before the last of them."""
        self._encode()
        begins = [self._begin(frame) - self._first for frame in first_frames]
        stacked = torch.stack([torch.cat(self._tokens[at : at + self._count]) for at in begins])
        self._tokens, self._first = self._tokens[begins[-1] :], self._first + begins[-1]
        return stacked

    def _begin(self, first_frame: int) -> int:
        return round(first_frame * FRAME_SECONDS * self._rate)

    def _encode(self) -> None:
        if self._pending:
            self._tokens += self._encoder.encode(np.stack(self._pending)).unbind()
            self._pending = []


class _ClipTrack(_PictureTrack):
    """Pictures for an encoder of moving pictures, which sees each window as a whole."""

    def add(self, picture: ImageArray) -> None:
        self._pending.append(self._encoder.preprocess(picture))

    def windows(self, first_frames: Sequence[int]) -> Tensor:
        begins = [self._begin(frame) - self._first for frame in first_frames]
        tokens = [self._encoder.encode(np.stack(self._pending[at : at + self._count])[None]) for at in begins]
        self._pending, self._first = self._pending[begins[-1] :], self._first + begins[-1]
        return torch.cat(tokens)


def _track(settings: EmbeddingSettings, encoder: Any, window_frames: int, batch: int) -> _PictureTrack:
    kind = _ClipTrack if settings.modality == "video" else _PictureTrack
    return kind(settings.rate, encoder, window_frames, batch)


def _times(rate: float) -> Iterator[float]:
    return (number / rate for number in count())
