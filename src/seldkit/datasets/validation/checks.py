"""Checks of a dataset, based on the statistics of its clips."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Final, TypeVar

import numpy as np

from seldkit.channels import CHANNEL_LAYOUTS
from seldkit.classes import CLASSES_FILE
from seldkit.datasets.clip_index import ClipIndex, DatasetClip
from seldkit.datasets.validation.clip_statistics import ClipStatistics, SideAgreement
from seldkit.datasets.validation.label_statistics import DatasetLabels, labelled_frames

MAX_CLIPPED_SHARE: Final = 1e-4
"""Maximum fraction of samples at full scale."""
SILENCE_MAX_PEAK: Final = 1e-4
"""Maximum peak of silent clips: -80 dBFS."""
MAX_LENGTH_DIFFERENCE_SECONDS: Final = 0.06
"""Maximum difference of a clip's duration from the duration that most clips have."""
MAX_VIDEO_LENGTH_DIFFERENCE_SECONDS: Final = 0.5
"""Maximum difference between the durations of audio and video."""
MIN_COMMON_FAULTS: Final = 3
"""Minimum number of clips with the same level offset or delay that are reported."""
MAJORITY_SHARE: Final = 0.8
"""Fraction of clips from which a common value is expected of all clips."""
MIN_CLIP_FRAMES: Final = 10
"""Minimum number of compared frames of clips that are used to check the sides of a folder."""
MIN_FOLDER_CLIPS: Final = 5
"""Minimum number of such clips in a folder."""
FOLDER_MAX_SLOPE: Final = -0.05
"""Maximum median slope of a folder whose sides are exchanged."""
TWO_SIDED_MIN_FRAMES: Final = 5
"""Minimum number of frames on each side, for clips with labels on both sides."""
TWO_SIDED_MAX_AGREEMENT: Final = -0.6
"""Maximum agreement of such clips if sides are exchanged."""
ONE_SIDED_MIN_FRAMES: Final = 30
"""Minimum number of frames, for clips with labels on one side."""
ONE_SIDED_MAX_AGREEMENT: Final = -0.95
"""Maximum agreement of such clips if sides are exchanged.

It is stricter, because an unlabelled source can mask a labelled one for a while. With these thresholds, none
of 3,400 synthetic reverberant scenes with unlabelled sources is reported; one in seven is reported if its
channels are exchanged (docs/datasets.md).
"""
ONE_SIDED_MAX_SLOPE: Final = -0.15
"""Maximum slope of such clips if sides are exchanged."""
MIN_MEDIAN_DISTANCE_M: Final = 0.2
"""Minimum median distance of a dataset in metres; lower values indicate another unit."""
MAX_MEDIAN_DISTANCE_M: Final = 50.0
"""Maximum median distance of a dataset in metres; higher values indicate another unit."""
MAX_FRONT_AZIMUTH_DEG: Final = 90.0
"""Maximum absolute azimuth of stereo labels in degrees."""
_MAX_LISTED_DUPLICATES: Final = 3

Key = TypeVar("Key", int, str)
Findings = dict[str, list[str]]
"""Problems by category, one line each."""


def find_problems(index: ClipIndex, statistics: Sequence[ClipStatistics], labels: DatasetLabels) -> Findings:
    """Finds the problems of a dataset.

    Args:
        index: The dataset.
        statistics: Statistics of the clips, in the order of the index.
        labels: Labels of the dataset.

    Returns:
        Problems by category; empty for a valid dataset.
    """
    pairs = list(zip(index, statistics, strict=True))
    findings = {
        "unreadable files": [line for one in statistics for line in one.errors],
        "missing or misplaced files": [*index.misplaced, *_missing_files(index)],
        "labels": [*labels.problems, *_invalid_values(index, labels)],
        "lengths": [*_lengths(pairs), *_late_labels(labels, statistics)],
        "audio": [*_audio(pairs), *_common_faults(index, pairs)],
        "left and right": list(_sides(index, pairs)),
        "leakage between splits": [
            *_shared_recordings(index),
            *_shared_rooms(index),
            *_duplicate_audio(pairs),
        ],
    }
    return {category: lines for category, lines in findings.items() if lines}


