"""Recordings for conversion in a folder: FOA audio, labels and 360° video with the same name."""

import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from seldkit.classes import STARSS23, ClassVocabulary, vocabulary_for
from seldkit.conversion.distance_units import DistanceUnit, infer_unit
from seldkit.conversion.view_labels import read_labels
from seldkit.datasets import ClipIndex, ClipName, detect_layout, open_dataset
from seldkit.datasets.discovery import AUDIO_SUFFIXES, METADATA_SUFFIXES, VIDEO_SUFFIXES
from seldkit.errors import DatasetError, SeldkitError
from seldkit.media import MediaInfo, probe

_OFFICIAL: Final = re.compile(
    r"dev-train-sony/fold3_room(21_mix(01[3-9]|02\d)|22_mix.*)"
    r"|dev-train-tau/fold3_room.*_mix.*"
    r"|dev-test-[^/]*/[^/]*"
)
"""Names of the recordings of STARSS23 in the DCASE 2025 dataset: those that have a video."""
_TEST_FOLDS: Final = (2, 4)


@dataclass(frozen=True)
class SourceRecording:
    """A recording from which clips are cut.

    Attributes:
        name: Folder and stem of its clips.
        audio: FOA audio.
        video: 360° video, None if only audio is converted.
        metadata: Labels.
        frames: Duration in frames of 100 ms, the shorter one of audio and video.
        unit: Unit of the distances in the labels.
    """

    name: str
    audio: Path
    video: Path | None
    metadata: Path
    frames: int
    unit: DistanceUnit = "cm"


@dataclass(frozen=True)
class ConversionSource:
    """Recordings of a folder.

    Attributes:
        recordings: Recordings that can be converted.
        notes: Messages for the user.
        failures: Errors of the other recordings.
        classes: Class vocabulary of the labels.
    """

    recordings: tuple[SourceRecording, ...]
    notes: tuple[str, ...] = ()
    failures: tuple[Exception, ...] = ()
    classes: ClassVocabulary = STARSS23


@dataclass(frozen=True)
class _RecordingFiles:
    name: str
    audio: Path | None
    video: Path | None
    metadata: Path | None


def open_source(
    root: Path, video: bool = True, unit: DistanceUnit | None = None, official: bool = False
) -> ConversionSource:
    """Lists the recordings of a FOA dataset, or of a folder with audio, labels and videos of the same names.

    Args:
        root: Folder of the recordings.
        video: Whether video is converted; recordings without a video are then skipped.
        unit: Unit of the distances in the labels; None infers it from their values.
        official: Whether exactly the recordings of the DCASE 2025 dataset are used, if the folder is
            STARSS23. An error in any of them is raised, because every draw depends on all recordings.

    Returns:
        The recordings.

    Raises:
        DatasetError: The folder has no recordings, or their unit is not clear.
        SeldkitError: A recording cannot be used, for official recordings or if there is no other.
    """
    files = sorted(_recording_files(root), key=lambda one: (str(one.metadata), str(one.audio)))
    if official:
        files = [one for one in files if _OFFICIAL.fullmatch(one.name)] or files
    notes, complete = _complete_recordings(files, root, video, official)
    recordings: list[SourceRecording] = []
    failures: list[Exception] = []
    for one in complete:
        try:
            recordings.append(_open_recording(one, video))
        except SeldkitError as problem:
            if official:
                raise
            failures.append(problem)
    if not recordings:
        raise failures[0] if failures else DatasetError(f"{root}: expected recordings, found none")
    recordings, note = _with_unit(recordings, failures, unit)
    return ConversionSource(tuple(recordings), (*notes, note), tuple(failures), vocabulary_for(root))


def _recording_files(root: Path) -> list[_RecordingFiles]:
    kind = detect_layout(root) if root.is_dir() else None
    if kind is None:
        return _files_of_folder(root)
    index = open_dataset(root, kind)
    if index.input != "foa":
        raise DatasetError(_wrong_input(root, index))
    clips = (clip for clip in index if clip.part == "dev")
    return [_RecordingFiles(clip.name, clip.audio, clip.video, clip.metadata) for clip in clips]


def _wrong_input(root: Path, index: ClipIndex) -> str:
    if index.input == "mic":
        return (
            f"{root}: expected first-order ambisonics (foa_dev), got the audio of a microphone array only "
            "(mic_dev), which cannot be rotated; use the FOA version of the dataset"
        )
    title = index.layout.title
    return f"{root}: expected first-order ambisonics (foa_dev), got {title}, whose audio is stereo"


