"""The sound track of an open file, without holes: every sample at the time at which it is to be heard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from av.audio.frame import AudioFrame
from av.container import InputContainer

from seldkit.errors import MediaError
from seldkit.media.containers import discard_other_streams, printable, require_audio, require_sample_rate
from seldkit.media.gaps import TimeSpans
from seldkit.media.samples import channel_names, frame_samples, zero_invalid_samples
from seldkit.media.stream_decoder import StreamClock, StreamDecoder, stream_duration
from seldkit.types import Samples

TIMESTAMP_TOLERANCE_SECONDS = 0.01
"""Seconds by which timestamps may be off without meaning anything: containers round them to milliseconds."""
MAX_MISSING_SECONDS = 0.15
"""Seconds of a declared length that may be absent before a file counts as truncated."""
MAX_PADDING_SECONDS = 0.1
"""Seconds at the end that may be an encoder's padding; its frames are shorter than this."""
EXACT_DURATION_CONTAINERS = frozenset({"mov", "matroska", "wav", "w64", "aiff", "caf", "flac", "avi", "asf"})
"""Containers whose declared length is one, and no guess from the bit rate."""


@dataclass(frozen=True)
class AudioChunk:
    """Consecutive sound: samples (channels of the file, samples), their names and samples a second."""

    samples: Samples
    names: tuple[str, ...]
    rate: int


