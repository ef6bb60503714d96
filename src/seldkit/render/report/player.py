"""The recording in a report: beside it, or within."""

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from seldkit.media import probe

EMBEDDED_AT_MOST: Final = 4 * 1024**2
"""Bytes of recordings that are put into the report unless asked otherwise: it is then one file to pass on."""

_TYPES: Final = {
    **{".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/mp4", ".webm": "video/webm"},
    **{".wav": "audio/wav", ".flac": "audio/flac", ".mp3": "audio/mpeg", ".ogg": "audio/ogg"},
    **{".m4a": "audio/mp4", ".aac": "audio/aac", ".opus": "audio/ogg"},
}


@dataclass(frozen=True)
class Player:
    """How a page plays a recording.

    kind: "video" or "audio", its element. url: as seen from the page; empty where content holds the file, in
    base 64. type: its media type, or "" to let the browser find out. width, height: pixels, 0 for sound.
    """

    name: str
    kind: str
    type: str
    width: int
    height: int
    url: str
    content: str

    def to_dict(self) -> dict[str, object]:
        """For the page's script."""
        said = {name: value for name, value in vars(self).items() if name != "content"}
        return said | {"embedded": bool(self.content)}


def player(source: Path, page: Path, embed: bool | None) -> Player:
    """A player of `source` in a page at `page`.

    embed: whether the page holds the recording; by default where it has at most `EMBEDDED_AT_MOST` bytes.
    Else the page refers to it by its path as seen from there. Raises MediaError where it is no recording.
    """
    picture = probe(source).video
    within = source.stat().st_size <= EMBEDDED_AT_MOST if embed is None else embed
    return Player(
        name=source.name,
        kind="audio" if picture is None else "video",
        type=_TYPES.get(source.suffix.lower(), ""),
        width=0 if picture is None else picture.width,
        height=0 if picture is None else picture.height,
        url="" if within else address(source, page),
        content=base64.b64encode(source.read_bytes()).decode() if within else "",
    )


def address(source: Path, page: Path) -> str:
    """A file's address as seen from a page: relative, so that both may be moved together."""
    target = source.parent.resolve() / source.name
    try:
        relative = os.path.relpath(target, page.parent.resolve())
    except ValueError:  # another drive
        return target.as_uri()
    return "./" + quote(os.fsencode(relative.replace(os.sep, "/")))
