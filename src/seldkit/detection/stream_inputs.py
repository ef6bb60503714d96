"""Inputs of a model besides the features of the audio: streams of frozen encoders."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import takewhile
from pathlib import Path

import torch

from seldkit.embeddings.stream_extractor import RecordingStreams, StreamExtractor
from seldkit.errors import ModelError
from seldkit.media import FrameReader, VideoFrame, iter_frames, probe
from seldkit.models import ModelConfig
from seldkit.models.stream_encoding import MissingStreamWarning


class StreamInputs:
    """Computes the streams of frozen encoders that a model requires; none for an audio-only model.

    Args:
        config: Configuration of the model.
        device: Compute device of the encoders.

    Raises:
        ModelError: A stream cannot be computed, and the model was not trained to do without it.
    """

    def __init__(self, config: ModelConfig, device: torch.device) -> None:
        self._name, self._optional = config.name, config.stream_dropout > 0
        self._symmetric = config.symmetric
        unavailable = [name for name in config.streams if name not in config.embeddings]
        if unavailable and not self._optional:
            raise ModelError(
                f"model '{config.name}' requires the stream(s) {', '.join(unavailable)}, but its "
                "configuration has no embedding for them; add it, use an audio-only model, or call SeldModel "
                "directly"
            )
        self._unavailable = unavailable
        self._extractor = StreamExtractor(config.embeddings, device) if config.embeddings else None

    @property
    def visual_streams(self) -> tuple[str, ...]:
        """Names of the streams that are computed from video frames."""
        return tuple(self._extractor.visual_streams) if self._extractor else ()

    @contextmanager
    def video_frames(self, path: Path) -> Iterator[FrameReader | None]:
        """Opens the video frames that the model requires.

        Args:
            path: A video file.

        Yields:
            The frames; None if the model requires none, or if the file has no video and the model can do
            without.

        Raises:
            ModelError: The file has no video, which the model requires.
        """
        required = self.visual_streams
        if not required:
            yield None
        elif probe(path).video is None:
            self._require_optional(path, required)
            yield None
        else:
            assert self._extractor is not None
            reading = [True]
            times = takewhile(lambda _: reading, self._extractor.frame_times())
            with closing(iter_frames(path, times=times)) as frames:
                yield frames
                reading.clear()
                next(frames, None)  # ends the times, so that no frame counts as missing

    def streams(
        self, video_frames: Iterable[VideoFrame] | None, sample_rate: int, window_frames: int
    ) -> RecordingStreams | None:
        """Returns the streams of a recording.

        Args:
            video_frames: Video frames ordered by time; None if there is no video.
            sample_rate: Sample rate of the audio in Hz.
            window_frames: Length of a window in frames of 100 ms.

        Returns:
            The streams; None for an audio-only model.

        Raises:
            ModelError: There is no video, which the model requires.
        """
        if self._extractor is None:
            return None
        if video_frames is None and self._extractor.visual_streams:
            self._require_optional("this recording", self._extractor.visual_streams)
        return self._extractor.for_recording(
            video_frames, sample_rate, window_frames, mirrored=self._symmetric
        )

    def notes(self, frames: FrameReader | None) -> list[str]:
        """Returns what users should know about the streams of a recording.

        Args:
            frames: The video frames that were read; None if there were none.

        Returns:
            One line each.
        """
        missing = [*self._unavailable, *(self.visual_streams if frames is None else ())]
        notes = [] if frames is None else list(frames.notes)
        if missing:
            notes.append(f"without the optional stream(s) {', '.join(missing)}")
        return notes

    @contextmanager
    def without_warnings(self) -> Iterator[None]:
        """Suppresses the warning about missing streams in each window: `notes` reports them once.

        Yields:
            Nothing.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MissingStreamWarning)
            yield

    def _require_optional(self, source: object, required: Iterable[str]) -> None:
        if not self._optional:
            raise ModelError(
                f"{source}: has no video, which model '{self._name}' requires for the stream(s) "
                f"{', '.join(required)}; use a video, or an audio-only model"
            )
