"""Files that declare spatial audio or video: boxes of MP4, B-format WAV, CAF, Opus with mapping families."""

import struct
from pathlib import Path
from typing import Any

import av
import numpy as np
from scipy.signal import butter, sosfilt

from media.making import Array, Sound, Video, make_media, noise, numbered

RATE = 48000


def plane_wave(azimuth: float, seconds: float = 1.0, elevation: float = 0.0) -> Array:
    """Noise below 2 kHz from one direction as FOA: W Y Z X, SN3D."""
    source = sosfilt(butter(6, 2000, fs=RATE, output="sos"), noise(seconds, RATE, 1, level=0.3)[0])
    phi, theta = np.radians(azimuth), np.radians(elevation)
    gains = (1.0, np.sin(phi) * np.cos(theta), np.sin(theta), np.cos(phi) * np.cos(theta))
    return np.outer(gains, source).astype(np.float32)


def direction_of(foa: Array) -> tuple[float, float]:
    """Azimuth and elevation of the intensity vector in degrees."""
    y, z, x = (float((foa[0] * foa[k]).sum()) for k in (1, 2, 3))
    return float(np.degrees(np.arctan2(y, x))), float(np.degrees(np.arctan2(z, np.hypot(x, y))))


def as_fuma(foa: Array) -> Array:
    """FOA in FuMa order: W X Y Z, W 3 dB lower."""
    return np.stack([foa[0] / np.sqrt(2), foa[3], foa[1], foa[2]])


def box(kind: bytes, *content: bytes) -> bytes:
    """A box of an MP4 file."""
    return struct.pack(">I", 8 + sum(map(len, content))) + kind + b"".join(content)


def full_box(kind: bytes, *content: bytes) -> bytes:
    """A box with version and flags."""
    return box(kind, bytes(4), *content)


def sa3d(
    count: int = 4, order: int = 1, normalization: int = 0, channel_map: tuple[int, ...] = (), kind: int = 0
) -> bytes:
    """The box that declares ambisonics."""
    numbers = channel_map or tuple(range(count))
    head = struct.pack(">BBIBBI", 0, kind, order, 0, normalization, count)
    return box(b"SA3D", head, struct.pack(f">{len(numbers)}I", *numbers))


def spherical_v2(stereo_mode: int | None = None) -> bytes:
    """The boxes st3d and sv3d of equirectangular video."""
    projection = box(b"proj", full_box(b"prhd", bytes(12)), full_box(b"equi", bytes(16)))
    spherical = box(b"sv3d", full_box(b"svhd", b"test\0"), projection)
    return (b"" if stereo_mode is None else full_box(b"st3d", bytes([stereo_mode]))) + spherical


def add_to_sample_entry(path: Path, handler: bytes, boxes: bytes) -> None:
    """Appends boxes to the first sample entry of a kind ("soun", "vide"); the index must be at the end."""
    data = bytearray(path.read_bytes())
    track = _track(data, data.find(b"moov") - 4, handler)
    position, parents = track, [data.find(b"moov") - 4, track]
    for name in (b"mdia", b"minf", b"stbl", b"stsd"):
        position = _child(data, position, name)
        parents.append(position)
    entry = position + 16
    parents.append(entry)
    end = entry + struct.unpack_from(">I", data, entry)[0]
    data[end:end] = boxes
    for start in parents:
        size = struct.unpack_from(">I", data, start)[0]
        struct.pack_into(">I", data, start, size + len(boxes))
    path.write_bytes(data)


def _child(data: bytearray, parent: int, name: bytes) -> int:
    position = parent + 8
    while data[position + 4 : position + 8] != name:
        position += struct.unpack_from(">I", data, position)[0]
    return position


def _track(data: bytearray, moov: int, handler: bytes) -> int:
    position = _child(data, moov, b"trak")
    while True:
        size = struct.unpack_from(">I", data, position)[0]
        if b"hdlr" + bytes(8) + handler in data[position : position + size].replace(b"mhlr", bytes(4)):
            return position
        position += size


