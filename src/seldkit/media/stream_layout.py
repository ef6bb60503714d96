"""Channel layouts of audio streams, read without the memory fault of PyAV 18.1.0.

With layouts whose channels are in an order of their own, the process can end without an exception when PyAV
releases them. Such layouts are therefore recognized by their name and kept.
"""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from av.audio.stream import AudioStream

from seldkit.errors import MediaError
from seldkit.media.containers import printable

_CUSTOM_ORDER: Final = re.compile(r"\d+ channels \(")
"""Start of FFmpeg's name of a custom order, which lists its channels."""
_FOLLOWS_OPTION: Final = re.compile(r"pcm_|adpcm_")
"""Codecs whose decoders use the layout of the option `ch_layout`; others set a layout of their own."""

_COUNTING: Final = ctypes.PYFUNCTYPE(None, ctypes.py_object)
_add_reference: Final = _COUNTING(("Py_IncRef", ctypes.pythonapi))
_remove_reference: Final = _COUNTING(("Py_DecRef", ctypes.pythonapi))


@dataclass(frozen=True)
class StreamLayout:
    """Channel layout of an audio stream.

    Attributes:
        name: FFmpeg's name, for example "stereo", "5.1" or "7 channels (FL+FR+FC+...)".
        channel_names: Names of the channels, as FFmpeg reports them.
    """

    name: str
    channel_names: tuple[str, ...]

    @property
    def channels(self) -> int:
        """Number of channels."""
        return len(self.channel_names)

    @property
    def is_custom(self) -> bool:
        """Whether the channels are in an order that PyAV cannot handle."""
        return _CUSTOM_ORDER.match(self.name) is not None


def stream_layout(stream: AudioStream) -> StreamLayout:
    """Reads the channel layout of a stream. Use this function instead of the attributes of PyAV.

    Args:
        stream: Audio stream.

    Returns:
        The layout.
    """
    layout: Any = stream.codec_context.layout
    _add_reference(layout)  # a layout that is never released frees nothing
    result = StreamLayout(layout.name, tuple(channel.name for channel in layout.channels))
    if not result.is_custom:
        _remove_reference(layout)
    return result


def decode_in_order(stream: AudioStream, path: Path) -> StreamLayout:
    """Prepares a stream for decoding: frames of a custom order get a layout without names.

    Args:
        stream: Audio stream that has not been decoded yet.
        path: Path of the file, for the error message.

    Returns:
        The layout of the stream, with the names of its channels.

    Raises:
        MediaError: If the decoder sets a custom order itself.
    """
    layout = stream_layout(stream)
    if layout.is_custom:
        if not _FOLLOWS_OPTION.match(stream.codec_context.name):
            raise MediaError(
                f"{printable(path)} has {layout.channels} channels in an order that PyAV 18.1 cannot decode "
                f"({stream.codec_context.name}); convert the audio to WAV or stereo, for example with ffmpeg"
            )
        stream.codec_context.options = {"ch_layout": f"{layout.channels} channels"}
    return layout