def _files_of_folder(root: Path) -> list[_RecordingFiles]:
    """Files with the same name anywhere below a folder; those of microphone arrays are skipped."""
    if not root.is_dir():
        what = "a file" if root.exists() else "nothing"
        raise DatasetError(f"{root}: expected a folder with FOA audio and labels, found {what}")
    audio, array = _by_stem(root, AUDIO_SUFFIXES)
    video, _ = _by_stem(root, VIDEO_SUFFIXES)
    metadata, _ = _by_stem(root, METADATA_SUFFIXES)
    if not audio:
        what = "the audio of a microphone array only (mic), which cannot be rotated" if array else "no audio"
        raise DatasetError(f"{root}: expected first-order ambisonics (.wav or .flac), found {what}")
    stems = sorted(audio.keys() | (metadata.keys() & video.keys()))
    return [
        _RecordingFiles(_clip_name(stem), audio.get(stem), video.get(stem), metadata.get(stem))
        for stem in stems
    ]


def _clip_name(stem: str) -> str:
    part = "test" if ClipName.from_stem(stem).fold in _TEST_FOLDS else "train"
    return f"dev-{part}-synth/{stem}"


def _by_stem(root: Path, suffixes: frozenset[str]) -> tuple[dict[str, Path], bool]:
    paths: dict[str, Path] = {}
    array = False
    for path in _files(root, suffixes):
        if path.relative_to(root).parts[0].lower() in ("mic", "mic_dev", "mic_eval"):
            array = True
            continue
        other = paths.setdefault(path.stem, path)
        if other is not path:
            raise DatasetError(f"{path}: expected one file of this name, got {other} too; keep one of them")
    return paths, array


def _files(root: Path, suffixes: frozenset[str]) -> Iterator[Path]:
    for base, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (
            Path(base, name)
            for name in sorted(names)
            if Path(name).suffix.lower() in suffixes and not name.startswith(".")
        )


def _complete_recordings(
    files: list[_RecordingFiles], root: Path, video: bool, official: bool
) -> tuple[list[str], list[_RecordingFiles]]:
    """The recordings that have all files, and notes on the others."""
    notes, complete = [], list(files)
    for part in ("audio", "metadata", *(("video",) if video else ())):
        missing = [one for one in complete if getattr(one, part) is None]
        complete = [one for one in complete if getattr(one, part) is not None]
        if not missing:
            continue
        what = {"audio": "audio", "metadata": "labels", "video": "video"}[part]
        hint = "; --no-video converts the audio only" if part == "video" else ""
        if official or not complete:
            raise DatasetError(
                f"{root}: expected {what} for {missing[0].name}, found none "
                f"(recordings without {what}: {len(missing)}){hint}"
            )
        notes.append(f"{len(missing)} recording(s) without {what} skipped, e.g. {missing[0].name}{hint}")
    return notes, complete


def _open_recording(one: _RecordingFiles, video: bool) -> SourceRecording:
    assert one.audio is not None
    assert one.metadata is not None
    audio = probe(one.audio).audio
    if audio is None or audio.channels != 4:
        channels = audio.channels if audio else 0
        raise DatasetError(
            f"{one.audio}: expected first-order ambisonics, 4 channels in the order W Y Z X (ACN), "
            f"got {channels} channel(s)"
        )
    lengths = [_frames(audio.duration, one.audio)]
    if video:
        assert one.video is not None
        lengths.append(_video_frames(probe(one.video), one.video))
    return SourceRecording(one.name, one.audio, one.video if video else None, one.metadata, min(lengths))


def _video_frames(info: MediaInfo, path: Path) -> int:
    video = info.video
    if video is None:
        raise DatasetError(f"{path}: expected a video, got none")
    if abs(video.width / video.height - 2.0) > 0.02:
        raise DatasetError(
            f"{path}: expected an equirectangular 360° video, twice as wide as high, "
            f"got {video.width}×{video.height} pixels"
        )
    if video.frames and video.fps:
        return _frames(video.frames / video.fps, path)  # as the official generator computes it
    return _frames(video.duration, path)


def _frames(seconds: float | None, path: Path) -> int:
    if seconds is None:
        raise DatasetError(f"{path}: expected a file that declares its duration; convert it to WAV or MP4")
    return math.floor(seconds * 10)


def _with_unit(
    recordings: list[SourceRecording], failures: list[Exception], unit: DistanceUnit | None
) -> tuple[list[SourceRecording], str]:
    """The recordings with the unit of their distances, without those whose labels cannot be read."""
    distances, readable = [], []
    for one in recordings:
        try:
            distances.append((one.metadata, read_labels(one.metadata).distance))
            readable.append(one)
        except SeldkitError as problem:
            failures.append(problem)
    reason = "set by --units"
    if not readable:
        raise failures[0]
    if unit is None:
        unit, reason = infer_unit(distances)
    name = {"m": "metres", "cm": "centimetres"}[unit]
    return [replace(one, unit=unit) for one in readable], f"distances are in {name}: {reason}"
