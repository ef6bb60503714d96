"""Channel layouts that a file declares and FFmpeg does not report.

SA3D in MP4 and MOV (Spatial Audio RFC of Google's spatial-media), B-format subtypes of WAVE_FORMAT_EXTENSIBLE
(.amb), layout tags of Core Audio (CAF, MOV), and the channel mapping families 2 and 3 of Opus (RFC 8486).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer

from seldkit.channels import (
    FIRST_ORDER_CHANNELS,
    FUMA_COMPONENTS,
    ChannelLayout,
    Gains,
    Normalization,
    ambisonic_layout,
    ambisonic_order,
    fuma_layout,
    stereo_from_foa,
)
from seldkit.media.mp4_boxes import find_box, sample_entries
from seldkit.media.stream_layout import stream_layout

B_FORMAT_GUIDS: Final = tuple(bytes.fromhex(f"{kind:02x}0000002107d3118644c8c1ca000000") for kind in (1, 3))
"""SUBTYPE_AMBISONIC_B_FORMAT_PCM and SUBTYPE_AMBISONIC_B_FORMAT_IEEE_FLOAT of WAVE_FORMAT_EXTENSIBLE."""
CAF_B_FORMAT: Final = (107 << 16) | 4
"""kAudioChannelLayoutTag_Ambisonic_B_Format: W X Y Z."""
CAF_NORMALIZATIONS: Final[dict[int, Normalization]] = {190: "SN3D", 191: "N3D"}
"""kAudioChannelLayoutTag_HOA_ACN_SN3D and _N3D, upper 16 bits; the lower ones are the number of channels."""
CAF_W_X_Y_Z: Final = (200, 201, 202, 203)
"""kAudioChannelLabel_Ambisonic_W, _X, _Y and _Z."""
CAF_LABELED_NORMALIZATIONS: Final[dict[int, Normalization]] = {2: "SN3D", 3: "N3D"}
"""kAudioChannelLabel_HOA_SN3D and _N3D, the upper 16 bits; the lower ones are the ACN number."""
MAX_HEADER_BYTES: Final = 2**16
"""Bytes at the start of a WAV or CAF file that are searched for the declaration."""
_SA3D: Final = struct.Struct(">BBIBBI")
_HEAD_LOCKED_STEREO: Final = 0x80
_OPUS_HEAD: Final = struct.Struct("<8sBBHIhB")
_MAX_CHANNELS: Final = 256


@dataclass(frozen=True)
class LayoutDeclaration:
    """A channel layout that a file declares.

    Attributes:
        layout: The layout of the decoded channels.
        source: What declares it, for messages.
    """

    layout: ChannelLayout
    source: str

    @property
    def note(self) -> str:
        """One line for users."""
        return f"the file declares {self.layout.title} ({self.source})"


def declared_layout(container: InputContainer, stream: AudioStream, path: Path) -> LayoutDeclaration | None:
    """Reads the ambisonic layout that a file declares for an audio stream.

    Args:
        container: Open file.
        stream: Audio stream of the file.
        path: Path of the file.

    Returns:
        The declaration; None if the file declares no ambisonics, or in a way that contradicts the stream.
    """
    readers: dict[str, Callable[[], LayoutDeclaration | None]] = {
        "mov": lambda: _in_sample_entry(sample_entries(path).get(stream.id, b"")),
        "wav": lambda: _in_wav(_header(path), stream_layout(stream).channels),
        "caf": lambda: _in_caf(_header(path)),
    }
    if stream.codec_context.name in ("opus", "libopus"):
        found = _in_opus_head(stream.codec_context.extradata or b"")
        if found is not None:
            return found
    reader = readers.get(container.format.name.split(",")[0])
    try:
        return None if reader is None else reader()
    except (ValueError, struct.error, OSError):
        return None


def open_projection(stream: AudioStream) -> None:
    """Prepares the decoder of Opus with channel mapping family 3, which FFmpeg does not support.

    The streams are decoded as independent channels (family 255); the layout of `declared_layout` multiplies
    them by the demixing matrix.

    Args:
        stream: Audio stream that has not been decoded yet; other streams are not changed.
    """
    head = stream.codec_context.extradata or b""
    if _mapping_family(head) != 3 or len(head) < 21:
        return
    streams, coupled = head[19], head[20]
    channels = streams + coupled
    mapping = bytes([255, streams, coupled, *range(channels)])
    context: Any = stream.codec_context
    context.extradata = head[:9] + bytes([channels]) + head[10:18] + mapping


def _header(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_HEADER_BYTES)


def _in_sample_entry(entry: bytes) -> LayoutDeclaration | None:
    spatial_audio = find_box(entry, b"SA3D")
    if spatial_audio is not None:
        return parse_sa3d(spatial_audio)
    channel_layout = find_box(entry, b"chan")
    return None if channel_layout is None else parse_core_audio(channel_layout[4:], "channel layout tag")


def parse_sa3d(data: bytes) -> LayoutDeclaration | None:
    """Parses the box of the Spatial Audio RFC.

    channel_map[n] is the channel that contains component n, see the example of the RFC.

    Args:
        data: Content of the box.

    Returns:
        The declaration; None if it contradicts itself or is of an unknown version.
    """
    version, kind, order, ordering, normalization, count = _SA3D.unpack_from(data)
    if version != 0 or kind & ~_HEAD_LOCKED_STEREO or ordering != 0 or not 0 < count <= _MAX_CHANNELS:
        return None
    channel_map = struct.unpack_from(f">{count}I", data, _SA3D.size)
    if ambisonic_order(count) != order or sorted(channel_map) != list(range(count)):
        return None
    components: list[int | None] = [None] * count
    for component, channel in enumerate(channel_map[: (order + 1) ** 2]):
        components[channel] = component
    names: dict[int, Normalization] = {0: "SN3D", 1: "N3D"}
    if normalization not in names:
        return None
    return LayoutDeclaration(ambisonic_layout(count, names[normalization], components), "SA3D")


def _in_wav(header: bytes, channels: int) -> LayoutDeclaration | None:
    position = header.find(b"fmt ")
    if position < 0 or header[position + 32 : position + 48] not in B_FORMAT_GUIDS:
        return None
    return LayoutDeclaration(fuma_layout(channels), "B-format WAV")


def _in_caf(header: bytes) -> LayoutDeclaration | None:
    position = 8
    while position + 12 <= len(header):
        kind, size = struct.unpack_from(">4sq", header, position)
        position += 12
        if kind == b"chan":
            return parse_core_audio(header[position : position + size], "CAF channel layout tag")
        if kind == b"data" or size < 0:
            return None
        position += size
    return None


def parse_core_audio(data: bytes, source: str) -> LayoutDeclaration | None:
    """Parses an AudioChannelLayout of Core Audio.

    Args:
        data: Layout tag, channel bitmap, number of descriptions, and descriptions of 20 bytes.
        source: Name of the place of the layout, for messages.

    Returns:
        The declaration; None if the layout is not ambisonic.
    """
    tag, _, count = struct.unpack_from(">3I", data)
    if tag == 0:
        described = range(min(count, _MAX_CHANNELS))
        labels = [struct.unpack_from(">I", data, 12 + 20 * number)[0] for number in described]
        return _from_labels(labels, source)
    if tag == CAF_B_FORMAT:
        return LayoutDeclaration(fuma_layout(), source)
    normalization = CAF_NORMALIZATIONS.get(tag >> 16)
    if normalization is None:
        return None
    return LayoutDeclaration(ambisonic_layout(tag & 0xFFFF, normalization), source)


def _from_labels(labels: list[int], source: str) -> LayoutDeclaration | None:
    """Layout of labeled channels: B-format in any order of W X Y Z, or components in ACN numbering."""
    if set(labels) == set(CAF_W_X_Y_Z):
        components = [FUMA_COMPONENTS[CAF_W_X_Y_Z.index(label)] for label in labels]
        return LayoutDeclaration(ambisonic_layout(len(labels), "FuMa", components), source)
    for kind, normalization in CAF_LABELED_NORMALIZATIONS.items():
        if labels and all(label >> 16 == kind for label in labels):
            return LayoutDeclaration(
                ambisonic_layout(len(labels), normalization, [label & 0xFFFF for label in labels]), source
            )
    return None


def _mapping_family(head: bytes) -> int | None:
    return head[18] if head.startswith(b"OpusHead") and len(head) > 18 else None


def _in_opus_head(head: bytes) -> LayoutDeclaration | None:
    family, channels = _mapping_family(head), head[9] if len(head) > 9 else 0
    if family not in (2, 3) or ambisonic_order(channels) is None:
        return None
    layout, source = ambisonic_layout(channels), f"Opus channel mapping family {family}"
    if family == 3:
        projected = _projected(layout, head)
        return None if projected is None else LayoutDeclaration(projected, source)
    return LayoutDeclaration(layout, source)


def _projected(layout: ChannelLayout, head: bytes) -> ChannelLayout | None:
    """The layout of the decoded streams; the demixing matrix is that of RFC 8486, section 3.2."""
    decoded = head[19] + head[20]
    size = 2 * layout.channels * decoded
    if not decoded or len(head) < 21 + size:
        return None
    matrix = np.frombuffer(head[21 : 21 + size], "<i2").reshape(decoded, layout.channels).T / 32768.0
    gains: Gains = tuple(map(tuple, matrix[:FIRST_ORDER_CHANNELS].tolist()))
    return replace(layout, channels=decoded, stereo_gains=stereo_from_foa(gains), foa_gains=gains)
