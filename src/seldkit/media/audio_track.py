"""Audio track of an open file without gaps: each sample at its time since the start of the presentation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer

from seldkit.errors import MediaError
from seldkit.media.containers import (
    SAMPLE_RATES_HZ,
    discard_other_streams,
    printable,
    require_audio,
    require_sample_rate,
)
from seldkit.media.declared_layout import declared_layout, open_projection
from seldkit.media.samples import channel_names, frame_samples, known_names, zero_invalid_samples
from seldkit.media.stream_decoder import StreamClock, StreamDecoder, stream_duration
from seldkit.media.stream_layout import decode_in_order
from seldkit.types import Samples

TIMESTAMP_TOLERANCE_SECONDS = 0.01
"""Deviation of timestamps that is ignored; containers round them to milliseconds."""
MAX_MISSING_SECONDS = 0.15
"""Difference to the declared duration above which a file counts as truncated."""
MAX_SILENCE_FACTOR = 10.0
"""Largest length of the silence for pauses, relative to the decoded audio, above `MAX_SILENCE_SECONDS`."""
MAX_SILENCE_SECONDS = 600.0
"""Length of the silence that is inserted for pauses in any case."""
MAX_PADDING_SECONDS = 0.1
"""Longest padding of an encoder at the end of a track; codec frames are shorter."""
EXACT_DURATION_CONTAINERS = frozenset({"mov", "matroska", "wav", "w64", "aiff", "caf", "flac", "avi", "asf"})
"""Containers that declare their duration; for others it is estimated from the bit rate."""


@dataclass(frozen=True)
class AudioChunk:
    """Consecutive samples of an audio signal.

    Attributes:
        samples: Samples, ``(channels, samples)``, with the channels of the file.
        channel_names: Name of each channel, see `seldkit.media.samples.channel_names`.
        sample_rate: Sampling rate in Hz.
    """

    samples: Samples
    channel_names: tuple[str, ...]
    sample_rate: int


class AudioTrack:
    """Decodes the audio of a file from the start of the presentation. Iterable of `AudioChunk`.

    A late start and gaps in the timestamps are filled with silence; overlaps are removed. Memory is constant.

    Args:
        container: Open file.
        path: Path of the file, for messages.
        stream: Audio stream; None for the default one.

    Attributes:
        channels: Largest number of channels so far.
        declaration: Ambisonic layout that the file declares; None without one.
        late: Time in seconds by which the audio starts after the presentation.

    Raises:
        MediaError: On construction or while iterating, if the file has no audio that can be decoded.
    """

    def __init__(self, container: InputContainer, path: Path, stream: AudioStream | None = None) -> None:
        self._path = path
        self._container = container
        self._stream = require_audio(container, path) if stream is None else stream
        discard_other_streams(container, self._stream)
        if self._stream.codec_context.name == "flac":
            # FLAC frames have checksums. Without this option, damaged frames are decoded to loud noise.
            self._stream.codec_context.options = {"err_detect": "crccheck+explode"}
        self._layout = decode_in_order(self._stream, path)
        self.declaration = declared_layout(container, self._stream, path)
        open_projection(self._stream)
        self._first_rate = self._stream.sample_rate or SAMPLE_RATES_HZ.start
        self._decoder = StreamDecoder(container, self._stream)
        self._clock = StreamClock(container)
        self._position = 0.0  # seconds of output so far
        self._decoded = self._inserted = self._left_out = 0.0  # seconds of audio, of silence, of pauses
        self._started = False
        self._align_exactly = True  # at the start, and after a frame that was removed completely
        self._reported_damage = 0
        self._invalid_samples = 0
        self._format_changes = 0
        self._damaged = _TimeSpans("damaged audio", "replaced by silence")
        self._missing = _TimeSpans("no audio", "according to the timestamps: replaced by silence")
        self._overlapping = _TimeSpans("overlapping audio", "removed")
        self.channels = 0
        self.late = 0.0

    @property
    def seconds(self) -> float:
        """Length of the audio decoded so far, in seconds."""
        return self._position

    @property
    def damaged_packets(self) -> int:
        """Number of packets that could not be decoded so far."""
        return self._decoder.damaged

    def __iter__(self) -> Iterator[AudioChunk]:
        yield from self._without_padding(self._chunks())

    def _chunks(self) -> Iterator[AudioChunk]:
        last_format: tuple[tuple[str, ...], int] | None = None
        for frame in self._decoder:
            if not frame.samples:
                continue
            audio_format = (self._channel_names(frame), int(frame.sample_rate))
            self._format_changes += last_format not in (None, audio_format)
            last_format = audio_format
            yield from self._placed(frame, *audio_format)
        if last_format is None:
            raise MediaError(f"{printable(self._path)}: {self._reason_for_no_audio()}")

    def _counts_samples(self, frame: AudioFrame, sample_rate: int) -> bool:
        """Whether timestamps count samples at the rate of the first part: chained Ogg of several rates."""
        is_ogg = self._container.format.name == "ogg"
        return is_ogg and sample_rate != self._first_rate and frame.time_base == Fraction(1, self._first_rate)

    def _channel_names(self, frame: AudioFrame) -> tuple[str, ...]:
        names = channel_names(frame)
        is_custom = self._layout.is_custom and len(names) == self._layout.channels
        return known_names(self._layout.channel_names) if is_custom else names

    def _without_padding(self, chunks: Iterator[AudioChunk]) -> Iterator[AudioChunk]:
        """Removes the padding of the last codec frame, which MP4 excludes from the declared duration.

        Audio that exceeds the declared duration by more than a codec frame is not padding and is kept.
        """
        declared = stream_duration(self._stream) if self._container.format.name.startswith("mov") else None
        total, excess, held = 0.0, 0.0, list[AudioChunk]()
        for chunk in chunks:
            limit = float("inf") if declared is None else declared + self.late
            total += chunk.samples.shape[1] / chunk.sample_rate
            if total <= limit:
                yield chunk
            elif total > limit + MAX_PADDING_SECONDS:
                yield from (*held, chunk)
                held, declared = [], None
            else:
                excess = excess if held else total - limit
                held.append(chunk)
        if held:  # only the first held chunk starts before the limit
            first = held[0]
            kept = first.samples.shape[1] - round(excess * first.sample_rate)
            yield AudioChunk(first.samples[:, : max(0, kept)], first.channel_names, first.sample_rate)
            self._position = limit

    def _placed(self, frame: AudioFrame, names: tuple[str, ...], sample_rate: int) -> Iterator[AudioChunk]:
        """The samples of a frame, preceded by silence or shortened as its timestamp requires."""
        require_sample_rate(self._path, sample_rate)
        samples = self._samples(frame)
        self.channels = max(self.channels, len(samples))
        duration = samples.shape[1] / sample_rate
        time = self._clock.seconds(frame.pts, frame.time_base, self._position, duration)
        offset = time - self._position
        if self._align_exactly or abs(offset) > TIMESTAMP_TOLERANCE_SECONDS:
            if offset > 0:
                yield from self._silence(offset, names, sample_rate)
            else:
                samples = self._without_overlap(samples, -offset, sample_rate)
        self._started, self._align_exactly = True, not samples.shape[1]
        self._reported_damage = self._decoder.damaged
        self._position += samples.shape[1] / sample_rate
        self._decoded += samples.shape[1] / sample_rate
        if self._counts_samples(frame, sample_rate):
            self._clock.skip(frame.samples * float(frame.time_base or 0) - duration)
        yield AudioChunk(samples, names, sample_rate)

    def _samples(self, frame: AudioFrame) -> Samples:
        try:
            samples = frame_samples(frame)
        except ValueError as error:
            raise MediaError(
                f"{printable(self._path)}: {error}; convert the file to 16-bit WAV or FLAC"
            ) from None
        self._invalid_samples += zero_invalid_samples(samples)
        return samples

    def _silence(self, seconds: float, names: tuple[str, ...], sample_rate: int) -> Iterator[AudioChunk]:
        seconds = self._limited(seconds)
        if self._decoder.damaged > self._reported_damage:
            self._damaged.add(self._position, self._position + seconds)
        elif self._started:
            self._missing.add(self._position, self._position + seconds)
        else:
            self.late = seconds
        count = round(seconds * sample_rate)
        self._position += count / sample_rate
        for start in range(0, count, sample_rate):
            length = min(sample_rate, count - start)
            yield AudioChunk(np.zeros((len(names), length), dtype=np.float32), names, sample_rate)

    def _limited(self, seconds: float) -> float:
        """Shortens a pause: a small file may declare hours of silence."""
        limit = MAX_SILENCE_SECONDS + MAX_SILENCE_FACTOR * self._decoded - self._inserted
        kept = min(seconds, max(0.0, limit))
        self._inserted += kept
        self._left_out += seconds - kept
        self._clock.skip(seconds - kept)
        return kept

    def _without_overlap(self, samples: Samples, seconds: float, sample_rate: int) -> Samples:
        removed = min(round(seconds * sample_rate), samples.shape[1])
        if removed and self._started:
            self._overlapping.add(self._position, self._position + removed / sample_rate)
        return samples[:, removed:]

    def _reason_for_no_audio(self) -> str:
        if self._decoder.damaged:
            return f"no audio can be decoded ({self._decoder.damaged} damaged packets)"
        return "the audio track is empty; expected at least one sample"

    def notes(self) -> list[str]:
        """Describes the problems of the audio so far.

        Returns:
            One line per problem; complete after the iteration.
        """
        notes = []
        tracks = list(self._container.streams.audio)
        if len(tracks) > 1:
            notes.append(f"{len(tracks)} audio tracks: number {tracks.index(self._stream) + 1} is used")
        if self.late > TIMESTAMP_TOLERANCE_SECONDS:
            notes.append(f"the audio starts {self.late:.2f} s after the video: preceded by silence")
        for spans in (self._damaged, self._missing, self._overlapping):
            notes += spans.notes()
        if self._decoder.damaged and not self._damaged.count:
            notes.append(f"{self._decoder.damaged} damaged audio packet(s) skipped")
        if self._left_out:
            notes.append(
                f"pauses are shortened by {self._left_out:.0f} s in total: the timestamps declare more than "
                f"{MAX_SILENCE_FACTOR:.0f} times as much silence as audio, and {MAX_SILENCE_SECONDS:.0f} s"
            )
        if self._clock.jumps:
            notes.append(f"the audio timestamps jump {self._clock.jumps} time(s): treated as continuous")
        if self._clock.restarts:
            notes.append(f"the clock of the audio restarts {self._clock.restarts} time(s): parts are joined")
        if self._invalid_samples:
            notes.append(f"{self._invalid_samples} invalid samples (NaN or infinite) replaced by silence")
        if self._format_changes:
            notes.append(f"the audio format changes {self._format_changes} time(s)")
        return notes + self._end_notes()

    def _end_notes(self) -> list[str]:
        if self._decoder.stopped:
            return [f"reading stopped at {self._position:.2f} s: {self._decoder.stopped}"]
        declared = stream_duration(self._stream)
        if declared is None or self._container.format.name.split(",")[0] not in EXACT_DURATION_CONTAINERS:
            return []
        declared += self.late
        if declared - self._position <= MAX_MISSING_SECONDS:
            return []
        return [
            f"the audio ends at {self._position:.2f} s, declared are {declared:.2f} s: truncated or damaged"
        ]


@dataclass
class _TimeSpans:
    """Parts of a track with one kind of problem: their number, total length in seconds and the first part."""

    problem: str
    remedy: str
    count: int = 0
    seconds: float = 0.0
    first: tuple[float, float] = (0.0, 0.0)

    def add(self, start: float, end: float) -> None:
        if not self.count:
            self.first = (start, end)
        self.count += 1
        self.seconds += end - start

    def notes(self) -> list[str]:
        if not self.count:
            return []
        first = f"from {self.first[0]:.2f} s to {self.first[1]:.2f} s"
        if self.count == 1:
            return [f"{self.problem} {first} {self.remedy}"]
        places = f"in {self.count} places, {self.seconds:.2f} s in total, the first {first},"
        return [f"{self.problem} {places} {self.remedy}"]
