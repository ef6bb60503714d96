"""Microphones, through the input devices of FFmpeg."""

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
"""FFmpeg's input device by operating system."""
DEVICE_ADDRESSES: Final = {"avfoundation": ":{}", "dshow": "audio={}"}
"""FFmpeg's syntax of a device name by input device."""
CONFIGURABLE_FORMATS: Final = ("alsa", "dshow")
"""Input devices that accept a sampling rate and a number of channels."""
ALSA_CONFIGURATION: Final = Path("/usr/share/alsa/alsa.conf")
MIN_CHUNK_SECONDS: Final = 0.02
"""Shortest chunk; some drivers return single samples."""
STANDARD_ERROR: Final = 2
"""File descriptor."""
_ALTERNATIVE: Final = (
    "or pipe the raw samples of a recorder to seldkit listen - (arecord -t raw, ffmpeg -f s16le -)"
)


class Microphone:
    """Audio of an input device. Iterable of chunks; the device does not wait for the reader.

    Args:
        name: Name of the device in the operating system ("default", "plughw:1" of ALSA, "MacBook Pro
            Microphone").
        format: Requested sampling rate and channels, where the device can be configured.
        input: FFmpeg's name of the input device; None: that of the operating system.

    Attributes:
        name: Name for messages.
        lossy: True, because a microphone continues while nothing is read.

    Raises:
        MediaError: If the device cannot be opened or, while iterating, if it fails.
    """

    lossy: Final = True

    def __init__(
        self, name: str = "default", format: RawFormat | None = None, *, input: str | None = None
    ) -> None:
        self.name = f"microphone '{printable(Path(name))}'"
        self._requested = RawFormat() if format is None else format
        self._invalid_samples = 0
        device = input or INPUT_FORMATS.get(sys.platform, "alsa")
        self._container = self._open(device, DEVICE_ADDRESSES.get(device, "{}").format(name))

    def __str__(self) -> str:
        stream = self._container.streams.audio[0]
        channels = "1 channel" if stream.channels == 1 else f"{stream.channels} channels"
        return f"{self.name} ({stream.sample_rate} Hz, {channels})"

    @property
    def notes(self) -> list[str]:
        """Problems so far, one line each."""
        note = f"{self._invalid_samples} invalid samples (NaN or infinite) replaced by silence"
        return [note] if self._invalid_samples else []

    def __iter__(self) -> Iterator[AudioChunk]:
        with self._container:
            held: list[AudioChunk] = []
            for chunk in self._chunks():
                held.append(chunk)
                if sum(one.samples.shape[1] for one in held) >= MIN_CHUNK_SECONDS * chunk.sample_rate:
                    samples = np.concatenate([one.samples for one in held], axis=1)
                    yield AudioChunk(samples, chunk.channel_names, chunk.sample_rate)
                    held = []

    def _chunks(self) -> Iterator[AudioChunk]:
        stream = audio_stream(self._container)
        try:
            for frame in self._container.decode(stream):
                assert isinstance(frame, AudioFrame)
                samples = frame_samples(frame)
                self._invalid_samples += zero_invalid_samples(samples)
                yield AudioChunk(samples, channel_names(frame), int(frame.sample_rate))
        except (FFmpegError, OSError, ValueError) as error:
            raise MediaError(f"{self.name}: the device stopped ({_reason(error)})") from None

    def _open(self, device: str, address: str) -> InputContainer:
        if device not in av.formats_available:
            raise MediaError(f"{self.name}: this FFmpeg does not support '{device}' devices; {_ALTERNATIVE}")
        options = {}
        if device in CONFIGURABLE_FORMATS:
            options = {"sample_rate": str(self._requested.rate), "channels": str(self._requested.channels)}
        if device == "alsa":
            _set_alsa_configuration()
        try:
            with _silenced_standard_error():
                container = av.open(address, format=device, options=options)
        except (FFmpegError, OSError, ValueError) as error:
            raise MediaError(
                f"{self.name}: expected an input device ({device}{_available(device)}), got none "
                f"({_reason(error)}); {_ALTERNATIVE}"
            ) from None
        if audio_stream(container) is None:
            container.close()
            raise MediaError(f"{self.name}: the device has no audio; {_ALTERNATIVE}")
        return container


def _reason(error: Exception) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error).split())


def _available(device: str) -> str:
    """The available devices, as far as the operating system lists them."""
    try:
        with _silenced_standard_error():
            devices: list[Any] = av.enumerate_input_devices(device)
    except (FFmpegError, ValueError, OSError):
        return ""
    names = [device.name for device in devices]
    return f": {', '.join(names)}" if names else ""


def _set_alsa_configuration() -> None:
    """ALSA in the wheels of PyAV searches its configuration at the path of its build."""
    if ALSA_CONFIGURATION.exists():
        os.environ.setdefault("ALSA_CONFIG_PATH", str(ALSA_CONFIGURATION))


@contextmanager
def _silenced_standard_error() -> Iterator[None]:
    """ALSA writes several lines to standard error; one error message replaces them."""
    kept = os.dup(STANDARD_ERROR)
    null_device = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null_device, STANDARD_ERROR)
        yield
    finally:
        os.dup2(kept, STANDARD_ERROR)
        os.close(kept)
        os.close(null_device)
