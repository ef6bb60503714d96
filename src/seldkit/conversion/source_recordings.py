"""The recordings that a folder holds for conversion: FOA sound, labels and 360° pictures of one name."""

import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seldkit.classes import STARSS23, ClassVocabulary, vocabulary_for
from seldkit.conversion.distance_units import DistanceUnit, infer_unit
from seldkit.conversion.view_labels import read_labels
from seldkit.datasets import ClipIndex, ClipName, open_dataset, recognise
from seldkit.datasets.discovery import AUDIO_SUFFIXES, METADATA_SUFFIXES, VIDEO_SUFFIXES
from seldkit.errors import DatasetError, SeldkitError
from seldkit.media import MediaInfo, probe

_OFFICIAL: Final = re.compile(
    r"dev-train-sony/fold3_room(21_mix(01[3-9]|02\d)|22_mix.*)"
    r"|dev-train-tau/fold3_room.*_mix.*"
    r"|dev-test-[^/]*/[^/]*"
)
"""The recordings of STARSS23 from which the DCASE 2025 data set was cut: those that have a video."""
_TEST_FOLDS: Final = (2, 4)


@dataclass(frozen=True)
class SourceRecording:
    """One recording to cut clips from.

    name: the folder and stem that its clips get. video: None where only sound is converted.
    frames: length in frames of 100 ms, of sound and picture together. unit: of the labels' distances.
    """

    name: str
    audio: Path
    video: Path | None
    metadata: Path
    frames: int
    unit: DistanceUnit = "cm"


@dataclass(frozen=True)
class ConversionSource:
    """What a folder holds: the recordings by name, what to say about them, and what could not be used."""

    recordings: tuple[SourceRecording, ...]
    notes: tuple[str, ...] = ()
    failures: tuple[Exception, ...] = ()
    classes: ClassVocabulary = STARSS23


@dataclass(frozen=True)
class _Found:
    name: str
    audio: Path | None
    video: Path | None
    metadata: Path | None


def open_source(
    root: Path, video: bool = True, unit: DistanceUnit | None = None, official: bool = False
) -> ConversionSource:
    """The recordings of a folder that holds a FOA data set, or FOA sound, labels and videos of one name.

    video: whether pictures are wanted; recordings without are then left out. unit: of the labels' distances;
    told by their values where None. official: exactly the recordings of the DCASE 2025 data set, where the
    folder is STARSS23; nothing may be wrong with any of them, for every draw depends on all.
    Raises DatasetError.
    """
    found = sorted(_found(root), key=lambda one: (str(one.metadata), str(one.audio)))
    if official:
        found = [one for one in found if _OFFICIAL.fullmatch(one.name)] or found
    notes, whole = _whole(found, root, video, official)
    recordings: list[SourceRecording] = []
    failures: list[Exception] = []
    for one in whole:
        try:
            recordings.append(_opened(one, video))
        except SeldkitError as problem:
            if official:
                raise
            failures.append(problem)
    if not recordings:
        raise failures[0] if failures else DatasetError(f"{root}: expected recordings, found none")
    recordings, said = _with_unit(recordings, failures, unit)
    return ConversionSource(tuple(recordings), (*notes, said), tuple(failures), vocabulary_for(root))


def _found(root: Path) -> list[_Found]:
    kind = recognise(root) if root.is_dir() else None
    if kind is None:
        return _loose(root)
    index = open_dataset(root, kind)
    if index.input != "foa":
        raise DatasetError(_refusal(root, index))
    return [_Found(clip.name, clip.audio, clip.video, clip.metadata) for clip in index if clip.part == "dev"]


def _refusal(root: Path, index: ClipIndex) -> str:
    if index.input == "mic":
        return (
            f"{root}: expected first-order ambisonics (foa_dev), got the sound of a microphone array only "
            "(mic_dev), which cannot be turned; get the FOA version of the data set"
        )
    return f"{root}: expected first-order ambisonics (foa_dev), got {index.layout.title}, stereo already"


def _loose(root: Path) -> list[_Found]:
    """Files of one name anywhere below a folder; those of microphone arrays are passed over."""
    if not root.is_dir():
        what = "a file" if root.exists() else "nothing"
        raise DatasetError(f"{root}: expected a folder with FOA sound and labels, found {what}")
    audio, array = _by_stem(root, AUDIO_SUFFIXES)
    video, _ = _by_stem(root, VIDEO_SUFFIXES)
    metadata, _ = _by_stem(root, METADATA_SUFFIXES)
    if not audio:
        what = "the sound of a microphone array only (mic), which cannot be turned" if array else "no sound"
        raise DatasetError(f"{root}: expected first-order ambisonics (.wav or .flac), found {what}")
    stems = sorted(audio.keys() | (metadata.keys() & video.keys()))
    return [_Found(_home(stem), audio.get(stem), video.get(stem), metadata.get(stem)) for stem in stems]


