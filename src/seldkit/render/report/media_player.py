"""The recording in a report: a link to its file, or embedded."""

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from seldkit.media import probe

MAX_EMBEDDED_BYTES: Final = 4 * 1024**2
"""Maximum size of recordings that are embedded by default."""

MEDIA_TYPES: Final = {
    **{".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/mp4", ".webm": "video/webm"},
    **{".wav": "audio/wav", ".flac": "audio/flac", ".mp3": "audio/mpeg", ".ogg": "audio/ogg"},
    **{".m4a": "audio/mp4", ".aac": "audio/aac", ".opus": "audio/ogg"},
}
"""Media type by suffix, for browsers."""


@dataclass(frozen=True)
class MediaPlayer:
    """Player of a recording in a page.

    Attributes:
        name: File name of the recording.
        kind: Name of the HTML element, "video" or "audio".
        type: Media type; empty to let the browser detect it.
        width: Width of the video in pixels, 0 for audio.
        height: Height of the video in pixels, 0 for audio.
        url: Relative URL of the file, empty if it is embedded.
        content: Embedded file in base64, empty if it is linked.
    """

    name: str
    kind: str
    type: str
    width: int
    height: int
    url: str
    content: str

    @classmethod
    def from_recording(cls, source: Path, page: Path, embed: bool | None) -> "MediaPlayer":
        """Creates the player of a recording.

        Args:
            source: Recording.
            page: File of the page.
            embed: Whether to embed the recording. None: if it has at most `MAX_EMBEDDED_BYTES`.

        Returns:
            Player that links or embeds the recording.

        Raises:
            MediaError: The file is not a recording.
        """
        video = probe(source).video
        embedded = source.stat().st_size <= MAX_EMBEDDED_BYTES if embed is None else embed
        return cls(
            name=source.name,
            kind="audio" if video is None else "video",
            type=MEDIA_TYPES.get(source.suffix.lower(), ""),
            width=0 if video is None else video.width,
            height=0 if video is None else video.height,
            url="" if embedded else relative_url(source, page),
            content=base64.b64encode(source.read_bytes()).decode() if embedded else "",
        )

    def to_dict(self) -> dict[str, object]:
        """Returns the fields for the script of the page.

        Returns:
            All fields except the content, and whether it is embedded.
        """
        fields = {name: value for name, value in vars(self).items() if name != "content"}
        return fields | {"embedded": bool(self.content)}


def relative_url(source: Path, page: Path) -> str:
    """Computes the URL of a file relative to a page, so that both can be moved together.

    Args:
        source: File to link.
        page: File of the page.

    Returns:
        Relative URL, or a file URL if the files are on different drives.
    """
    target = source.parent.resolve() / source.name
    try:
        relative = os.path.relpath(target, page.parent.resolve())
    except ValueError:  # another drive
        return target.as_uri()
    return "./" + quote(os.fsencode(relative.replace(os.sep, "/")))
