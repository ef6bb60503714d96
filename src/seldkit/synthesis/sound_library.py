"""Libraries of dry sound events: one folder per class, split by recording."""

import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatch
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

import numpy as np

from seldkit.classes import CLASSES_FILE, STARSS23, ClassVocabulary
from seldkit.errors import SeldkitError
from seldkit.synthesis.label_mappings import mapped_sounds
from seldkit.synthesis.rooms import SAMPLE_RATE
from seldkit.synthesis.sound_files import Sound, read_sound, sound_files
from seldkit.types import Floats, Samples

SOUND_SPLITS: Final = ("train", "validation", "test")
"""Names of the parts that `split_sounds` returns."""
TEST_SHARE: Final = (0.2, 0.35)
"""Minimum share of each class's sounds for testing, and maximum share if whole sources are taken."""
CACHE_BYTES: Final = 256 * 2**20
"""Memory for sounds that have been read, in bytes."""
FOLDER_ALIASES: Final = {
    "female speech woman speaking": "female speech",
    "male speech man speaking": "male speech",
    "walk footsteps": "footsteps",
    "door open or close": "door",
    "door cupboard": "door",
    "music instrument": "musical instrument",
    "water tap faucet": "water tap",
}
"""Class names by the folder names of the STARSS papers and of the DCASE data generator."""


class SoundLibrary:
    """Sounds to sample from.

    A sound is read when it is needed. The most recently used ones stay in memory.

    Args:
        sounds: The sounds; each name occurs once.
        classes: Class names in the order of the class numbers.
        cache_bytes: Memory for sounds that have been read, in bytes.
        read: Returns the samples of a sound, shape ``(samples,)`` at 24 kHz.

    Attributes:
        sounds: The sounds in order.
        classes: Class names in the order of the class numbers.
        cache_bytes: Memory for sounds that have been read, in bytes.

    Raises:
        SeldkitError: Two sounds have the same name.
    """

    def __init__(
        self,
        sounds: Iterable[Sound],
        classes: Sequence[str] = STARSS23,
        cache_bytes: int = CACHE_BYTES,
        read: Callable[[Sound], Samples] = read_sound,
    ) -> None:
        self.sounds = tuple(sounds)
        self.classes = ClassVocabulary.from_names(classes)
        self.cache_bytes = cache_bytes
        self._read = read
        self._waveforms: OrderedDict[str, Samples] = OrderedDict()
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
        """Numbers of the classes that have sounds, ascending."""
        return sorted(self._sources)

    def draw(self, class_id: int, rng: np.random.Generator) -> Sound:
        """Draws a sound of a class.

        A source is drawn with a probability proportional to the square root of its number of files, then one
        of its files uniformly.

        Args:
            class_id: Class number.
            rng: Random number generator.

        Returns:
            The sound.
        """
        sources = list(self._sources[class_id].values())
        weights = np.sqrt([len(sounds) for sounds in sources])
        sounds = sources[rng.choice(len(sources), p=weights / weights.sum())]
        return sounds[rng.integers(len(sounds))]

    def sound(self, name: str) -> Sound:
        """Finds a sound by name.

        Args:
            name: ``<class folder>/<stem>``.

        Returns:
            The sound.

        Raises:
            KeyError: The library has no sound of this name.
        """
        return self._by_name[name]

    def duration(self, sound: Sound) -> float:
        """Returns the duration of a sound, which is read for this.

        Args:
            sound: A sound of this library.

        Returns:
            Duration in seconds.
        """
        return len(self.waveform(sound)) / SAMPLE_RATE

    def split(self, side: Literal["train", "test"]) -> "SoundLibrary":
        """Selects the sounds of one side of a fixed split, which depends on the names only.

        About a fifth of each class is for testing: whole sources, the small ones first, as long as they are
        no more than 35 % of the class; if these are too few, also recordings of the other sources. No
        recording is on both sides.

        Args:
            side: The side to select.

        Returns:
            A library of these sounds.
        """
        test = {name for sources in self._sources.values() for name in _test_recordings(sources)}
        return self.with_sounds(
            [sound for sound in self.sounds if (sound.recording in test) == (side == "test")]
        )

    def with_sounds(self, sounds: Iterable[Sound]) -> "SoundLibrary":
        """Returns a library of other sounds with the same classes, cache size and reader.

        Args:
            sounds: The sounds; each name occurs once.

        Returns:
            The library. Its cache is empty.
        """
        return SoundLibrary(sounds, self.classes, self.cache_bytes, self._read)

    def waveform(self, sound: Sound) -> Floats:
        """Returns the samples of a sound.

        Args:
            sound: A sound of this library.

        Returns:
            Samples at 24 kHz, shape ``(samples,)``.
        """
        if sound.name in self._waveforms:
            self._waveforms.move_to_end(sound.name)
        else:
            self._waveforms[sound.name] = self._read(sound)
            while len(self._waveforms) > 1 and self.cached_bytes > self.cache_bytes:
                self._waveforms.popitem(last=False)
        return self._waveforms[sound.name].astype(np.float64)

    @property
    def cached_bytes(self) -> int:
        """Memory that the sounds in the cache use at present, in bytes."""
        return sum(samples.nbytes for samples in self._waveforms.values())

    def clear_cache(self) -> None:
        """Removes all sounds from the cache."""
        self._waveforms.clear()