def _home(stem: str) -> str:
    part = "test" if ClipName.of(stem).fold in _TEST_FOLDS else "train"
    return f"dev-{part}-synth/{stem}"


def _by_stem(root: Path, suffixes: frozenset[str]) -> tuple[dict[str, Path], bool]:
    found: dict[str, Path] = {}
    array = False
    for path in _files(root, suffixes):
        if path.relative_to(root).parts[0].lower() in ("mic", "mic_dev", "mic_eval"):
            array = True
            continue
        other = found.setdefault(path.stem, path)
        if other is not path:
            raise DatasetError(f"{path}: expected one file of this name, got {other} too; keep one of them")
    return found, array


def _files(root: Path, suffixes: frozenset[str]) -> Iterator[Path]:
    for base, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (
            Path(base, name)
            for name in sorted(names)
            if Path(name).suffix.lower() in suffixes and not name.startswith(".")
        )


def _whole(found: list[_Found], root: Path, video: bool, official: bool) -> tuple[list[str], list[_Found]]:
    """Those that have all files, and a line on those that have not."""
    notes, kept = [], list(found)
    for part in ("audio", "metadata", *(("video",) if video else ())):
        lacking = [one for one in kept if getattr(one, part) is None]
        kept = [one for one in kept if getattr(one, part) is not None]
        if not lacking:
            continue
        what = {"audio": "sound", "metadata": "labels", "video": "video"}[part]
        mend = "; --no-video converts the sound alone" if part == "video" else ""
        if official or not kept:
            raise DatasetError(
                f"{root}: expected {what} for {lacking[0].name}, found none (and {len(lacking) - 1} more "
                f"such){mend}"
            )
        notes.append(f"{len(lacking)} recording(s) without {what} left out, as {lacking[0].name}{mend}")
    return notes, kept


def _opened(one: _Found, video: bool) -> SourceRecording:
    assert one.audio is not None
    assert one.metadata is not None
    sound = probe(one.audio)
    if sound.audio is None or sound.audio.channels != 4:
        channels = sound.audio.channels if sound.audio else 0
        raise DatasetError(
            f"{one.audio}: expected first-order ambisonics, 4 channels in the order W Y Z X (ACN), "
            f"got {channels} channel(s)"
        )
    lengths = [_frames(sound.audio.duration, one.audio)]
    if video:
        assert one.video is not None
        lengths.append(_video_frames(probe(one.video), one.video))
    return SourceRecording(one.name, one.audio, one.video if video else None, one.metadata, min(lengths))


def _video_frames(info: MediaInfo, path: Path) -> int:
    video = info.video
    if video is None:
        raise DatasetError(f"{path}: expected a video with moving pictures, got none")
    if abs(video.width / video.height - 2.0) > 0.02:
        raise DatasetError(
            f"{path}: expected an equirectangular 360° picture, twice as wide as high, "
            f"got {video.width}×{video.height} pixels"
        )
    if video.frames and video.fps:
        return _frames(video.frames / video.fps, path)  # as the official generator reckons
    return _frames(video.duration, path)


def _frames(seconds: float | None, path: Path) -> int:
    if seconds is None:
        raise DatasetError(f"{path}: expected a file that says how long it is; convert it to WAV or MP4")
    return math.floor(seconds * 10)


def _with_unit(
    recordings: list[SourceRecording], failures: list[Exception], unit: DistanceUnit | None
) -> tuple[list[SourceRecording], str]:
    """The same with their distances' unit, without those whose labels cannot be read, which are noted."""
    distances, kept = [], []
    for one in recordings:
        try:
            distances.append((one.metadata, read_labels(one.metadata).distance))
            kept.append(one)
        except SeldkitError as problem:
            failures.append(problem)
    why = "as --units says"
    if not kept:
        raise failures[0]
    if unit is None:
        unit, why = infer_unit(distances)
    words = {"m": "metres", "cm": "centimetres"}[unit]
    return [
        SourceRecording(one.name, one.audio, one.video, one.metadata, one.frames, unit) for one in kept
    ], f"distances are in {words}: {why}"