class AudioTrack:
    """Iterates over the `AudioChunk`s of a file's sound from the presentation's start on, in constant memory.

    Late sound and gaps in the timestamps come as silence, overlaps are cut. Raises MediaError where there is
    no sound to decode.
    """

    def __init__(self, container: InputContainer, path: Path) -> None:
        self._path = path
        self._container = container
        self._stream = require_audio(container, path)
        discard_other_streams(container, self._stream)
        if self._stream.codec_context.name == "flac":
            # Its frames carry checksums: without this, damaged ones come out as loud noise.
            self._stream.codec_context.options = {"err_detect": "crccheck+explode"}
        self._decoder = StreamDecoder(container, self._stream)
        self._clock = StreamClock(container)
        self._now = 0.0  # seconds given so far
        self._began = False
        self._exactly = True  # at the start, and after a frame that was cut wholly
        self._damage_seen = 0
        self._nonsense = 0
        self._changes = 0
        self._damaged = TimeSpans("damaged sound", "replaced by silence")
        self._silent = TimeSpans("no sound", "by the file's timestamps: silence there")
        self._cut = TimeSpans("overlapping sound", "cut")
        self.channels = 0
        self.late = 0.0

    @property
    def seconds(self) -> float:
        """How long the sound is that was given so far."""
        return self._now

    @property
    def damaged_packets(self) -> int:
        """Packets that could not be decoded so far."""
        return self._decoder.damaged

    def __iter__(self) -> Iterator[AudioChunk]:
        yield from self._without_padding(self._pieces())

    def _pieces(self) -> Iterator[AudioChunk]:
        last: tuple[tuple[str, ...], int] | None = None
        for frame in self._decoder:
            if not frame.samples:
                continue
            shape = (channel_names(frame), int(frame.sample_rate))
            self._changes += last not in (None, shape)
            last = shape
            yield from self._placed(frame, *shape)
        if last is None:
            raise MediaError(f"{printable(self._path)}: {self._nothing()}")

    def _without_padding(self, pieces: Iterator[AudioChunk]) -> Iterator[AudioChunk]:
        """Cut what MP4 declares not to belong to the sound: the zeros that fill an encoder's last frame.

        A sound that goes on for longer is no padding, whatever is declared, and is kept.
        """
        declared = stream_duration(self._stream) if self._container.format.name.startswith("mov") else None
        given, over, held = 0.0, 0.0, list[AudioChunk]()
        for piece in pieces:
            limit = float("inf") if declared is None else declared + self.late
            given += piece.samples.shape[1] / piece.rate
            if given <= limit:
                yield piece
            elif given > limit + MAX_PADDING_SECONDS:
                yield from (*held, piece)
                held, declared = [], None
            else:
                over = over if held else given - limit
                held.append(piece)
        if held:  # only the first of them crosses the limit
            kept = held[0].samples.shape[1] - round(over * held[0].rate)
            yield AudioChunk(held[0].samples[:, : max(0, kept)], held[0].names, held[0].rate)
            self._now = limit

    def _placed(self, frame: AudioFrame, names: tuple[str, ...], rate: int) -> Iterator[AudioChunk]:
        require_sample_rate(self._path, rate)
        samples = self._samples(frame)
        self.channels = max(self.channels, len(samples))
        offset = self._clock.seconds(frame.pts, frame.time_base, self._now) - self._now
        if self._exactly or abs(offset) > TIMESTAMP_TOLERANCE_SECONDS:
            if offset > 0:
                yield from self._silence(offset, names, rate)
            else:
                samples = self._without_overlap(samples, -offset, rate)
        self._began, self._exactly = True, not samples.shape[1]
        self._damage_seen = self._decoder.damaged
        self._now += samples.shape[1] / rate
        yield AudioChunk(samples, names, rate)

    def _samples(self, frame: AudioFrame) -> Samples:
        try:
            samples = frame_samples(frame)
        except ValueError as problem:
            raise MediaError(
                f"{printable(self._path)}: {problem}; convert it to 16-bit WAV or FLAC"
            ) from None
        self._nonsense += zero_invalid_samples(samples)
        return samples

    def _silence(self, seconds: float, names: tuple[str, ...], rate: int) -> Iterator[AudioChunk]:
        if self._decoder.damaged > self._damage_seen:
            self._damaged.add(self._now, self._now + seconds)
        elif self._began:
            self._silent.add(self._now, self._now + seconds)
        else:
            self.late = seconds
        count = round(seconds * rate)
        self._now += count / rate
        for start in range(0, count, rate):
            yield AudioChunk(np.zeros((len(names), min(rate, count - start)), dtype=np.float32), names, rate)

    def _without_overlap(self, samples: Samples, seconds: float, rate: int) -> Samples:
        cut = min(round(seconds * rate), samples.shape[1])
        if cut and self._began:
            self._cut.add(self._now, self._now + cut / rate)
        return samples[:, cut:]

    def _nothing(self) -> str:
        if self._decoder.damaged:
            return f"none of its sound can be decoded ({self._decoder.damaged} damaged packets)"
        return "its sound track is empty; expected at least one sample"

    def notes(self) -> list[str]:
        """What was lost or odd so far, in lines; complete after the iteration."""
        found = []
        tracks = len(self._container.streams.audio)
        if tracks > 1:
            number = list(self._container.streams.audio).index(self._stream) + 1
            found.append(f"{tracks} sound tracks: number {number} is used")
        if self.late > TIMESTAMP_TOLERANCE_SECONDS:
            found.append(f"the sound begins {self.late:.2f} s after the picture: silence before it")
        for gaps in (self._damaged, self._silent, self._cut):
            found += gaps.notes()
        if self._decoder.damaged and not self._damaged.count:
            found.append(f"{self._decoder.damaged} damaged packet(s) of sound left out")
        if self._clock.jumps:
            found.append(f"the sound's timestamps jump {self._clock.jumps} time(s): taken as continuous")
        if self._nonsense:
            found.append(f"{self._nonsense} samples that are no sound (NaN or infinite) replaced by silence")
        if self._changes:
            found.append(f"the sound's format changes {self._changes} time(s)")
        return found + self._ending()

    def _ending(self) -> list[str]:
        if self._decoder.stopped:
            return [f"reading stopped at {self._now:.2f} s: {self._decoder.stopped}"]
        declared = stream_duration(self._stream)
        if declared is None or self._container.format.name.split(",")[0] not in EXACT_DURATION_CONTAINERS:
            return []
        declared += self.late
        if declared - self._now <= MAX_MISSING_SECONDS:
            return []
        return [f"the sound ends at {self._now:.2f} s of the {declared:.2f} s declared: truncated or damaged"]
