"""Extraction of the streams of a model, window by window, with constant memory."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Final, cast

import numpy as np
import torch
from torch import Tensor

from seldkit.annotations import FRAME_SECONDS
from seldkit.embeddings.registry import AudioEncoder, EmbeddingSettings, EncoderInput, ImageEncoder
from seldkit.media import VideoFrame
from seldkit.types import ImageArray, Samples

IMAGES_PER_BATCH: Final = {"cpu": 8, "cuda": 64}
"""Number of images that are encoded at once, by type of device."""

FRAME_TIME_TOLERANCE_SECONDS: Final = 1e-3
"""Tolerance of the start time of a video frame."""


class StreamExtractor:
    """The frozen encoders of the streams of a model, loaded once for any number of recordings.

        extractor = StreamExtractor({"clap": ClapSettings()})
        recording = extractor.for_recording(None, sample_rate=24000, window_frames=50)
        recording.extract(audio, first_frames=[0])  # {"clap": (1, 16, 768)}

    Args:
        settings: Settings of the encoders by stream name.
        device: Compute device.

    Attributes:
        settings: Settings of the encoders by stream name.
        device: Compute device.

    Raises:
        ModelError: The weights of an encoder are missing or wrong.
        MissingExtraError: A library is missing.
    """

    def __init__(self, settings: Mapping[str, EmbeddingSettings], device: str | torch.device = "cpu") -> None:
        self.settings = dict(settings)
        self.device = torch.device(device)
        self._encoders = {name: one.load(device) for name, one in settings.items()}

    @property
    def visual_streams(self) -> tuple[str, ...]:
        """Names of the streams that require video frames."""
        return tuple(name for name, one in self.settings.items() if one.modality != "audio")

    def frame_times(self) -> Iterator[float]:
        """Returns the times at which the streams require video frames.

        Returns:
            Times in seconds, ascending, without end.
        """
        rates = sorted({self.settings[name].rate for name in self.visual_streams})
        return heapq.merge(*(_times(rate) for rate in rates))

    def for_recording(
        self,
        frames: Iterable[VideoFrame] | None,
        sample_rate: int,
        window_frames: int,
        *,
        mirrored: bool = False,
    ) -> RecordingStreams:
        """Starts the extraction for a recording.

        Args:
            frames: Video frames by ascending time, as `media.iter_frames` returns them for `frame_times`, or
                frames of a camera. None leaves out visual streams.
            sample_rate: Sample rate of the windows in Hz.
            window_frames: Length of the windows in frames of 100 ms.
            mirrored: Whether mirrored images are encoded too, which doubles the computation.

        Returns:
            The streams of the recording.
        """
        visual = {} if frames is None else {name: self.settings[name] for name in self.visual_streams}
        batch = IMAGES_PER_BATCH.get(self.device.type, IMAGES_PER_BATCH["cuda"])

        def buffer(name: str, mirror: bool) -> _TokenBuffer:
            encoder = cast(ImageEncoder, self._encoders[name])
            encoder = _MirroredImageEncoder(encoder) if mirror else encoder
            return _token_buffer(self.settings[name], encoder, window_frames, batch)

        return RecordingStreams(
            sample_rate,
            {
                name: cast(AudioEncoder, self._encoders[name])
                for name, one in self.settings.items()
                if one.modality == "audio"
            },
            {name: buffer(name, False) for name in visual},
            {name: buffer(name, True) for name in visual if mirrored},
            None if frames is None else _FrameReader(iter(frames)),
        )


class RecordingStreams:
    """The streams of the windows of a recording, extracted in order.

    `StreamExtractor.for_recording` creates it.

    Args:
        sample_rate: Sample rate of the windows in Hz.
        audio_encoders: Encoders of the audio streams by name.
        buffers: Tokens of the visual streams by name.
        mirrored_buffers: Tokens of the mirrored visual streams by name.
        reader: Video frames, or None.
    """

    def __init__(
        self,
        sample_rate: int,
        audio_encoders: Mapping[str, AudioEncoder],
        buffers: Mapping[str, _TokenBuffer],
        mirrored_buffers: Mapping[str, _TokenBuffer],
        reader: _FrameReader | None,
    ) -> None:
        self._sample_rate = sample_rate
        self._audio_encoders = audio_encoders
        self._buffers = buffers
        self._mirrored_buffers = mirrored_buffers
        self._reader = reader

    @torch.inference_mode()
    def extract(self, audio: Samples, first_frames: Sequence[int]) -> dict[str, Tensor]:
        """Extracts the streams of windows.

        A window starts with the image that is closest to its start. After the end of the video, the last
        image is repeated.

        Args:
            audio: Audio of the windows, shape ``(windows, channels, samples)``.
            first_frames: First frame of each window in frames of 100 ms, ascending within and between calls.

        Returns:
            Streams by name, each of shape ``(windows, time, dim)``, float32.
        """
        streams = {
            name: encoder.encode(audio, self._sample_rate) for name, encoder in self._audio_encoders.items()
        }
        self._fill_buffers(first_frames[-1])
        return streams | {name: buffer.windows(first_frames) for name, buffer in self._buffers.items()}

    @torch.inference_mode()
    def extract_mirrored(self, first_frames: Sequence[int]) -> dict[str, Tensor]:
        """Returns the visual streams of the mirrored images of the windows of the last call of `extract`.

        Args:
            first_frames: First frame of each window in frames of 100 ms.

        Returns:
            Streams by name, each of shape ``(windows, time, dim)``, float32; empty if images are not
            mirrored.
        """
        return {name: buffer.windows(first_frames) for name, buffer in self._mirrored_buffers.items()}

    def _fill_buffers(self, first_frame: int) -> None:
        """Encodes images up to the end of the window that starts at a frame."""
        buffers = [*self._buffers.values(), *self._mirrored_buffers.values()]
        while buffers := [buffer for buffer in buffers if buffer.requires_images(first_frame)]:
            buffer = min(buffers, key=lambda one: one.next_time)  # frames are read by ascending time
            assert self._reader is not None
            buffer.add(self._reader.image_at(buffer.next_time))


class _FrameReader:
    """Finds the image at a time in a sequence of video frames."""

    def __init__(self, frames: Iterator[VideoFrame]) -> None:
        self._frames = frames
        self._next = next(frames, None)
        if self._next is None:
            raise ValueError("expected at least one video frame, got none")
        self._current = self._next

    def image_at(self, time: float) -> ImageArray:
        while self._next is not None and self._next.time <= time + FRAME_TIME_TOLERANCE_SECONDS:
            self._current, self._next = self._next, next(self._frames, None)
        return self._current.image


class _MirroredImageEncoder:
    """An encoder of mirrored images."""

    def __init__(self, encoder: ImageEncoder) -> None:
        self._encoder = encoder

    def preprocess(self, image: ImageArray) -> EncoderInput:
        return self._encoder.preprocess(np.ascontiguousarray(image[:, ::-1]))

    def encode(self, inputs: EncoderInput) -> Tensor:
        return self._encoder.encode(inputs)


class _TokenBuffer:
    """Tokens of single images from the start of the last window; each image is encoded once."""

    def __init__(self, rate: float, encoder: ImageEncoder, window_frames: int, batch: int) -> None:
        self._rate, self._encoder, self._batch = rate, encoder, batch
        self._images_per_window = max(1, round(window_frames * FRAME_SECONDS * rate))
        self._first = 0  # number of the first image in the buffer
        self._tokens: list[Tensor] = []  # (tokens, dim) of each image
        self._pending: list[EncoderInput] = []

    @property
    def next_time(self) -> float:
        """Time of the next image in seconds."""
        return self._end / self._rate

    def requires_images(self, first_frame: int) -> bool:
        """Whether images of the window that starts at a frame are missing."""
        return self._end < self._image_number(first_frame) + self._images_per_window

    def add(self, image: ImageArray) -> None:
        self._pending.append(self._encoder.preprocess(image))
        if len(self._pending) >= self._batch:
            self._encode_pending()

    def windows(self, first_frames: Sequence[int]) -> Tensor:
        """Returns (windows, time, dim) and drops the tokens before the last window."""
        self._encode_pending()
        starts = [self._image_number(frame) - self._first for frame in first_frames]
        windows = [torch.cat(self._tokens[start : start + self._images_per_window]) for start in starts]
        self._tokens, self._first = self._tokens[starts[-1] :], self._first + starts[-1]
        return torch.stack(windows)

    @property
    def _end(self) -> int:
        return self._first + len(self._tokens) + len(self._pending)

    def _image_number(self, first_frame: int) -> int:
        return round(first_frame * FRAME_SECONDS * self._rate)

    def _encode_pending(self) -> None:
        if self._pending:
            self._tokens += self._encoder.encode(np.stack(self._pending)).unbind()
            self._pending = []


class _VideoTokenBuffer(_TokenBuffer):
    """Images for an encoder of video, which encodes each window as a whole."""

    def add(self, image: ImageArray) -> None:
        self._pending.append(self._encoder.preprocess(image))

    def windows(self, first_frames: Sequence[int]) -> Tensor:
        starts = [self._image_number(frame) - self._first for frame in first_frames]
        inputs = [np.stack(self._pending[start : start + self._images_per_window])[None] for start in starts]
        tokens = torch.cat([self._encoder.encode(window) for window in inputs])
        self._pending, self._first = self._pending[starts[-1] :], self._first + starts[-1]
        return tokens


def _token_buffer(
    settings: EmbeddingSettings, encoder: ImageEncoder, window_frames: int, batch: int
) -> _TokenBuffer:
    buffer_type = _VideoTokenBuffer if settings.modality == "video" else _TokenBuffer
    return buffer_type(settings.rate, encoder, window_frames, batch)


def _times(rate: float) -> Iterator[float]:
    return (number / rate for number in count())
