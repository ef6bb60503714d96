"""The streams of a model's other encoders, computed from the recording that is being heard."""

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
    """What a model wants beside the features of the sound; nothing for a model that only hears.

    Raises ModelError where a stream cannot be computed and the model was not trained to do without it.
    """

    def __init__(self, config: ModelConfig, device: torch.device) -> None:
        self._name, self._can_lack = config.name, config.stream_dropout > 0
        self._both_ways = config.symmetric
        foreign = [name for name in config.streams if name not in config.embeddings]
        if foreign and not self._can_lack:
            raise ModelError(
                f"model '{config.name}' wants the stream(s) {', '.join(foreign)}, of which its configuration "
                "names no embedding; name it, use a model that only hears, or call SeldModel itself"
            )
        self._foreign = foreign
        self._extractor = StreamExtractor(config.embeddings, device) if config.embeddings else None

    @property
    def wants_pictures(self) -> tuple[str, ...]:
        """The streams that are made of pictures."""
        return tuple(self._extractor.visual_streams) if self._extractor else ()

    @contextmanager
    def of_file(self, path: Path) -> Iterator[FrameReader | None]:
        """The pictures of a file that the model wants; None where it wants or, with leave, has none."""
        wanted = self.wants_pictures
        if not wanted:
            yield None
        elif probe(path).video is None:
            self._require_leave(path, wanted)
            yield None
        else:
            assert self._extractor is not None
            watching = [True]
            times = takewhile(lambda _: watching, self._extractor.frame_times())
            with closing(iter_frames(path, times=times)) as pictures:
                yield pictures
                watching.clear()
                next(pictures, None)  # says that no more is wanted, so that nothing counts as missing

    def follow(
        self, pictures: Iterable[VideoFrame] | None, sample_rate: int, window_frames: int
    ) -> RecordingStreams | None:
        """The streams of a recording's windows; None for a model that only hears."""
        if self._extractor is None:
            return None
        if pictures is None and self._extractor.visual_streams:
            self._require_leave("this sound", self._extractor.visual_streams)
        return self._extractor.for_recording(pictures, sample_rate, window_frames, mirrored=self._both_ways)

    def notes(self, pictures: FrameReader | None) -> list[str]:
        """What a reader should know of a recording's streams."""
        unseen = self.wants_pictures if pictures is None else ()
        missing = [*self._foreign, *unseen]
        found = [] if pictures is None else list(pictures.notes)
        if missing:
            found.append(
                f"without the stream(s) {', '.join(missing)}, as the model was trained to do without"
            )
        return found

    @contextmanager
    def said(self) -> Iterator[None]:
        """The notes say it: no warning each window."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MissingStreamWarning)
            yield

    def _require_leave(self, source: object, wanted: Iterable[str]) -> None:
        if not self._can_lack:
            raise ModelError(
                f"{source}: has no picture, which model '{self._name}' wants for the stream(s) "
                f"{', '.join(wanted)}; give a video, or use a model that only hears"
            )
