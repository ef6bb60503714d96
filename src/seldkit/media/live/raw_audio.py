"""Raw interleaved samples, as recorders write them into a pipe."""

import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from seldkit.errors import MediaError
from seldkit.media.audio_track import AudioChunk
from seldkit.media.containers import SAMPLE_RATES_HZ, printable
from seldkit.media.samples import zero_invalid_samples
from seldkit.types import Samples

ENCODINGS: Final = {"s16le": ("<i2", 2.0**-15), "s32le": ("<i4", 2.0**-31), "f32le": ("<f4", 1.0)}
"""How a sample is written, by the names that FFmpeg has: NumPy's type, and the factor to ±1."""
MAX_CHANNELS: Final = 64
READ_SECONDS: Final = 0.05
"""Sound that is read at once at most; finer would tell more exactly when it came, and no one needs that."""
STANDARD_INPUT: Final = 0
_HEADERS: Final = (
    (0, b"RIFF", "a WAV file"),
    (0, b"RF64", "a WAV file"),
    (0, b"fLaC", "a FLAC file"),
    (0, b"OggS", "an Ogg file"),
    (0, b"ID3", "an MP3 file"),
    (0, b".snd", "an AU file"),
    (0, b"FORM", "an AIFF file"),
    (0, b"caff", "a CAF file"),
    (0, b"\x1aE\xdf\xa3", "a Matroska file"),
    (4, b"ftyp", "an MP4 file"),
)


@dataclass(frozen=True)
class RawFormat:
    """What raw samples are: rate in samples a second, interleaved channels, and one of `ENCODINGS`.

    Raises MediaError for what cannot be.
    """

    rate: int = 48000
    channels: int = 2
    encoding: str = "s16le"

    def __post_init__(self) -> None:
        if self.rate not in SAMPLE_RATES_HZ:
            raise MediaError(
                f"expected a rate of {SAMPLE_RATES_HZ.start} to {SAMPLE_RATES_HZ.stop - 1} Hz, got {self.rate}"
            )
        if not 1 <= self.channels <= MAX_CHANNELS:
            raise MediaError(f"expected 1 to {MAX_CHANNELS} channels, got {self.channels}")
        if self.encoding not in ENCODINGS:
            raise MediaError(
                f"expected samples written as {', '.join(ENCODINGS)}, got {printable(Path(self.encoding))!r}"
            )

    def __str__(self) -> str:
        channels = "1 channel" if self.channels == 1 else f"{self.channels} channels"
        return f"{self.rate} Hz, {channels}, {self.encoding}"

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of all channels."""
        return self.channels * np.dtype(ENCODINGS[self.encoding][0]).itemsize

    def decode(self, data: bytes) -> Samples:
        """Whole samples as (channels, samples), integers scaled to ±1."""
        kind, scale = ENCODINGS[self.encoding]
        values = np.frombuffer(data, kind).reshape(-1, self.channels)
        return np.ascontiguousarray(values.T, np.float32) * np.float32(scale)


class RawAudio:
    """The samples of a pipe, as they come; nothing is lost, for whoever writes them has to wait.

    source: a path (a named pipe, or a file), or "-" for standard input.
    Raises MediaError where there is nothing of that kind, or, while iterating, a file with a header.
    """

    lossy: Final = False

    def __init__(self, source: str | Path, format: RawFormat | None = None) -> None:
        self.format = RawFormat() if format is None else format
        self._path = None if str(source) == "-" else Path(source)
        self.name = "standard input" if self._path is None else printable(self._path)
        self._nonsense = self._rest = 0
        _require_pipe(self._path, self.name)

    def __str__(self) -> str:
        return f"{self.name} ({self.format})"

    @property
    def notes(self) -> list[str]:
        """What was odd so far, in lines."""
        found = []
        if self._nonsense:
            found.append(
                f"{self._nonsense} samples that are no sound (NaN or beyond all reason) replaced by silence: "
                f"is it {self.format.encoding}?"
            )
        if self._rest:
            found.append(f"the last {self._rest} bytes are no whole sample: is it {self.format}?")
        return found

    def __iter__(self) -> Iterator[AudioChunk]:
        """Pieces of at most 50 ms, each as soon as it is there."""
        names, rest, size = ("?",) * self.format.channels, b"", self.format.frame_bytes
        for data in self._reads():
            rest += data
            whole = len(rest) - len(rest) % size
            samples, rest = self.format.decode(rest[:whole]), rest[whole:]
            self._nonsense += zero_invalid_samples(samples)
            if samples.shape[1]:
                yield AudioChunk(samples, names, self.format.rate)
        self._rest = len(rest)

    def _reads(self) -> Iterator[bytes]:
        # A named pipe opens when somebody writes into it: that is for the thread that reads to wait for.
        descriptor = STANDARD_INPUT if self._path is None else os.open(self._path, os.O_RDONLY)
        size = max(1, round(READ_SECONDS * self.format.rate)) * self.format.frame_bytes
        try:
            head = _read(descriptor, size)
            while 0 < len(head) < 12 and (more := _read(descriptor, size)):
                head += more
            self._require_no_header(head)
            while head:
                yield head
                head = _read(descriptor, size)
        finally:
            if self._path is not None:
                os.close(descriptor)

    def _require_no_header(self, head: bytes) -> None:
        for offset, sign, what in _HEADERS:
            if head[offset:].startswith(sign):
                raise MediaError(
                    f"{self.name}: expected raw samples ({self.format}), got {what}; leave its header out "
                    "(arecord -t raw, ffmpeg -f s16le), or give the file to seldkit detect"
                )


def _read(descriptor: int, size: int) -> bytes:
    while True:
        try:
            return os.read(descriptor, size)
        except BlockingIOError:  # somebody set the pipe so; a pipe that blocks would wait here
            time.sleep(0.005)


def _require_pipe(path: Path | None, name: str) -> None:
    if path is None:
        if os.isatty(STANDARD_INPUT):
            raise MediaError(f"{name}: expected raw samples from a pipe, got a terminal")
        return
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise MediaError(f"{name}: cannot be read ({reason})") from None
    if stat.S_ISDIR(mode):
        raise MediaError(f"{name}: expected a pipe or a file of raw samples, got a folder")
    if not os.access(path, os.R_OK):
        raise MediaError(f"{name}: no permission to read it")
