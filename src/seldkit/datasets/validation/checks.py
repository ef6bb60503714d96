"""What is wrong with a data set, given what was found in its clips."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

import numpy as np

from seldkit.channels import CHANNEL_LAYOUTS
from seldkit.classes import CLASSES_FILE
from seldkit.datasets.clip_index import ClipIndex, DatasetClip
from seldkit.datasets.validation.clip_statistics import ClipStatistics, SideAgreement
from seldkit.datasets.validation.label_statistics import DatasetLabels, used_frames

MAX_CLIPPED_SHARE: Final = 1e-4
"""Share of samples at full scale from which a clip counts as clipped."""
SILENCE_MAX_PEAK: Final = 1e-4
"""Peak below which a clip counts as silent: −80 dBFS."""
MAX_VIDEO_LENGTH_DIFFERENCE_SECONDS: Final = 0.5
"""Seconds by which sound and video may differ in length."""
MAJORITY_SHARE: Final = 0.8
"""Share of the clips from which a length or rate that they have in common is expected of the others."""
MIN_CLIP_FRAMES: Final = 10
MIN_FOLDER_CLIPS: Final = 5
FOLDER_MAX_SLOPE: Final = -0.05
"""A folder is suspected to have left and right exchanged from so many clips of so many frames on, where most
of them disagree with their labels and the sound typically leans so far to the other side."""
TWO_SIDED_MIN_FRAMES: Final = 5
TWO_SIDED_MAX_AGREEMENT: Final = -0.6
ONE_SIDED_MIN_FRAMES: Final = 30
ONE_SIDED_MAX_AGREEMENT: Final = -0.95
ONE_SIDED_MAX_SLOPE: Final = -0.15
"""A single clip or recording is suspected where the labels are on both sides, so many frames each, and agree
so little; or where they are on one side for so many frames and agree less, for an unlabelled sound can well
drown a source for a while. None of 3,400 synthetic reverberant scenes with unlabelled sounds is suspected
(docs/datasets.md); with their channels exchanged, one in seven is."""
MIN_MEDIAN_DISTANCE_M: Final = 0.2
MAX_MEDIAN_DISTANCE_M: Final = 50.0
"""Metres between which the median distance of a set must lie, or its unit is doubted."""
MAX_FRONT_AZIMUTH_DEG: Final = 90.0

Key = TypeVar("Key", int, str)
Findings = dict[str, list[str]]
"""What is wrong, by kind, one line each."""


def find_problems(index: ClipIndex, facts: Sequence[ClipStatistics], labels: DatasetLabels) -> Findings:
    """Everything that is wrong; empty for a healthy set. facts: of the index's clips, in order."""
    pairs = list(zip(index, facts, strict=True))
    found = {
        "files that cannot be read": [line for one in facts for line in one.errors],
        "missing or misplaced partners": [*index.misplaced, *_partners(index)],
        "labels": [*labels.problems, *_ranges(index, labels)],
        "lengths": [*_lengths(pairs), *_late_labels(labels, facts)],
        "sound": list(_sound(pairs)),
        "left and right": list(_sides(index, pairs)),
        "leakage between splits": [*_shared_recordings(index), *_shared_rooms(index), *_same_sound(pairs)],
    }
    return {kind: lines for kind, lines in found.items() if lines}


def _partners(index: ClipIndex) -> Iterator[str]:
    videos = {clip.part for clip in index if clip.video is not None}
    exempt = index.layout.without_video
    for clip in index:
        if clip.audio is None:
            other = clip.metadata or clip.video
            yield f"{other}: no sound of this name"
        elif clip.metadata is None and clip.part == "dev":
            yield f"{clip.audio}: no metadata of this name"
        pictures_expected = clip.part in videos and not (exempt and exempt.match(clip.stem))
        if clip.video is None and clip.audio is not None and pictures_expected:
            yield f"{clip.audio}: no video of this name, though others have one"