def _missing_files(index: ClipIndex) -> Iterator[str]:
    parts_with_video = {clip.part for clip in index if clip.video is not None}
    exempt = index.layout.without_video
    for clip in index:
        if clip.audio is None:
            other = clip.metadata or clip.video
            yield f"{other}: expected audio with the same name, found none; add it or remove this file"
        elif clip.metadata is None and clip.part == "dev":
            yield f"{clip.audio}: expected labels with the same name, found none; add them"
        video_expected = clip.part in parts_with_video and not (exempt and exempt.match(clip.stem))
        if clip.video is None and clip.audio is not None and video_expected:
            yield f"{clip.audio}: expected a video with the same name, as other clips, found none; add it"


def _invalid_values(index: ClipIndex, labels: DatasetLabels) -> Iterator[str]:
    """Values that the format allows, but the kind of dataset does not."""
    rows = labels.rows
    classes = len(index.layout.classes)
    for number, count in sorted(Counter(rows.clip[rows.class_id >= classes].tolist()).items()):
        yield (
            f"{labels.clips[number].metadata}: expected class numbers 0 to {classes - 1}, found others in "
            f"{count} row(s); list the classes in {CLASSES_FILE}"
        )
    if CHANNEL_LAYOUTS[index.input].folded:
        rear = np.abs(rows.azimuth) > MAX_FRONT_AZIMUTH_DEG
        for number, count in sorted(Counter(rows.clip[rear].tolist()).items()):
            yield (
                f"{labels.clips[number].metadata}: expected azimuths within ±90°, found others in {count} "
                "row(s); fold rear azimuths to the front"
            )
    distances = rows.distance[~np.isnan(rows.distance)]
    if not len(distances):
        return
    median = float(np.median(distances))
    if not MIN_MEDIAN_DISTANCE_M <= median <= MAX_MEDIAN_DISTANCE_M:
        yield (
            f"{index.root}: expected a median distance of {MIN_MEDIAN_DISTANCE_M:g} to "
            f"{MAX_MEDIAN_DISTANCE_M:g} m, found {median:.3g} m; convert the distances to the unit of "
            f"{index.layout.title}"
        )


def _lengths(pairs: Sequence[tuple[DatasetClip, ClipStatistics]]) -> Iterator[str]:
    usual = _common_value(round(one.audio.seconds, 1) for _, one in pairs if one.audio)
    rate = _common_value(one.audio.sample_rate for _, one in pairs if one.audio)
    for clip, one in pairs:
        if one.audio is None:
            continue
        seconds = one.audio.seconds
        if usual is not None and abs(seconds - usual) > MAX_LENGTH_DIFFERENCE_SECONDS:
            yield f"{clip.audio}: expected {usual:g} s, as other clips, found {seconds:.2f} s; check the file"
        if rate is not None and one.audio.sample_rate != rate:
            yield (
                f"{clip.audio}: expected a sample rate of {rate:g} Hz, as other clips, found "
                f"{one.audio.sample_rate} Hz; resample it"
            )
        difference = 0.0 if one.video_seconds is None else abs(one.video_seconds - seconds)
        if difference > MAX_VIDEO_LENGTH_DIFFERENCE_SECONDS:
            yield (
                f"{clip.video}: expected {seconds:.2f} s, as its audio, found {one.video_seconds:.2f} s; "
                "check that they belong to the same clip"
            )


def _common_value(values: Iterable[float]) -> float | None:
    """The value that most clips have, if any."""
    counts = Counter(values)
    value, count = counts.most_common(1)[0] if counts else (0.0, 0)
    return value if counts and count >= MAJORITY_SHARE * counts.total() else None


