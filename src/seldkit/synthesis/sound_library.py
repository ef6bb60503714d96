"""Dry sounds of the target classes: one folder for each class, split by recording."""

import re
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from fnmatch import fnmatch
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

from seldkit.classes import STARSS23, class_number
from seldkit.errors import SeldkitError
from seldkit.media import read_audio
from seldkit.synthesis.rooms import SAMPLE_RATE
from seldkit.types import Floats

SUFFIXES: Final = frozenset(
    {".aac", ".aif", ".aiff", ".caf", ".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".w64", ".wav"}
)
SPLITS: Final = ("train", "validation", "test")
TEST_SHARE: Final = (0.2, 0.35)
"""Of each class's sounds for test: at least, where it has two recordings, and at most by whole sources."""
KEPT_BYTES: Final = 256 * 2**20
"""What a library keeps of the sounds that it has read."""
OTHER_WORDS: Final = {
    "female speech woman speaking": "female speech",
    "male speech man speaking": "male speech",
    "walk footsteps": "footsteps",
    "door open or close": "door",
    "door cupboard": "door",
    "music instrument": "musical instrument",
    "water tap faucet": "water tap",
}
"""Classes as the data sets' papers and the folders of the DCASE generator word them, if not as here."""


@dataclass(frozen=True)
class Sound:
    """One file: its class, and the source and recording that it was cut from.

    `name` is `<class folder>/<stem>`, folders between them joined to the stem by hyphens; the source is what
    stands before the first hyphen, and the pieces `_1`, `_2` … of a stem belong to one recording.
    """

    path: Path
    name: str
    class_id: int

    @property
    def source(self) -> str:
        return self.name.split("/")[1].split("-")[0]

    @property
    def recording(self) -> str:
        return re.sub(r"_\d+$", "", self.name)


class SoundLibrary:
    """Sounds to draw from; a file is read when it is needed, and those needed last stay in memory.

    kept: bytes of them. Raises SeldkitError for two sounds of one name.
    """

    def __init__(
        self, sounds: Iterable[Sound], classes: tuple[str, ...] = STARSS23, kept: int = KEPT_BYTES
    ) -> None:
        self.sounds = tuple(sounds)
        self.classes = classes
        self.kept = kept
        self._waveforms: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._by_name: dict[str, Sound] = {}
        for sound in self.sounds:
            other = self._by_name.setdefault(sound.name, sound)
            if other is not sound:
                raise SeldkitError(f"{sound.path} and {other.path}: two sounds of one name; rename one")
        self._sources: dict[int, dict[str, list[Sound]]] = {}
        for sound in self.sounds:
            self._sources.setdefault(sound.class_id, {}).setdefault(sound.source, []).append(sound)

    @property
    def class_ids(self) -> list[int]:
        """The classes of which there are sounds."""
        return sorted(self._sources)

    def draw(self, class_id: int, rng: np.random.Generator) -> Sound:
        """A sound of a class; sources with more files are likelier, by the root of their number."""
        sources = list(self._sources[class_id].values())
        weights = np.sqrt([len(sounds) for sounds in sources])
        sounds = sources[rng.choice(len(sources), p=weights / weights.sum())]
        return sounds[rng.integers(len(sounds))]

    def named(self, name: str) -> Sound:
        """The sound `<class folder>/<stem>`. Raises KeyError."""
        return self._by_name[name]

    def seconds(self, sound: Sound) -> float:
        """The length of a sound."""
        return len(self.waveform(sound)) / SAMPLE_RATE

    def split(self, side: Literal["train", "test"]) -> Self:
        """The sounds of one side; which depends on names alone. About a fifth of each class is for test.

        Whole sources, the small ones first, as long as they are no more than a third of the class; where
        they are too few, recordings of the other sources too. No recording is on both sides.
        """
        test = {name for sources in self._sources.values() for name in _for_test(sources)}
        kept = [sound for sound in self.sounds if (sound.recording in test) == (side == "test")]
        other = copy(self)  # of the same kind: procedural ones read otherwise
        SoundLibrary.__init__(other, kept, self.classes, self.kept)
        return other

    def waveform(self, sound: Sound) -> Floats:
        """The samples (n,) of a sound at 24 kHz."""
        if sound.name in self._waveforms:
            self._waveforms.move_to_end(sound.name)
        else:
            self._waveforms[sound.name] = self._read(sound)
            while len(self._waveforms) > 1 and self.bytes_in_memory > self.kept:
                self._waveforms.popitem(last=False)
        return self._waveforms[sound.name].astype(np.float64)

    @property
    def bytes_in_memory(self) -> int:
        """What is kept at present."""
        return sum(samples.nbytes for samples in self._waveforms.values())

    def forget(self) -> None:
        """Keep nothing of what was read."""
        self._waveforms.clear()

    def _read(self, sound: Sound) -> NDArray[np.float32]:
        waveform, _ = read_audio(sound.path, SAMPLE_RATE, layout="mono")
        samples: NDArray[np.float32] = waveform[0]
        return samples


def load_sounds(
    folder: Path, mapping: str | Path | None = None, classes: tuple[str, ...] = STARSS23
) -> SoundLibrary:
    """The sounds under `folder`, which holds one folder for each class, or what a mapping says.

    Folders are named after the classes, in these words or the official ones, with spaces, underscores or
    capitals between them (`water tap`, `Water_tap_faucet`, `waterTap`), and may hold folders. mapping:
    "fsd50k", "esc50", "audioset", or a YAML file of one's own (see `seldkit.synthesis.label_mappings`).
    Raises SeldkitError when there is no sound, or a folder of sounds that names no class.
    """
    folder = Path(folder)
    if mapping is not None:
        from seldkit.synthesis.label_mappings import mapped_sounds

        return SoundLibrary(mapped_sounds(folder, mapping, classes), classes)
    if not folder.is_dir():
        raise SeldkitError(f"{folder}: expected a folder of sounds, found none")
    sounds = []
    for sub in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        files = list(sound_files(sub))
        if files:
            class_id = _class_of(sub, classes)
            sounds += [Sound(path, f"{sub.name}/{name}", class_id) for path, name in files]
    if not sounds:
        raise SeldkitError(
            f"{folder}: expected one folder of sounds for each class ({', '.join(classes)}), found no sound"
        )
    return SoundLibrary(sounds, classes)


def sound_files(folder: Path) -> Iterator[tuple[Path, str]]:
    """The sounds below a folder in order, each with its path below it as a name: `a/b.wav` as `a-b`."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.suffix.lower() in SUFFIXES and not any(part.startswith(".") for part in inside.parts):
            yield path, "-".join(inside.with_suffix("").parts)


def _for_test(sources: Mapping[str, Sequence[Sound]]) -> set[str]:
    """The recordings of one class that are for test."""
    recordings = Counter(sound.recording for sounds in sources.values() for sound in sounds)
    least, most = (share * recordings.total() for share in TEST_SHARE)
    test: Counter[str] = Counter()
    for source in sorted(sources, key=lambda name: (len(sources[name]), _shuffled(name))):
        new = Counter(sound.recording for sound in sources[source])
        if test.total() < least and test.total() + new.total() <= most:
            test += new
    for recording in sorted(recordings, key=_shuffled):
        if test.total() < least and len(test) + 1 < len(recordings) and recording not in test:
            test[recording] = recordings[recording]
    return set(test)


def _shuffled(name: str) -> str:
    return sha256(name.encode()).hexdigest()


def split_sounds(library: SoundLibrary, patterns: Mapping[str, list[str]]) -> dict[str, SoundLibrary]:
    """Train, validation and test libraries that share no recording.

    `patterns` lists, for "validation" and for "test", the recordings held out, as shell patterns over
    their names; all others are for training. Raises SeldkitError for a pattern that fits nothing and for
    a recording held out twice.
    """
    chosen = dict.fromkeys(sorted({sound.recording for sound in library.sounds}), "train")
    for split in SPLITS[1:]:
        for pattern in patterns[split]:
            fitting = [recording for recording in chosen if fnmatch(recording, pattern)]
            if not fitting:
                raise SeldkitError(f"split: '{pattern}' ({split}) fits no recording; correct the pattern")
            for recording in fitting:
                if chosen[recording] not in ("train", split):
                    raise SeldkitError(f"split: '{recording}' is in {chosen[recording]} and in {split}")
                chosen[recording] = split
    parts = {split: [s for s in library.sounds if chosen[s.recording] == split] for split in SPLITS}
    return {split: SoundLibrary(sounds, library.classes) for split, sounds in parts.items()}


def _class_of(folder: Path, classes: tuple[str, ...]) -> int:
    words = " ".join(re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", folder.name)).lower()
    named = OTHER_WORDS.get(words, words)
    try:
        return class_number(named if named in classes else folder.name, classes)
    except ValueError as error:
        raise SeldkitError(
            f"{folder}: {error}; expected folders named {', '.join(classes)}, or a mapping of other names"
        ) from None