def _ranges(index: ClipIndex, labels: DatasetLabels) -> Iterator[str]:
    """Values that the format allows and this kind of data set does not."""
    rows = labels.rows
    classes = len(index.layout.classes)
    for number, count in sorted(Counter(rows.clip[rows.class_id >= classes].tolist()).items()):
        yield (
            f"{labels.clips[number].metadata}: {count} rows with class numbers beyond 0 to {classes - 1}, "
            f"which {index.layout.title} does not have; list the classes in {CLASSES_FILE}"
        )
    if CHANNEL_LAYOUTS[index.input].folded:
        rear = np.abs(rows.azimuth) > MAX_FRONT_AZIMUTH_DEG
        for number, count in sorted(Counter(rows.clip[rear].tolist()).items()):
            yield (
                f"{labels.clips[number].metadata}: {count} rows beyond ±90° of azimuth; "
                "stereo labels are folded to the front"
            )
    known = rows.distance[~np.isnan(rows.distance)]
    if (
        len(known)
        and not MIN_MEDIAN_DISTANCE_M <= (typical := float(np.median(known))) <= MAX_MEDIAN_DISTANCE_M
    ):
        yield (
            f"{index.root}: the median distance is {typical:.3g} m; {index.layout.title} writes centimetres, "
            "these look like another unit"
        )


def _lengths(pairs: Sequence[tuple[DatasetClip, ClipStatistics]]) -> Iterator[str]:
    usual = _usual(round(one.sound.seconds, 1) for _, one in pairs if one.sound)
    rate = _usual(one.sound.sample_rate for _, one in pairs if one.sound)
    for clip, facts in pairs:
        if facts.sound is None:
            continue
        seconds = facts.sound.seconds
        if usual is not None and abs(seconds - usual) > 0.06:
            yield f"{clip.audio}: {seconds:.2f} s long, the others {usual:g} s"
        if rate is not None and facts.sound.sample_rate != rate:
            yield f"{clip.audio}: {facts.sound.sample_rate} samples a second, the others {rate:g}"
        if (
            facts.video_seconds is not None
            and abs(facts.video_seconds - seconds) > MAX_VIDEO_LENGTH_DIFFERENCE_SECONDS
        ):
            yield f"{clip.video}: {facts.video_seconds:.2f} s long, its sound {seconds:.2f} s"


def _usual(values: Iterable[float]) -> float | None:
    """The value that most have in common, if any."""
    counts = Counter(values)
    value, count = counts.most_common(1)[0] if counts else (0.0, 0)
    return value if counts and count >= MAJORITY_SHARE * counts.total() else None


def _late_labels(labels: DatasetLabels, facts: Sequence[ClipStatistics]) -> Iterator[str]:
    frames = {one.name: len(one.sound.level) for one in facts if one.sound}
    for clip, used in zip(labels.clips, used_frames(labels).tolist(), strict=True):
        if clip.name in frames and used > frames[clip.name]:
            yield f"{clip.metadata}: labels up to frame {used - 1}, the sound ends at {frames[clip.name] - 1}"


def _sound(pairs: Sequence[tuple[DatasetClip, ClipStatistics]]) -> Iterator[str]:
    for clip, facts in pairs:
        sound = facts.sound
        if sound is None:
            continue
        if sound.peak < SILENCE_MAX_PEAK:
            yield f"{clip.audio}: silent"
        elif sound.dual_mono:
            yield f"{clip.audio}: its channels are all the same, so direction cannot be told"
        if sound.clipped > MAX_CLIPPED_SHARE:
            yield f"{clip.audio}: clipped, {100 * sound.clipped:.2g} % of the samples are at full scale"


def _sides(index: ClipIndex, pairs: Sequence[tuple[DatasetClip, ClipStatistics]]) -> Iterator[str]:
    """Clips and recordings whose sides are exchanged, or one line for a folder in which most are."""
    folders: dict[str, list[tuple[DatasetClip, SideAgreement]]] = defaultdict(list)
    for clip, facts in pairs:
        folders[clip.name.rpartition("/")[0]].append((clip, facts.sides))
    for folder, members in folders.items():
        telling = [sides for _, sides in members if sides.frames >= MIN_CLIP_FRAMES]
        if has_mostly_exchanged_sides(telling):
            other = sum(sides.agreement < 0 for sides in telling)
            yield (
                f"{folder or 'the whole set'}: {other} of {len(telling)} clips sound from the other side "
                "than their labels say; are channels exchanged, or is azimuth positive to the right?"
            )
            continue
        for what, sides in _suspects(index, members):
            yield (
                f"{what}: left and right may be exchanged: {sides.frames} frames sound from the other side "
                "than their labels say"
            )