def make_sa3d(path: Path, waveform: Array, codec: str = "aac", **declaration: Any) -> Path:
    """An MP4 or MOV file with an SA3D box."""
    layout = {4: "4.0"}.get(len(waveform)) if codec == "aac" else None
    make_media(path, Sound(waveform, codec=codec, layout=layout))
    add_to_sample_entry(path, b"soun", sa3d(len(waveform), **declaration))
    return path


def make_amb(path: Path, waveform: Array, *, floats: bool = False) -> Path:
    """A WAVE_FORMAT_EXTENSIBLE file with the subtype B-format."""
    count = len(waveform)
    bits = 32 if floats else 16
    samples = (waveform.T.astype("<f4") if floats else np.rint(waveform.T * 32767).astype("<i2")).tobytes()
    guid = bytes.fromhex(f"{3 if floats else 1:02x}0000002107d3118644c8c1ca000000")
    align = count * bits // 8
    head = struct.pack("<HHIIHHHHI", 0xFFFE, count, RATE, RATE * align, align, bits, 22, bits, 0) + guid
    body = (
        b"WAVEfmt "
        + struct.pack("<I", len(head))
        + head
        + b"data"
        + struct.pack("<I", len(samples))
        + samples
    )
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


def make_caf(path: Path, waveform: Array, tag: int, labels: tuple[int, ...] = ()) -> Path:
    """A CAF file with big-endian 16-bit samples and a channel layout tag or channel labels."""
    count = len(waveform)
    description = struct.pack(">d4sIIIII", RATE, b"lpcm", 0, 2 * count, 1, count, 16)
    described = b"".join(struct.pack(">II3f", label, 0, 0.0, 0.0, 0.0) for label in labels)
    layout = struct.pack(">III", tag, 0, len(labels)) + described
    samples = bytes(4) + np.rint(waveform.T * 32767).astype(">i2").tobytes()
    chunks = ((b"desc", description), (b"chan", layout), (b"data", samples))
    body = b"".join(struct.pack(">4sq", kind, len(data)) + data for kind, data in chunks)
    path.write_bytes(b"caff" + struct.pack(">HH", 1, 0) + body)
    return path


def make_opus(path: Path, waveform: Array, layout: str, family: int = 2) -> Path:
    """An Opus file with a channel mapping family."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream(
            "libopus", rate=RATE, layout=layout, options={"mapping_family": str(family)}
        )
        stream.bit_rate = 128_000 * len(waveform)
        packed = np.ascontiguousarray(waveform.T.reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
        frame.sample_rate = RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            output.mux(packet)
    return path


def make_projected_opus(path: Path, foa: Array) -> Path:
    """Opus with mapping family 3: FOA that was rotated by a mixing matrix, and the matrix that undoes it."""
    mixing = np.array([[1, 1, 1, 1], [1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]]) / 2.0
    demixing = np.linalg.inv(mixing)
    make_opus(path, (mixing @ foa).astype(np.float32), "4 channels", family=255)
    matrix = np.clip(np.rint(demixing.T * 32768), -32768, 32767).astype("<i2").tobytes()
    data = path.read_bytes()
    first = 27 + data[26]
    head = data[first : first + data[27]]
    changed = head[:18] + bytes([3]) + head[19:21] + matrix
    page = bytearray(data[:22] + bytes(4) + data[26:27] + bytes([len(changed)]) + changed)
    struct.pack_into("<I", page, 22, _ogg_checksum(page))
    path.write_bytes(bytes(page) + data[first + data[27] :])
    return path


def _ogg_checksum(page: bytearray) -> int:
    value = 0
    for byte in page:
        value ^= byte << 24
        for _ in range(8):
            value = ((value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return value


def make_spherical(path: Path, stereo_mode: int | None = None, *tracks: Sound | Video) -> Path:
    """An MP4 file with equirectangular video."""
    video = Video(numbered(10, (128, 64)), [k / 10 for k in range(10)], rate=10)
    make_media(path, *(tracks or (video,)))
    add_to_sample_entry(path, b"vide", spherical_v2(stereo_mode))
    return path
