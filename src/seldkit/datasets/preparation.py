"""Features and targets of a data set into a store: in parallel, and taken up again after a kill."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from seldkit.channels import CHANNEL_LAYOUTS
from seldkit.classes import CLASSES_FILE, ClassVocabulary
from seldkit.datasets.augmentation.swaps import Swap
from seldkit.datasets.clip_index import ClipIndex, DatasetClip
from seldkit.datasets.clip_windows import prepare_clip
from seldkit.datasets.folder_layout import FolderLayout
from seldkit.datasets.shards import Item, Shard, remove, sweep, write_shard
from seldkit.datasets.store import INDEX, SHARDS, StoredClip, shards_of, write_index
from seldkit.datasets.store_settings import Precision, StoreSettings, digest, item_key
from seldkit.embeddings.image_degradation import Degradation
from seldkit.errors import DatasetError, SeldkitError
from seldkit.files import locked
from seldkit.models import ModelConfig
from seldkit.parallel import Outcome, run
from seldkit.types import CountProgress

SHARD_SECONDS: Final = 300.0
"""Sound in a shard, about: what a kill can cost each process."""
_BYTES_PER_SECOND: Final = 24000 * 2
"""Of one channel of the public data sets, to guess how long a clip is before it is opened."""


@dataclass(frozen=True)
class Prepared:
    """What a preparation came to.

    folder: the store of these settings, for `FeatureStore`. clips: in the store now. computed: of these, by
    this run. notes: what a user should know. failures: clips that could not be prepared, one line each.
    """

    folder: Path
    clips: int
    computed: int
    notes: tuple[str, ...]
    failures: tuple[str, ...]


@dataclass(frozen=True)
class ShardGroup:
    """The clips of a shard to be made, each with its key."""

    clips: tuple[DatasetClip, ...]
    keys: tuple[str, ...]

    @property
    def name(self) -> str:
        """The shard's name, which says its content."""
        return digest(list(self.keys))

    def __str__(self) -> str:
        return f"{len(self.clips)} clips from {self.clips[0].name} on"


@dataclass(frozen=True)
class GroupResult:
    """What a worker says of a group: notes, failures one line each, and how many clips failed."""

    notes: tuple[str, ...]
    failures: tuple[str, ...]
    lost: int


@dataclass(frozen=True)
class ShardTask:
    """The work of one process: a group of clips to a shard in `folder`."""

    folder: Path
    layout: FolderLayout
    settings: StoreSettings

    def __call__(self, group: ShardGroup) -> GroupResult:
        """Compute and write the group's shard, leaving out clips that cannot be read."""
        items: list[Item] = []
        parts: list[dict[str, np.ndarray]] = []
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
            items.append(Item(clip.name, key, windows.frames, count, row))
            parts.append(windows.arrays)
            notes += windows.notes
            row += count
        if items:
            arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
            write_shard(self.folder / SHARDS, group.name, items, arrays)
        return GroupResult(tuple(notes), tuple(failures), len(failures))


def prepare(
    index: ClipIndex,
    config: ModelConfig,
    output: str | Path,
    *,
    workers: int = 1,
    cluster: str | None = None,
    hop_frames: int | None = None,
    precision: Precision = "float32",
    shard_seconds: float = SHARD_SECONDS,
    progress: CountProgress | None = None,
    degradation: Degradation | None = None,
    swap: Swap | None = None,
) -> Prepared:
    """Write the features and targets that a model trains on, of every clip with sound, into a store.

    Features are raw (not standardised), windows of `config.window_frames`, `hop_frames` apart (end to end by
    default). workers, cluster: see `parallel.run`. shard_seconds: sound in a shard, about. degradation: of
    the pictures; the store then holds nothing but their streams. swap: of sound and pictures; the store then
    holds nothing but the streams that change (`datasets.swapped` makes those of all swaps).
    Each setting has its own folder in `output`, so settings never mix. What is there already and
    was made of the same files is kept; a run that was killed is taken up where its shards end, and the store
    comes out as if it had not been. A clip that cannot be read is left out and named.

    Raises DatasetError where data set and model do not fit, or another process is preparing into `output`.
    """
    settings = StoreSettings.of(config, index.kind, hop_frames, precision, degradation, swap)
    check_fit(index, config, settings)
    keys, lost = _keys(index, settings)
    wanted = [clip for clip in index if clip.name in keys]
    place = Path(output) / settings.key
    with locked(place / ".lock", f"{place}: another process is preparing this folder; wait for it"):
        sweep(place / SHARDS)
        held = shards_of(place)
        _require_same_dataset(place, held, keys)
        have = _items_by_key(held)
        todo = _missing(_groups(wanted, keys, settings, shard_seconds), have)
        if todo:
            (place / INDEX).unlink(missing_ok=True)
        task = ShardTask(place, index.layout, settings)
        results = [lost, *_results(run(task, todo, workers, cluster), todo, progress)]
        return _finish(place, settings, wanted, keys, todo, results)


def _keys(index: ClipIndex, settings: StoreSettings) -> tuple[dict[str, str], GroupResult]:
    """The key of each clip with sound, by name; and those whose files cannot even be looked at."""
    keys: dict[str, str] = {}
    failures: list[str] = []
    for clip in index:
        if clip.audio is not None:
            try:
                keys[clip.name] = item_key(settings.key, clip, index, sees=settings.sees)
            except DatasetError as problem:
                failures.append(str(problem))
    return keys, GroupResult((), tuple(failures), 0)


