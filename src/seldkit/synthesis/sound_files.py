"""Audio files of dry sound events: one file, its class, and the source and recording it belongs to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seldkit.media import read_audio
from seldkit.synthesis.rooms import SAMPLE_RATE
from seldkit.types import Samples

SOUND_SUFFIXES: Final = frozenset(
    {".aac", ".aif", ".aiff", ".caf", ".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".w64", ".wav"}
)
"""Suffixes of the files that are read."""


@dataclass(frozen=True)
class Sound:
    """One audio file of a dry sound event.

    Attributes:
        path: The audio file.
        name: ``<class folder>/<stem>``. Folders between them are joined to the stem by hyphens.
        class_id: Class number.
    """

    path: Path
    name: str
    class_id: int

    @property
    def source(self) -> str:
        """The part of the stem before the first hyphen: what produced the sound, or its subfolder."""
        return self.name.split("/")[1].split("-")[0]

    @property
    def recording(self) -> str:
        """The name without the number of the excerpt: ``bell/a_1`` and ``bell/a_2`` are one recording."""
        return re.sub(r"_\d+$", "", self.name)


def read_sound(sound: Sound) -> Samples:
    """Reads an audio file as mono at 24 kHz.

    Args:
        sound: The sound to read.

    Returns:
        Samples of shape ``(samples,)``.

    Raises:
        MediaError: The file cannot be decoded.
    """
    waveform, _ = read_audio(sound.path, SAMPLE_RATE, layout="mono")
    samples: Samples = waveform[0]
    return samples


def sound_files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Lists the audio files below a folder in alphabetical order. Hidden files and folders are skipped.

    Args:
        folder: Folder to search recursively.

    Yields:
        Each file with its relative path as a name: ``a/b.wav`` becomes ``a-b``.
    """
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        is_hidden = any(part.startswith(".") for part in inside.parts)
        if path.suffix.lower() in SOUND_SUFFIXES and not is_hidden:
            yield path, "-".join(inside.with_suffix("").parts)
