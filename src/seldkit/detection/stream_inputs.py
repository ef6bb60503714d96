"""Inputs of a model besides the features of the audio: streams of frozen encoders."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import takewhile
from pathlib import Path

import torch

from seldkit.embeddings.stream_extractor import RecordingStreams, StreamExtractor
from seldkit.errors import MediaError, ModelError
from seldkit.geometry import PANORAMA_FIELD_OF_VIEW_DEG
from seldkit.media import FrameReader, VideoFrame, VideoInfo, iter_frames, probe
from seldkit.media.projection import FrontView, VideoProjection
from seldkit.models import ModelConfig
from seldkit.models.stream_encoding import MissingStreamWarning


def front_view(info: VideoInfo, field_of_view: float | None = None) -> FrontView | None:
    """Returns the view that is extracted from the frames of a video.

    Args:
        info: Properties of the video.
        field_of_view: Stated field of view in degrees; 360 for an equirectangular panorama.

    Returns:
        The view in front of spherical video; None for ordinary video and unsupported projections.
    """
    if info.projection is not None:
        return FrontView(info.projection) if info.projection.has_front_view else None
    return FrontView() if field_of_view == PANORAMA_FIELD_OF_VIEW_DEG else None


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
    def video_frames(self, path: Path, field_of_view: float | None = None) -> Iterator[FrameReader | None]:
        """Opens the video frames that the model requires; of spherical video, the view in front.

        Args:
            path: A video file.
            field_of_view: Horizontal field of view in degrees, 360 for an equirectangular panorama. None:
                that of the file, or of the model.

        Yields:
            The frames; None if the model requires none, or if the file has no video and the model can do
            without.

        Raises:
            ModelError: The file has no video, which the model requires.
        """
        required = self.visual_streams
        if not required:
            yield None
            return
        info = probe(path).video
        if info is None:
            self._require_optional(path, required)
            yield None
        else:
            assert self._extractor is not None
            reading = [True]
            times = takewhile(lambda _: reading, self._extractor.frame_times())
            with closing(iter_frames(path, times=times, view=front_view(info, field_of_view))) as frames:
                yield frames
                reading.clear()
                next(frames, None)  # ends the times, so that no frame counts as missing

    def describe_view(
        self, path: Path, field_of_view: float | None, assumed: float
    ) -> tuple[list[str], float | None]:
        """Describes the field of view of a video.

        Args:
            path: A media file.
            field_of_view: Stated field of view in degrees; None if it is not stated.
            assumed: Field of view in degrees that is assumed for ordinary video.

        Returns:
            Notes, one line each, and the horizontal field of view of the frames in degrees; None if it is
            unknown.
        """
        try:
            info = probe(path).video
        except MediaError:  # detection has used the audio; its notes describe the file
            info = None
        if info is None:
            return [], field_of_view
        if info.projection is not None:
            is_panorama = info.projection == VideoProjection()
            return [info.projection.note], PANORAMA_FIELD_OF_VIEW_DEG if is_panorama else field_of_view
        if field_of_view is None and self.visual_streams:
            return [f"video: a field of view of {assumed:g}° is assumed, see --field-of-view"], None
        return [], field_of_view

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
