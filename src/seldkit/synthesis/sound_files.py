"""Audio files of dry sound events: one file, its class, and the source and recording it belongs to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from seldkit.channels import MONO, STEREO
from seldkit.errors import MediaError
from seldkit.media import probe, read_audio
from seldkit.synthesis.rooms import SAMPLE_RATE
from seldkit.types import Samples

SOUND_SUFFIXES: Final = frozenset(
    {".aac", ".aif", ".aiff", ".caf", ".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".w64", ".wav"}
)
"""Suffixes of the files that are read."""


MIN_MIX_POWER: Final = 0.1
"""Power of the mix of two channels, relative to their mean power, below which they cancel each other.

It is 1 for equal channels, 0.5 for independent ones and 0 for opposite polarity.
"""
SILENCE_AMPLITUDE: Final = 1e-5
"""Amplitude up to which a file is silent: a third of the smallest step of 16 bits."""


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

    Channels are mixed. If they cancel each other, as channels of opposite polarity do, the louder one of left
    and right is used.

    Args:
        sound: The sound to read.

    Returns:
        Samples of shape ``(samples,)``.

    Raises:
        MediaError: The file cannot be decoded, or it is silent.
    """
    waveform, _ = read_audio(sound.path, SAMPLE_RATE, layout=MONO)
    samples: Samples = waveform[0]
    audio = probe(sound.path).audio
    if audio is not None and audio.channels > 1:
        stereo, _ = read_audio(sound.path, SAMPLE_RATE, layout=STEREO)
        power = np.square(stereo, dtype=np.float64).mean(axis=1)
        if np.square(samples, dtype=np.float64).mean() < MIN_MIX_POWER * power.mean():
            samples = stereo[power.argmax()]
    if not (np.abs(samples) > SILENCE_AMPLITUDE).any():
        raise MediaError(f"{sound.path}: expected a sound, got silence; remove the file")
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