def _late_labels(labels: DatasetLabels, statistics: Sequence[ClipStatistics]) -> Iterator[str]:
    frames = {one.name: len(one.audio.level) for one in statistics if one.audio}
    for clip, end in zip(labels.clips, labelled_frames(labels).tolist(), strict=True):
        if clip.name in frames and end > frames[clip.name]:
            yield (
                f"{clip.metadata}: expected labels up to frame {frames[clip.name] - 1}, the end of the "
                f"audio, found frame {end - 1}; remove the later rows"
            )


def _audio(pairs: Sequence[tuple[DatasetClip, ClipStatistics]]) -> Iterator[str]:
    for clip, one in pairs:
        audio = one.audio
        if audio is None:
            continue
        if audio.peak < SILENCE_MAX_PEAK:
            yield f"{clip.audio}: expected a peak of at least -80 dBFS, found silence; replace the file"
        elif audio.dual_mono:
            yield (
                f"{clip.audio}: expected different channels, found identical ones, which contain no "
                "direction; replace the file"
            )
        for fault in audio.faults:
            if fault.kind in ("silent", "polarity"):
                yield f"{clip.audio}: expected a stereo pair, found that {fault.message}"
        if audio.clipped > MAX_CLIPPED_SHARE:
            yield (
                f"{clip.audio}: expected at most {100 * MAX_CLIPPED_SHARE:g} % of samples at full scale, "
                f"found {100 * audio.clipped:.2g} %; replace the clipped file"
            )


def _common_faults(index: ClipIndex, pairs: Sequence[tuple[DatasetClip, ClipStatistics]]) -> Iterator[str]:
    """Level offsets and delays that most clips have; single clips may have all sources on one side."""
    measured = [one.audio for _, one in pairs if one.audio is not None]
    faults = [fault for audio in measured for fault in audio.faults]
    for kind, side in product(("level", "delay"), ("the left", "the right")):
        messages = [one.message for one in faults if one.kind == kind and one.message.startswith(side)]
        if len(messages) >= MIN_COMMON_FAULTS and len(messages) > len(measured) / 2:
            yield (
                f"{index.root}: expected stereo pairs, found the same fault in {len(messages)} of "
                f"{len(measured)} clips, for example: {messages[0]}"
            )


def _sides(index: ClipIndex, pairs: Sequence[tuple[DatasetClip, ClipStatistics]]) -> Iterator[str]:
    """Clips and recordings with exchanged sides; one line for a folder if most of its clips are affected."""
    folders: dict[str, list[tuple[DatasetClip, SideAgreement]]] = defaultdict(list)
    for clip, one in pairs:
        folders[clip.name.rpartition("/")[0]].append((clip, one.sides))
    for folder, members in folders.items():
        conclusive = [sides for _, sides in members if sides.frames >= MIN_CLIP_FRAMES]
        if has_mostly_exchanged_sides(conclusive):
            count = sum(sides.agreement < 0 for sides in conclusive)
            yield (
                f"{folder or index.root}: expected audio from the labelled side, found the opposite side in "
                f"{count} of {len(conclusive)} clips; exchange the channels, or negate the azimuths if "
                "they are positive to the right"
            )
            continue
        for what, sides in _exchanged_clips(index, members):
            yield (
                f"{what}: expected audio from the labelled side, found the opposite side ({sides.frames} "
                "frames compared); check whether left and right are exchanged"
            )


def _exchanged_clips(
    index: ClipIndex, members: Sequence[tuple[DatasetClip, SideAgreement]]
) -> Iterator[tuple[str, SideAgreement]]:
    recordings: dict[str, list[SideAgreement]] = defaultdict(list)
    for clip, sides in members:
        if has_exchanged_sides(sides):
            yield str(clip.audio), sides
        recordings[_recording(index, clip) or clip.name].append(sides)
    for recording, parts in recordings.items():
        total = sum(parts, SideAgreement())
        if len(parts) > 1 and not any(map(has_exchanged_sides, parts)) and has_exchanged_sides(total):
            yield f"the {len(parts)} clips of {recording}", total


