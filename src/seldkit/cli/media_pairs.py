"""Recordings whose audio and video are in separate tracks or files."""

import re
from collections.abc import Iterable
from pathlib import Path

import typer

from seldkit.cli.batch import MEDIA_SUFFIXES, find_media, is_folder
from seldkit.errors import SeldkitError


def parse_pair(text: str | None) -> tuple[int, int] | None:
    """Parses the numbers of two audio tracks.

    Args:
        text: For example "1,2": the left and the right track, from 1.

    Returns:
        The numbers; None for None.

    Raises:
        BadParameter: The text is not a pair of numbers.
    """
    if text is None:
        return None
    numbers = re.fullmatch(r"([1-9]\d?),([1-9]\d?)", text.replace(" ", ""))
    if numbers is None:
        raise typer.BadParameter(f"--pair: expected two track numbers such as 1,2, got '{text}'")
    return int(numbers[1]), int(numbers[2])


def find_recordings(inputs: Iterable[Path]) -> dict[Path, Path]:
    """Finds media files; of a dataset, its audio files.

    Args:
        inputs: Files, folders and datasets.

    Returns:
        Path of the results below the output folder, without suffix, by media file.
    """
    recordings: dict[Path, Path] = {}
    for path in inputs:
        clips = _dataset_clips(path)
        recordings |= {audio: audio.relative_to(path).with_suffix("") for audio in clips} or dict(
            find_media([path])
        )
    return recordings


def find_videos(inputs: Iterable[Path], video: Path | None) -> dict[Path, Path]:
    """Finds the videos of recordings that are in other files.

    Args:
        inputs: Files, folders and datasets.
        video: Value of --video: a file for a single recording, a folder with files of the same names, or None
            for the videos of datasets.

    Returns:
        Video file by media file; recordings without another file are missing.

    Raises:
        SeldkitError: A recording has no video, or one video is stated for several recordings.
    """
    if video is None:
        return {
            audio: file for path in inputs for audio, file in _dataset_clips(path).items() if file is not None
        }
    recordings = find_recordings(inputs)
    if not is_folder(video):
        if len(recordings) > 1:
            raise SeldkitError(
                f"{video}: expected a folder with videos of the same names for {len(recordings)} recordings, "
                "got a file"
            )
        return dict.fromkeys(recordings, video)
    videos = {file.stem: file for file in sorted(video.rglob("*")) if file.suffix.lower() in MEDIA_SUFFIXES}
    for recording in recordings:
        if recording.stem not in videos:
            raise SeldkitError(
                f"{video}: expected a video named {recording.stem} for {recording}, found none"
            )
    return {recording: videos[recording.stem] for recording in recordings}


def _dataset_clips(path: Path) -> dict[Path, Path | None]:
    """Video file by audio file of a dataset; empty for other paths."""
    if not is_folder(path):
        return {}
    from seldkit.datasets import detect_layout, open_dataset

    if detect_layout(path) is None:
        return {}
    return {clip.audio: clip.video for clip in open_dataset(path) if clip.audio is not None}