def load_sounds(
    folder: Path, mapping: str | Path | None = None, classes: Sequence[str] | None = None
) -> SoundLibrary:
    """Lists the sounds below a folder.

    Without a mapping, the folder holds one subfolder per class. Its name is the class name or its official
    wording, with spaces, underscores or capitals between the words (`water tap`, `Water_tap_faucet`,
    `waterTap`). Subfolders of it are searched as well.

    Args:
        folder: Folder of the sounds.
        mapping: Mapping of other labels to the classes: "fsd50k", "esc50", "audioset", or the path of a YAML
            file (see `seldkit.synthesis.label_mappings`).
        classes: Class names in the order of the class numbers.

    Returns:
        A library of these sounds.

    Raises:
        SeldkitError: The folder does not exist or holds no sound, a subfolder with sounds names no class, or
            the mapping cannot be applied.
    """
    folder = Path(folder)
    vocabulary = STARSS23
    if classes is not None:
        vocabulary = ClassVocabulary.from_names(classes)
    elif (folder / CLASSES_FILE).is_file():
        vocabulary = ClassVocabulary.from_file(folder / CLASSES_FILE)
    if mapping is not None:
        return SoundLibrary(mapped_sounds(folder, mapping, vocabulary), vocabulary)
    if not folder.is_dir():
        raise SeldkitError(f"{folder}: expected a folder of sounds, found none")
    sounds = []
    for sub in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        files = list(sound_files(sub))
        if files:
            class_id = _class_of(sub, vocabulary)
            sounds += [Sound(path, f"{sub.name}/{name}", class_id) for path, name in files]
    if not sounds:
        raise SeldkitError(
            f"{folder}: expected one folder of sounds per class ({', '.join(vocabulary)}), found no sound"
        )
    return SoundLibrary(sounds, vocabulary)


def split_sounds(library: SoundLibrary, patterns: Mapping[str, Sequence[str]]) -> dict[str, SoundLibrary]:
    """Splits a library into training, validation and test libraries that share no recording.

    Args:
        library: The library to split.
        patterns: For "validation" and "test", shell patterns of the names of the recordings to hold out. All
            other recordings are for training.

    Returns:
        Libraries by the names in `SOUND_SPLITS`.

    Raises:
        SeldkitError: A pattern matches no recording, or a recording is in two splits.
    """
    chosen = dict.fromkeys(sorted({sound.recording for sound in library.sounds}), "train")
    for split in SOUND_SPLITS[1:]:
        for pattern in patterns[split]:
            matches = [recording for recording in chosen if fnmatch(recording, pattern)]
            if not matches:
                raise SeldkitError(f"split: '{pattern}' ({split}) matches no recording; correct the pattern")
            for recording in matches:
                if chosen[recording] not in ("train", split):
                    raise SeldkitError(f"split: '{recording}' is in {chosen[recording]} and in {split}")
                chosen[recording] = split
    return {
        split: library.with_sounds([sound for sound in library.sounds if chosen[sound.recording] == split])
        for split in SOUND_SPLITS
    }


def _test_recordings(sources: Mapping[str, Sequence[Sound]]) -> set[str]:
    """The recordings of one class that are for testing."""
    recordings = Counter(sound.recording for sounds in sources.values() for sound in sounds)
    least, most = (share * recordings.total() for share in TEST_SHARE)
    test: Counter[str] = Counter()
    for source in sorted(sources, key=lambda name: (len(sources[name]), _digest(name))):
        new = Counter(sound.recording for sound in sources[source])
        if test.total() < least and test.total() + new.total() <= most:
            test += new
    for recording in sorted(recordings, key=_digest):
        if test.total() < least and len(test) + 1 < len(recordings) and recording not in test:
            test[recording] = recordings[recording]
    return set(test)


def _digest(name: str) -> str:
    """A key that sorts names in an arbitrary but fixed order."""
    return sha256(name.encode()).hexdigest()


def _class_of(folder: Path, classes: ClassVocabulary) -> int:
    words = " ".join(re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", folder.name)).lower()
    name = FOLDER_ALIASES.get(words, words)
    try:
        return classes.number(name if name in classes else folder.name)
    except ValueError as error:
        raise SeldkitError(
            f"{folder}: {error}; expected folders named {', '.join(classes)}, or a mapping; "
            f"name other classes with --classes or in {folder.parent / CLASSES_FILE}"
        ) from None