def has_exchanged_sides(sides: SideAgreement) -> bool:
    """Determines whether left and right are probably exchanged in a clip or recording.

    Args:
        sides: Agreement of audio and labels.

    Returns:
        Whether the audio is on the side opposite to the labels.
    """
    if min(sides.left, sides.right) >= TWO_SIDED_MIN_FRAMES and sides.agreement <= TWO_SIDED_MAX_AGREEMENT:
        return True
    return (
        sides.frames >= ONE_SIDED_MIN_FRAMES
        and sides.agreement <= ONE_SIDED_MAX_AGREEMENT
        and sides.slope <= ONE_SIDED_MAX_SLOPE
    )


def has_mostly_exchanged_sides(clips: Sequence[SideAgreement]) -> bool:
    """Determines whether left and right are probably exchanged in a folder.

    Args:
        clips: Agreement of audio and labels of the clips with at least `MIN_CLIP_FRAMES` compared frames.

    Returns:
        Whether the audio of most clips is on the side opposite to the labels.
    """
    if len(clips) < MIN_FOLDER_CLIPS:
        return False
    count = sum(sides.agreement < 0 for sides in clips)
    median_slope = float(np.median([sides.slope for sides in clips]))
    return count >= MAJORITY_SHARE * len(clips) and median_slope <= FOLDER_MAX_SLOPE


def _shared_recordings(index: ClipIndex) -> Iterator[str]:
    for recording, splits in sorted(_splits_by((_recording(index, clip), clip) for clip in index).items()):
        if _leaks(splits):
            yield f"{recording}: {_expect_one_split(splits)}"


def _shared_rooms(index: ClipIndex) -> Iterator[str]:
    named = ((clip.name_fields.room, clip) for clip in index if _room_is_global(index, clip))
    for room, splits in sorted(_splits_by(named).items()):
        if _leaks(splits):
            yield f"room {room}: {_expect_one_split(splits)}"


def _expect_one_split(splits: set[str]) -> str:
    return (
        f"expected clips in one split, found them in {' and '.join(sorted(splits))}; move them to one split"
    )


def _recording(index: ClipIndex, clip: DatasetClip) -> str | None:
    """The recording from which a clip is cut, by its name."""
    fields = clip.name_fields
    if fields.recording is None:
        return None
    fold = "" if _room_is_global(index, clip) else f"fold {fields.fold}, "
    return f"{fold}room {fields.room}, mix {fields.recording}"


def _room_is_global(index: ClipIndex, clip: DatasetClip) -> bool:
    """Whether the room number is the same room in all folds; synthetic clips number rooms in each fold."""
    return index.layout.rooms_are_global and clip.site != "synth"


def _duplicate_audio(pairs: Sequence[tuple[DatasetClip, ClipStatistics]]) -> Iterator[str]:
    groups: dict[str, list[DatasetClip]] = defaultdict(list)
    for clip, one in pairs:
        if one.audio is not None and one.audio.peak >= SILENCE_MAX_PEAK:
            groups[one.audio.content].append(clip)
    for clips in groups.values():
        if len(clips) > 1:
            splits = {clip.split for clip in clips if clip.split}
            where = f" ({' and '.join(sorted(splits))})" if len(splits) > 1 else ""
            others = [clip.name for clip in clips[1:]]
            more = ", …" if len(others) > _MAX_LISTED_DUPLICATES else ""
            yield (
                f"{clips[0].audio}: expected unique audio, found the same audio in "
                f"{', '.join(others[:_MAX_LISTED_DUPLICATES])}{more}{where}; remove the duplicates"
            )


def _splits_by(named: Iterable[tuple[Key | None, DatasetClip]]) -> dict[Key, set[str]]:
    splits: dict[Key, set[str]] = defaultdict(set)
    for key, clip in named:
        if key is not None and clip.split is not None:
            splits[key].add(clip.split)
    return splits


def _leaks(splits: set[str]) -> bool:
    """Whether training data are in another split, too."""
    return "train" in splits and len(splits) > 1
