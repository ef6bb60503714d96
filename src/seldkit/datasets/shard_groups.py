"""Shards of a store: clips are grouped into shards, and each group is prepared by one process."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from seldkit.channels import CHANNEL_LAYOUTS
from seldkit.datasets.clip_index import DatasetClip
from seldkit.datasets.clip_windows import prepare_clip
from seldkit.datasets.folder_layout import FolderLayout
from seldkit.datasets.shards import Arrays, ShardItem, write_shard
from seldkit.datasets.store import SHARDS_FOLDER
from seldkit.datasets.store_settings import StoreSettings, digest
from seldkit.errors import SeldkitError

_BYTES_PER_CHANNEL_SECOND: Final = 24000 * 2
"""Size of one second of one channel in the public datasets, for an estimate of a clip's duration."""


@dataclass(frozen=True)
class ShardGroup:
    """Clips that are written to one shard.

    Attributes:
        clips: The clips.
        keys: Key of each clip, see `item_key`.
    """

    clips: tuple[DatasetClip, ...]
    keys: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the shard, a hash of the keys."""
        return digest(list(self.keys))

    def __str__(self) -> str:
        return f"{len(self.clips)} clips, the first is {self.clips[0].name}"


@dataclass(frozen=True)
class GroupResult:
    """Messages about a group of clips.

    Attributes:
        notes: Messages for the user.
        failures: Errors, one line each.
        failed_clips: Number of clips that were not prepared.
    """

    notes: tuple[str, ...]
    failures: tuple[str, ...]
    failed_clips: int


@dataclass(frozen=True)
class ShardTask:
    """Prepares a group of clips and writes it to a shard, in one process.

    Attributes:
        folder: Folder of the store's setting.
        layout: Layout of the dataset.
        settings: Settings of the store.
    """

    folder: Path
    layout: FolderLayout
    settings: StoreSettings

    def __call__(self, group: ShardGroup) -> GroupResult:
        """Prepares a group of clips. Clips that cannot be read are skipped and reported."""
        items: list[ShardItem] = []
        parts: list[Arrays] = []
        notes: list[str] = []
        failures: list[str] = []
        row = 0
        for clip, key in zip(group.clips, group.keys, strict=True):
            try:
                windows = prepare_clip(clip, self.layout, self.settings)
            except SeldkitError as problem:
                failures.append(str(problem))
                continue
            count = len(next(iter(windows.arrays.values())))
            items.append(ShardItem(clip.name, key, windows.frames, count, row))
            parts.append(windows.arrays)
            notes += windows.notes
            row += count
        if items:
            arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
            write_shard(self.folder / SHARDS_FOLDER, group.name, items, arrays)
        return GroupResult(tuple(notes), tuple(failures), len(failures))


def group_clips(
    clips: Sequence[DatasetClip], keys: Mapping[str, str], settings: StoreSettings, shard_seconds: float
) -> Iterator[ShardGroup]:
    """Groups clips into shards. Labelled and unlabelled clips are in different shards.

    Args:
        clips: Clips with audio. Their order is kept.
        keys: Key of each clip by its name.
        settings: Settings of the store.
        shard_seconds: Approximate duration of the windows in a shard, in seconds.

    Yields:
        The groups.
    """
    for labelled in (True, False):
        group: list[DatasetClip] = []
        seconds = 0.0
        for clip in clips:
            if (clip.metadata is not None) is labelled:
                length = _window_seconds(clip, settings)
                if group and seconds + length > shard_seconds:
                    yield ShardGroup(tuple(group), tuple(keys[clip.name] for clip in group))
                    group, seconds = [], 0.0
                group.append(clip)
                seconds += length
        if group:
            yield ShardGroup(tuple(group), tuple(keys[clip.name] for clip in group))


def _window_seconds(clip: DatasetClip, settings: StoreSettings) -> float:
    """Estimates the total duration of a clip's windows from the size of its audio file."""
    assert clip.audio is not None
    channels = CHANNEL_LAYOUTS[settings.features["input"]].channels
    length = clip.audio.stat().st_size / (_BYTES_PER_CHANNEL_SECOND * channels)
    return max(settings.window_frames / 10, length * settings.window_frames / settings.hop_frames)


def missing_clips(groups: Iterator[ShardGroup], stored: Mapping[str, object]) -> list[ShardGroup]:
    """Selects the clips that are not stored yet.

    Args:
        groups: Groups of clips.
        stored: Keys of the stored clips.

    Returns:
        The groups without the stored clips and without empty groups.
    """
    missing = []
    for group in groups:
        rest = [pair for pair in zip(group.clips, group.keys, strict=True) if pair[1] not in stored]
        if rest:
            missing.append(ShardGroup(tuple(clip for clip, _ in rest), tuple(key for _, key in rest)))
    return missing