def _suspects(
    index: ClipIndex, members: Sequence[tuple[DatasetClip, SideAgreement]]
) -> Iterator[tuple[str, SideAgreement]]:
    recordings: dict[str, list[SideAgreement]] = defaultdict(list)
    for clip, sides in members:
        if has_exchanged_sides(sides):
            yield str(clip.audio), sides
        recordings[_recording(index, clip) or clip.name].append(sides)
    for recording, parts in recordings.items():
        if (
            len(parts) > 1
            and not any(map(has_exchanged_sides, parts))
            and has_exchanged_sides(sum(parts, SideAgreement()))
        ):
            yield f"the {len(parts)} clips of {recording}", sum(parts, SideAgreement())


def has_exchanged_sides(sides: SideAgreement) -> bool:
    """Whether a clip or recording is suspected to have left and right exchanged."""
    if min(sides.left, sides.right) >= TWO_SIDED_MIN_FRAMES and sides.agreement <= TWO_SIDED_MAX_AGREEMENT:
        return True
    return (
        sides.frames >= ONE_SIDED_MIN_FRAMES
        and sides.agreement <= ONE_SIDED_MAX_AGREEMENT
        and sides.slope <= ONE_SIDED_MAX_SLOPE
    )


def has_mostly_exchanged_sides(telling: Sequence[SideAgreement]) -> bool:
    """Whether a folder is, given those of its clips that can tell."""
    if len(telling) < MIN_FOLDER_CLIPS:
        return False
    other = sum(sides.agreement < 0 for sides in telling)
    return (
        other >= MAJORITY_SHARE * len(telling)
        and float(np.median([sides.slope for sides in telling])) <= FOLDER_MAX_SLOPE
    )


def _shared_recordings(index: ClipIndex) -> Iterator[str]:
    for recording, splits in sorted(_splits_by((_recording(index, clip), clip) for clip in index).items()):
        if _leaks(splits):
            yield f"{recording}: clips of this recording are in {' and '.join(sorted(splits))}"


def _recording(index: ClipIndex, clip: DatasetClip) -> str | None:
    """What a clip is cut from, by its name."""
    if clip.name_fields.recording is None:
        return None
    fold = "" if _room_is_global(index, clip) else f"fold {clip.name_fields.fold}, "
    return f"{fold}room {clip.name_fields.room}, mix {clip.name_fields.recording}"


def _shared_rooms(index: ClipIndex) -> Iterator[str]:
    named = ((clip.name_fields.room, clip) for clip in index if _room_is_global(index, clip))
    for room, splits in sorted(_splits_by(named).items()):
        if _leaks(splits):
            yield f"room {room}: is in {' and '.join(sorted(splits))}"


def _room_is_global(index: ClipIndex, clip: DatasetClip) -> bool:
    """Whether the clip's room number means one room in all folds; synthetic sets count anew in each."""
    return index.layout.rooms_are_global and clip.site != "synth"


def _same_sound(pairs: Sequence[tuple[DatasetClip, ClipStatistics]]) -> Iterator[str]:
    groups: dict[str, list[DatasetClip]] = defaultdict(list)
    for clip, facts in pairs:
        if facts.sound is not None and facts.sound.peak >= SILENCE_MAX_PEAK:
            groups[facts.sound.content].append(clip)
    for clips in groups.values():
        if len(clips) > 1:
            splits = {clip.split for clip in clips if clip.split}
            where = f" ({' and '.join(sorted(splits))})" if len(splits) > 1 else ""
            others = ", ".join(clip.name for clip in clips[1:4]) + (", …" if len(clips) > 4 else "")
            yield f"{clips[0].audio}: the same sound as {others}{where}"


def _splits_by(named: Iterable[tuple[Key | None, DatasetClip]]) -> dict[Key, set[str]]:
    found: dict[Key, set[str]] = defaultdict(set)
    for key, clip in named:
        if key is not None and clip.split is not None:
            found[key].add(clip.split)
    return found


def _leaks(splits: set[str]) -> bool:
    """Whether what is learned from is also in what is tested on."""
    return "train" in splits and len(splits) > 1
