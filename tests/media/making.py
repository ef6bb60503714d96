"""Small media files made with PyAV: any tracks, with any timestamps."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
TICK = Fraction(1, 90000)


@dataclass(frozen=True)
class Sound:
    """An audio track: waveform (channels, samples), cut into parts that start at the given times."""

    waveform: Array
    rate: int = 48000
    codec: str = "aac"
    layout: str | None = None
    starts: tuple[float, ...] = (0.0,)


@dataclass(frozen=True)
class Video:
    """A video track: images (height, width, 3), and the start of each one in seconds."""

    pictures: Sequence[Array]
    times: Sequence[float]
    codec: str = "libx264"
    rotation: int | None = None
    rate: int = 25
    options: dict[str, str] = field(default_factory=lambda: {"crf": "10", "preset": "ultrafast", "g": "10"})


def noise(seconds: float, rate: int = 48000, channels: int = 2, level: float = 0.1) -> Array:
    """Independent noise in each channel."""
    shape = (channels, round(seconds * rate))
    return (level * np.random.default_rng(1).standard_normal(shape)).clip(-1, 1).astype(np.float32)


def tone(
    seconds: float, rate: int = 48000, gains: Sequence[float] = (0.5, 0.0), hertz: float = 500.0
) -> Array:
    """A tone with the given gain in each channel."""
    wave = np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
    return (np.asarray(gains)[:, None] * wave).astype(np.float32)


def clicks(times: Sequence[float], seconds: float, rate: int = 48000, channels: int = 2) -> Array:
    """Short pulses centered at the given times, all in the first channel."""
    wave = np.zeros((channels, round(seconds * rate)), dtype=np.float32)
    width = round(0.0005 * rate)
    for time in times:
        middle = round(time * rate)
        wave[0, middle - width : middle + width + 1] = 0.9 * np.hanning(2 * width + 1)
    return wave


def numbered(count: int, size: tuple[int, int] = (64, 48)) -> list[Array]:
    """Gray images that encode their number: see `number_of`."""
    return [np.full((size[1], size[0], 3), 20 + 6 * (k % 36), dtype=np.uint8) for k in range(count)]


def number_of(picture: Array) -> int:
    """Number (modulo 36) of an image made by `numbered`."""
    return round((float(picture.mean()) - 20) / 6)


def make_media(path: Path, *tracks: Sound | Video, format: str | None = None) -> None:
    """Writes the tracks, interleaved, to a container by the suffix (or `format`)."""
    with av.open(f"file:{path}", "w", format=format) as output:
        packets = []
        streams = [(_add(output, track), track) for track in tracks]
        for stream, track in streams:
            packets += _sound(stream, track) if isinstance(track, Sound) else _video(stream, track)
        for packet in sorted(packets, key=lambda packet: float((packet.dts or 0) * packet.time_base)):
            output.mux(packet)


def _add(output: Any, track: Sound | Video) -> Any:
    if isinstance(track, Sound):
        names = {1: "mono", 2: "stereo"}
        layout = track.layout or names.get(len(track.waveform), f"{len(track.waveform)} channels")
        stream = output.add_stream(track.codec, rate=track.rate, layout=layout)
    else:
        stream = output.add_stream(track.codec, rate=track.rate, options=dict(track.options))
        stream.height, stream.width = track.pictures[0].shape[:2]
        stream.pix_fmt = "yuvj420p" if track.codec == "mjpeg" else "yuv420p"
        stream.codec_context.time_base = TICK if track.codec == "libx264" else Fraction(1, track.rate)
        if track.rotation is not None:
            stream.set_display_rotation(track.rotation)
    return stream


def _sound(stream: Any, track: Sound) -> list[Any]:
    packets = []
    layout = stream.layout.name
    size = stream.codec_context.frame_size or 1024
    source = av.AudioResampler(stream.format, layout, track.rate, frame_size=stream.codec_context.frame_size)
    pieces = np.array_split(track.waveform, len(track.starts), axis=1)
    for start, piece in zip(track.starts, pieces, strict=True):
        for offset in range(0, piece.shape[1], size):
            packed = np.ascontiguousarray(piece[:, offset : offset + size].T.reshape(1, -1), dtype=np.float32)
            frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
            frame.sample_rate, frame.time_base = track.rate, Fraction(1, track.rate)
            frame.pts = round(start * track.rate) + offset
            for ready in source.resample(frame) if len(track.starts) == 1 else [_converted(frame, stream)]:
                packets += stream.encode(ready)
    for ready in source.resample(None):
        packets += stream.encode(ready)
    return packets + stream.encode(None)


def _converted(frame: av.AudioFrame, stream: Any) -> av.AudioFrame:
    """Converts to the sample format of the encoder; a resampler would close gaps in the timestamps."""
    (ready,) = av.AudioResampler(stream.format, stream.layout.name, frame.sample_rate).resample(frame)
    ready.pts, ready.time_base = frame.pts, frame.time_base
    return ready


def _video(stream: Any, track: Video) -> list[Any]:
    packets = []
    for picture, time in zip(track.pictures, track.times, strict=True):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        base = stream.codec_context.time_base
        frame.pts, frame.time_base = round(time / base), base
        packets += stream.encode(frame)
    return packets + stream.encode(None)


def wav_bytes(
    samples: bytes,
    rate: int = 48000,
    channels: int = 2,
    bits: int = 16,
    kind: int = 1,
    size: int | None = None,
) -> bytes:
    """A WAV file with any header, correct or not; kind 1 is integers, 3 floats."""
    align = channels * bits // 8
    size = len(samples) if size is None else size
    head = struct.pack("<HHIIHH", kind, channels, rate, min(rate * align, 2**32 - 1), align, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", size) + samples
    return b"RIFF" + struct.pack("<I", min(size + 36, 2**32 - 1)) + body