def check_fit(index: ClipIndex, config: ModelConfig, settings: StoreSettings) -> None:
    """Raise DatasetError where a model wants what a data set does not have."""
    foreign = [name for name in config.streams if name not in config.embeddings]
    if foreign:
        raise DatasetError(
            f"'{config.name}' wants the stream(s) {', '.join(foreign)}, of which it names no embedding to "
            "compute; name it in the recipe, or name a recipe that only hears"
        )
    if settings.sees and all(clip.video is None for clip in index):
        raise DatasetError(
            f"{index.root}: '{config.name}' wants pictures, and no clip has a video; put the videos in "
            "their folder, or name a recipe that only hears"
        )
    if index.input != config.features.input:
        mend = "convert it with seldkit stereo" if config.features.layout.folded else "name another recipe"
        raise DatasetError(
            f"{index.root}: expected {config.features.input} sound for '{config.name}', "
            f"this data set holds {index.input}; {mend}"
        )
    if not 1 <= settings.hop_frames <= settings.window_frames:
        raise DatasetError(
            f"expected a hop of 1 to {settings.window_frames} frames (the window), got {settings.hop_frames}"
        )
    labels = {"z": "elevation", "distance": "distance", "onscreen": "onscreen"}
    for element, column in labels.items():
        if element in config.elements and column not in index.layout.knows and any(c.metadata for c in index):
            raise DatasetError(
                f"{index.root}: '{config.name}' wants '{element}', which the labels of "
                f"{index.layout.title} do not know; name a recipe without it"
            )


def _groups(
    clips: Sequence[DatasetClip], keys: dict[str, str], settings: StoreSettings, shard_seconds: float
) -> Iterator[ShardGroup]:
    """The clips, in order, in groups of about `shard_seconds`; those with labels apart from those without."""
    for labelled in (True, False):
        group: list[DatasetClip] = []
        seconds = 0.0
        for clip in clips:
            if (clip.metadata is not None) is labelled:
                length = _seconds(clip, settings)
                if group and seconds + length > shard_seconds:
                    yield ShardGroup(tuple(group), tuple(keys[clip.name] for clip in group))
                    group, seconds = [], 0.0
                group.append(clip)
                seconds += length
        if group:
            yield ShardGroup(tuple(group), tuple(keys[clip.name] for clip in group))


def _seconds(clip: DatasetClip, settings: StoreSettings) -> float:
    """A guess at how much sound a clip's windows hold."""
    assert clip.audio is not None
    channels = CHANNEL_LAYOUTS[settings.features["input"]].channels
    length = clip.audio.stat().st_size / (_BYTES_PER_SECOND * channels)
    return max(settings.window_frames / 10, length * settings.window_frames / settings.hop_frames)


def _missing(groups: Iterator[ShardGroup], have: dict[str, tuple[Shard, Item]]) -> list[ShardGroup]:
    """What of the groups is not there yet."""
    found = []
    for group in groups:
        rest = [pair for pair in zip(group.clips, group.keys, strict=True) if pair[1] not in have]
        if rest:
            found.append(ShardGroup(tuple(clip for clip, _ in rest), tuple(key for _, key in rest)))
    return found


def _items_by_key(shards: dict[str, Shard]) -> dict[str, tuple[Shard, Item]]:
    return {item.key: (shard, item) for shard in shards.values() for item in shard.items}


def _require_same_dataset(place: Path, held: dict[str, Shard], keys: dict[str, str]) -> None:
    names = {item.name for shard in held.values() for item in shard.items}
    if names and names.isdisjoint(keys):
        raise DatasetError(
            f"{place.parent}: holds clips of another data set ({min(names)}); choose another --output"
        )


def _results(
    outcomes: Iterator[Outcome[ShardGroup, GroupResult]],
    groups: Sequence[ShardGroup],
    progress: CountProgress | None,
) -> Iterator[GroupResult]:
    """What the workers say, and a failure for a group whose worker died again and again."""
    total, done = sum(len(group.clips) for group in groups), 0
    for outcome in outcomes:
        if outcome.result is not None:
            yield outcome.result
        elif isinstance(outcome.error, SeldkitError):
            yield GroupResult((), (str(outcome.error),), len(outcome.item.clips))
        elif outcome.error is not None:
            raise outcome.error
        done += len(outcome.item.clips)
        if progress is not None:
            progress(done, total)


def _finish(
    place: Path,
    settings: StoreSettings,
    wanted: Sequence[DatasetClip],
    keys: dict[str, str],
    todo: Sequence[ShardGroup],
    results: Sequence[GroupResult],
) -> Prepared:
    """Write the index over all that is there, and take away shards that nothing needs any longer."""
    held = shards_of(place)
    have = _items_by_key(held)
    clips = [_stored(clip, *have[keys[clip.name]]) for clip in wanted if keys[clip.name] in have]
    failures = tuple(line for result in results for line in result.failures)
    notes = tuple(line for result in results for line in result.notes)
    if not clips:
        first = failures[0] if failures else f"{place.parent}: no clip has a sound"
        raise DatasetError(first)
    needed = {clip.shard for clip in clips}
    for name, shard in held.items():
        if name not in needed:
            remove(shard.folder)
    ClassVocabulary(settings.classes).to_file(place / CLASSES_FILE)
    write_index(place, settings, clips)
    computed = sum(len(group.clips) for group in todo) - sum(result.lost for result in results)
    return Prepared(place, len(clips), computed, notes, failures)


def _stored(clip: DatasetClip, shard: Shard, item: Item) -> StoredClip:
    return StoredClip(
        name=clip.name,
        split=clip.split,
        fold=clip.parts.fold,
        room=clip.parts.room,
        frames=item.frames,
        windows=item.windows,
        shard=shard.folder.name,
        row=item.row,
        labelled="targets" in shard.arrays,
    )
