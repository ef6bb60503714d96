"""Raw interleaved samples from a pipe."""

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

ENCODINGS: Final = {
    "s16le": ("<i2", 2.0**-15, 2),
    "s24le": ("<i4", 2.0**-31, 3),
    "s32le": ("<i4", 2.0**-31, 4),
    "f32le": ("<f4", 1.0, 4),
}
"""Encodings of a sample, by FFmpeg's name: NumPy type, factor to [-1, 1], and bytes in the file.

24-bit samples are the upper three bytes of 32-bit ones.
"""
MAX_CHANNELS: Final = 64
READ_SECONDS: Final = 0.05
"""Longest audio that is read at once; it limits the accuracy of arrival times."""
STANDARD_INPUT: Final = 0
"""File descriptor."""
_NONBLOCKING_WAIT_SECONDS: Final = 0.005
_MIN_HEADER_BYTES: Final = 12
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
    """Format of raw samples.

    Attributes:
        rate: Sampling rate in Hz.
        channels: Number of interleaved channels, between 1 and `MAX_CHANNELS`.
        encoding: Encoding of a sample, one of `ENCODINGS`.

    Raises:
        MediaError: If a value is out of range.
    """

    rate: int = 48000
    channels: int = 2
    encoding: str = "s16le"

    def __post_init__(self) -> None:
        if self.rate not in SAMPLE_RATES_HZ:
            lowest, highest = SAMPLE_RATES_HZ.start, SAMPLE_RATES_HZ.stop - 1
            raise MediaError(f"expected a sampling rate of {lowest} to {highest} Hz, got {self.rate}")
        if not 1 <= self.channels <= MAX_CHANNELS:
            raise MediaError(f"expected 1 to {MAX_CHANNELS} channels, got {self.channels}")
        if self.encoding not in ENCODINGS:
            raise MediaError(
                f"expected samples in one of the encodings {', '.join(ENCODINGS)}, "
                f"got {printable(Path(self.encoding))!r}"
            )

    def __str__(self) -> str:
        channels = "1 channel" if self.channels == 1 else f"{self.channels} channels"
        return f"{self.rate} Hz, {channels}, {self.encoding}"

    @property
    def frame_bytes(self) -> int:
        """Number of bytes of one sample of all channels."""
        return self.channels * ENCODINGS[self.encoding][2]

    def decode(self, data: bytes) -> Samples:
        """Converts bytes to samples.

        Args:
            data: Interleaved samples; the length is a multiple of `frame_bytes`.

        Returns:
            Samples, ``(channels, samples)``; integers are scaled to [-1, 1].
        """
        dtype, scale, size = ENCODINGS[self.encoding]
        if size < np.dtype(dtype).itemsize:
            samples = np.frombuffer(data, np.uint8).reshape(-1, size)
            data = np.pad(samples, ((0, 0), (np.dtype(dtype).itemsize - size, 0))).tobytes()
        values = np.frombuffer(data, dtype).reshape(-1, self.channels)
        return np.ascontiguousarray(values.T, np.float32) * np.float32(scale)


class RawAudio:
    """Raw samples of a pipe. Iterable of chunks; nothing is lost, because the writer has to wait.

    Args:
        source: Path of a named pipe or a file, or "-" for standard input.
        format: Format of the samples; None: 48000 Hz, two channels, s16le.

    Attributes:
        name: Name for messages.
        format: Format of the samples.
        lossy: False, because the writer waits.

    Raises:
        MediaError: If the source does not exist or, while iterating, if it is a file with a header.
    """

    lossy: Final = False

    def __init__(self, source: str | Path, format: RawFormat | None = None) -> None:
        self.format = RawFormat() if format is None else format
        self._path = None if str(source) == "-" else Path(source)
        self.name = "standard input" if self._path is None else printable(self._path)
        self._invalid_samples = self._rest_bytes = 0
        _require_pipe(self._path, self.name)

    def __str__(self) -> str:
        return f"{self.name} ({self.format})"

    @property
    def notes(self) -> list[str]:
        """Problems so far, one line each."""
        notes = []
        if self._invalid_samples:
            notes.append(
                f"{self._invalid_samples} invalid samples (NaN or out of range) replaced by silence: check "
                f"that the encoding is {self.format.encoding}"
            )
        if self._rest_bytes:
            notes.append(
                f"the last {self._rest_bytes} bytes are not a whole sample: check that the format is "
                f"{self.format}"
            )
        return notes

    def __iter__(self) -> Iterator[AudioChunk]:
        names, rest, size = ("?",) * self.format.channels, b"", self.format.frame_bytes
        for data in self._reads():
            rest += data
            whole = len(rest) - len(rest) % size
            samples, rest = self.format.decode(rest[:whole]), rest[whole:]
            self._invalid_samples += zero_invalid_samples(samples)
            if samples.shape[1]:
                yield AudioChunk(samples, names, self.format.rate)
        self._rest_bytes = len(rest)

    def _reads(self) -> Iterator[bytes]:
        # Opening a named pipe waits for a writer, so it is opened in the thread that reads.
        descriptor = STANDARD_INPUT if self._path is None else os.open(self._path, os.O_RDONLY)
        size = max(1, round(READ_SECONDS * self.format.rate)) * self.format.frame_bytes
        try:
            data = _read(descriptor, size)
            while 0 < len(data) < _MIN_HEADER_BYTES and (more := _read(descriptor, size)):
                data += more
            self._require_no_header(data)
            while data:
                yield data
                data = _read(descriptor, size)
        finally:
            if self._path is not None:
                os.close(descriptor)

    def _require_no_header(self, data: bytes) -> None:
        for offset, signature, kind in _HEADERS:
            if data[offset:].startswith(signature):
                raise MediaError(
                    f"{self.name}: expected raw samples ({self.format}), got {kind}; write it without a "
                    "header (arecord -t raw, ffmpeg -f s16le), or use seldkit detect for files"
                )


def _read(descriptor: int, size: int) -> bytes:
    while True:
        try:
            return os.read(descriptor, size)
        except BlockingIOError:  # the pipe is in non-blocking mode
            time.sleep(_NONBLOCKING_WAIT_SECONDS)


def _require_pipe(path: Path | None, name: str) -> None:
    if path is None:
        if os.isatty(STANDARD_INPUT):
            raise MediaError(f"{name}: expected raw samples from a pipe, got a terminal")
        return
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise MediaError(f"{name}: cannot be read ({reason})") from None
    if stat.S_ISDIR(mode):
        raise MediaError(f"{name}: expected a pipe or a file of raw samples, got a folder")
    if not os.access(path, os.R_OK):
        raise MediaError(f"{name}: no permission to read it")
