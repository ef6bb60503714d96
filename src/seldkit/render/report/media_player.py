"""The recording in a report: a link to its file, or embedded."""

import base64
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import quote

from seldkit.errors import MediaError
from seldkit.files import temporary_path
from seldkit.media import probe
from seldkit.media.browser_support import unsupported_in_browsers
from seldkit.render.annotated_video import require_other_file
from seldkit.render.playable_copy import PLAYER_COPY_ENDING, still_image, write_playable_copy

MAX_EMBEDDED_BYTES: Final = 4 * 1024**2
"""Maximum size of recordings that are embedded by default."""

MEDIA_TYPES: Final = {
    **{".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/mp4", ".webm": "video/webm"},
    **{".wav": "audio/wav", ".flac": "audio/flac", ".mp3": "audio/mpeg", ".ogg": "audio/ogg"},
    **{".m4a": "audio/mp4", ".aac": "audio/aac", ".opus": "audio/ogg"},
}
"""Media type by suffix, for browsers."""


MAX_COPY_SECONDS: Final = 600.0
"""Maximum duration of recordings that are encoded again for browsers, in seconds."""


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
        original: Relative URL of the recording if the page contains or links a copy of it, else empty.
        note: Explanation if browsers cannot play the recording, else empty.
        poster: Still image as a data URL if browsers cannot play the recording and there is no copy, else
            empty.
    """

    name: str
    kind: str
    type: str
    width: int
    height: int
    url: str
    content: str
    original: str = ""
    note: str = ""
    poster: str = ""

    @classmethod
    def from_recording(
        cls, source: Path, page: Path, embed: bool | None, seconds: float = 0.0
    ) -> "MediaPlayer":
        """Creates the player of a recording.

        A recording that browsers cannot play is copied as H.264 and AAC. The copy is embedded, or written to
        the folder of the page. Instead of copies of long recordings, the page contains a still image.

        Args:
            source: Recording.
            page: File of the page.
            embed: Whether to embed the recording. None: if it has at most `MAX_EMBEDDED_BYTES`.
            seconds: Duration in seconds. Recordings of more than `MAX_COPY_SECONDS` are not copied.

        Returns:
            Player that links or embeds the recording or its copy.

        Raises:
            MediaError: The file is not a recording.
        """
        video = probe(source).video
        unsupported = unsupported_in_browsers(source)
        player = cls(
            name=source.name,
            kind="audio" if video is None else "video",
            type=MEDIA_TYPES.get(source.suffix.lower(), ""),
            width=0 if video is None else video.width,
            height=0 if video is None else video.height,
            url="",
            content="",
        )
        if unsupported is None:
            return player._with_file(source, page, embed)
        if seconds <= MAX_COPY_SECONDS:
            with suppress(MediaError):
                return player._with_copy(source, page, embed, unsupported)
        note = (
            f"Some browsers cannot play this recording ({unsupported}). It cannot be copied for them, or is "
            f"longer than {MAX_COPY_SECONDS / 60:g} minutes: convert it to MP4 with H.264 and AAC."
        )
        linked = player._with_file(source, page, embed)
        return replace(linked, note=note, poster="" if video is None else still_image(source))

    def to_dict(self) -> dict[str, object]:
        """Returns the fields for the script of the page.

        Returns:
            All fields except the content, and whether it is embedded.
        """
        fields = {name: value for name, value in vars(self).items() if name != "content"}
        return fields | {"embedded": bool(self.content)}

    def _with_file(self, file: Path, page: Path, embed: bool | None) -> "MediaPlayer":
        embedded = file.stat().st_size <= MAX_EMBEDDED_BYTES if embed is None else embed
        if embedded:
            return replace(self, content=base64.b64encode(file.read_bytes()).decode())
        return replace(self, url=relative_url(file, page))

    def _with_copy(self, source: Path, page: Path, embed: bool | None, unsupported: str) -> "MediaPlayer":
        target = page.with_name(page.stem + PLAYER_COPY_ENDING)
        page.parent.mkdir(parents=True, exist_ok=True)
        require_other_file(source, target)
        temporary = temporary_path(target)
        try:
            write_playable_copy(source, temporary, MAX_COPY_SECONDS)
            player = replace(
                self,
                type=f"{self.kind}/mp4",
                original=relative_url(source, page),
                note=f"The player uses a copy in H.264 and AAC: some browsers cannot play the recording "
                f"({unsupported}).",
            )._with_file(temporary, page, embed)
            if player.content:
                return player
            temporary.replace(target)
            return replace(player, url=relative_url(target, page))
        finally:
            temporary.unlink(missing_ok=True)


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
