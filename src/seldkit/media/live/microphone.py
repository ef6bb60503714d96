"""A microphone, through the input devices that FFmpeg knows on this system."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.error import FFmpegError

from seldkit.errors import MediaError
from seldkit.media.audio_track import AudioChunk
from seldkit.media.containers import audio_stream, printable
from seldkit.media.live.raw_audio import RawFormat
from seldkit.media.samples import channel_names, frame_samples, zero_invalid_samples

INPUT_FORMATS: Final = {"linux": "alsa", "darwin": "avfoundation", "win32": "dshow"}
"""FFmpeg's input device of each system."""
DEVICE_ADDRESSES: Final = {"avfoundation": ":{}", "dshow": "audio={}"}
ALSA_CONFIGURATION: Final = Path("/usr/share/alsa/alsa.conf")
MIN_CHUNK_SECONDS: Final = 0.02
"""Sound that is passed on at once at least: some drivers give samples one by one."""
STANDARD_ERROR: Final = 2


class Microphone:
    """The sound of an input device, as it comes; it does not wait for whoever hears it.

    name: the device as the system calls it ("default", ALSA's "plughw:1", "MacBook Pro Microphone" …).
    format: the rate and channels that it is asked for, where the system lets one ask.
    input: FFmpeg's name of the kind of device, the system's by default.
    Raises MediaError where it cannot be opened, or, while iterating, when it is gone.
    """

    lossy: Final = True

    def __init__(
        self, name: str = "default", format: RawFormat | None = None, *, input: str | None = None
    ) -> None:
        self.name = f"microphone '{printable(Path(name))}'"
        self._wanted = RawFormat() if format is None else format
        self._nonsense = 0
        kind = input or INPUT_FORMATS.get(sys.platform, "alsa")
        self._container = self._opened(kind, DEVICE_ADDRESSES.get(kind, "{}").format(name))

    def __str__(self) -> str:
        stream = self._container.streams.audio[0]
        channels = "1 channel" if stream.channels == 1 else f"{stream.channels} channels"
        return f"{self.name} ({stream.sample_rate} Hz, {channels})"

    @property
    def notes(self) -> list[str]:
        """What was odd so far, in lines."""
        nonsense = f"{self._nonsense} samples that are no sound (NaN or infinite) replaced by silence"
        return [nonsense] if self._nonsense else []

    def __iter__(self) -> Iterator[AudioChunk]:
        with self._container:
            held: list[AudioChunk] = []
            for piece in self._pieces():
                held.append(piece)
                if sum(one.samples.shape[1] for one in held) >= MIN_CHUNK_SECONDS * piece.rate:
                    samples = np.concatenate([one.samples for one in held], axis=1)
                    yield AudioChunk(samples, piece.names, piece.rate)
                    held = []

    def _pieces(self) -> Iterator[AudioChunk]:
        stream = audio_stream(self._container)
        try:
            for frame in self._container.decode(stream):
                assert isinstance(frame, AudioFrame)
                samples = frame_samples(frame)
                self._nonsense += zero_invalid_samples(samples)
                yield AudioChunk(samples, channel_names(frame), int(frame.sample_rate))
        except (FFmpegError, OSError, ValueError) as problem:
            raise MediaError(f"{self.name}: it stopped ({_reason(problem)})") from None

    def _opened(self, kind: str, address: str) -> InputContainer:
        if kind not in av.formats_available:
            raise MediaError(f"{self.name}: this FFmpeg knows no '{kind}' devices; {_INSTEAD}")
        options = {"sample_rate": str(self._wanted.rate), "channels": str(self._wanted.channels)}
        if kind == "alsa":
            _point_to_alsa()
        try:
            with _quiet():
                container = av.open(address, format=kind, options=options if kind in _ASKED else {})
        except (FFmpegError, OSError, ValueError) as problem:
            raise MediaError(
                f"{self.name}: expected an input device ({kind}{_known(kind)}), got none "
                f"({_reason(problem)}); {_INSTEAD}"
            ) from None
        if audio_stream(container) is None:
            container.close()
            raise MediaError(f"{self.name}: it gives no sound; {_INSTEAD}")
        return container


_ASKED: Final = ("alsa", "dshow")
_INSTEAD: Final = "or pipe a recorder's raw samples into seldkit listen - (arecord -t raw, ffmpeg -f s16le -)"


def _reason(problem: Exception) -> str:
    return " ".join(str(getattr(problem, "strerror", None) or problem).split())


def _known(kind: str) -> str:
    """The devices that there are, as far as the system tells."""
    try:
        with _quiet():
            devices: list[Any] = av.enumerate_input_devices(kind)
    except (FFmpegError, ValueError, OSError):
        return ""
    names = [device.name for device in devices]
    return f": {', '.join(names)}" if names else ""


def _point_to_alsa() -> None:
    """FFmpeg's own ALSA, in PyAV's wheels, looks for its configuration where it was built, not here."""
    if ALSA_CONFIGURATION.exists():
        os.environ.setdefault("ALSA_CONFIG_PATH", str(ALSA_CONFIGURATION))


@contextmanager
def _quiet() -> Iterator[None]:
    """ALSA writes on standard error itself, several lines where one says it."""
    kept = os.dup(STANDARD_ERROR)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, STANDARD_ERROR)
        yield
    finally:
        os.dup2(kept, STANDARD_ERROR)
        os.close(kept)
        os.close(nowhere)
