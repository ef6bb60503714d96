"""Preparation of a dataset: features and targets are computed in parallel and written to a store."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict, Unpack

from seldkit.classes import CLASSES_FILE, ClassVocabulary
from seldkit.datasets.augmentation.swap_effects import computed_streams
from seldkit.datasets.augmentation.swaps import Swap, swaps_for
from seldkit.datasets.clip_index import ClipIndex, DatasetClip
from seldkit.datasets.shard_groups import GroupResult, ShardGroup, ShardTask, group_clips, missing_clips
from seldkit.datasets.shards import Shard, ShardItem, remove_folder, remove_incomplete
from seldkit.datasets.store import (
    INDEX_FILE,
    SHARDS_FOLDER,
    FeatureStore,
    StoredClip,
    read_shards,
    write_index,
)
from seldkit.datasets.store_settings import Precision, StoreSettings, item_key
from seldkit.embeddings.image_degradation import Degradation
from seldkit.errors import DatasetError, ModelError, SeldkitError
from seldkit.files import locked
from seldkit.models import ModelConfig
from seldkit.models.bundled_weights import resolve_weight_paths
from seldkit.models.model_directory import CONFIG, model_file
from seldkit.models.yaml_file import read_yaml
from seldkit.parallel import Outcome, run
from seldkit.registry import nearest
from seldkit.types import CountProgress

SHARD_SECONDS: Final = 300.0
"""Approximate duration of the windows in a shard; an interrupted process computes at most one shard again."""
_RECIPE_SECTIONS: Final = ("about", "model", "training")
_LABEL_COLUMNS: Final = {"z": "elevation", "distance": "distance", "onscreen": "onscreen"}
"""Columns of the labels that elements of the targets require."""


@dataclass(frozen=True)
class PreparationResult:
    """Result of a preparation.

    Attributes:
        folder: Store of the setting, to be read by `FeatureStore`.
        clips: Number of clips in the store.
        computed: Number of clips that this run computed.
        notes: Messages for the user.
        failures: Errors of the clips that could not be prepared, one line each.
    """

    folder: Path
    clips: int
    computed: int
    notes: tuple[str, ...]
    failures: tuple[str, ...]


class PrepareOptions(TypedDict, total=False):
    """Options of `prepare` that also apply to the stores of swapped clips. See `prepare`."""

    workers: int
    cluster: str | None
    hop_frames: int | None
    precision: Precision
    shard_seconds: float
    progress: CountProgress | None


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
) -> PreparationResult:
    """Computes the features and targets of all clips with audio and writes them to a store.

    Each setting has its own folder in ``output``. Stored clips whose files have not changed are kept. An
    interrupted run is continued by the same call, and the resulting store is identical to that of an
    uninterrupted run. Clips that cannot be read are skipped and reported.

    Args:
        index: The dataset.
        config: Configuration of the model. Features are stored before standardisation.
        output: Folder of the stores.
        workers: Number of processes.
        cluster: Ray cluster to use instead of local processes, see `seldkit.parallel.run`.
        hop_frames: Distance between windows in frames of 100 ms. None: the length of a window.
        precision: Number format of the stored features.
        shard_seconds: Approximate duration of the windows in a shard, in seconds.
        progress: Called with the number of processed clips and the number of all clips to be processed.
        degradation: Degradation of the video frames. The store then contains only the visual streams.
        swap: Channel swap of audio and video frames. The store then contains only the streams that have to be
            computed from swapped clips, see `prepare_swapped`.

    Returns:
        The store and messages for the user.

    Raises:
        DatasetError: If dataset and model are incompatible, no clip can be prepared, or another process is
            writing to the same store.
    """
    settings = StoreSettings.from_config(config, index.kind, hop_frames, precision, degradation, swap)
    check_compatibility(index, config, settings)
    keys, unreadable = _clip_keys(index, settings)
    clips = [clip for clip in index if clip.name in keys]
    place = Path(output) / settings.key
    with locked(
        place / ".lock", f"{place}: another process is writing to this store; wait until it has ended"
    ):
        remove_incomplete(place / SHARDS_FOLDER)
        shards = read_shards(place)
        _require_same_dataset(place, shards, keys)
        missing = missing_clips(group_clips(clips, keys, settings, shard_seconds), _items_by_key(shards))
        if missing:
            (place / INDEX_FILE).unlink(missing_ok=True)
        task = ShardTask(place, index.layout, settings)
        results = [unreadable, *_group_results(run(task, missing, workers, cluster), missing, progress)]
        return _complete_store(place, settings, clips, keys, missing, results)


def prepare_swapped(
    index: ClipIndex, config: ModelConfig, output: str | Path, **options: Unpack[PrepareOptions]
) -> Iterator[tuple[Swap, PreparationResult | None]]:
    """Computes the streams of swapped clips for every channel swap except the identity.

    Each swap has its own store. There is one swap for stereo and there are seven for FOA; each requires as
    much time of the encoders as the original clips.

    Args:
        index: The dataset.
        config: Configuration of the model.
        output: Folder of the stores.
        **options: Options of `prepare`.

    Yields:
        The swap and its store, which is None if all streams can be derived from those of the original clips.

    Raises:
        DatasetError: As `prepare`.
    """
    for swap in swaps_for(config.features.input)[1:]:
        if computed_streams(config.embeddings, swap):
            yield swap, prepare(index, config, output, swap=swap, **options)
        else:
            yield swap, None


def add_swapped_streams(
    store: FeatureStore, index: ClipIndex, config: ModelConfig, **options: Unpack[PrepareOptions]
) -> FeatureStore:
    """Adds the streams of swapped clips to a store; missing streams are computed.

    Args:
        store: Store of the dataset.
        index: The dataset.
        config: Configuration of the model.
        **options: Options of `prepare`. Hop and precision are those of the store by default.

    Returns:
        The store with the streams of swapped clips.

    Raises:
        DatasetError: As `prepare`.
    """
    merged: PrepareOptions = {
        "hop_frames": store.settings.hop_frames,
        "precision": store.settings.precision,
    }
    merged.update(options)
    swapped = prepare_swapped(index, config, store.folder.parent, **merged)
    return store.with_swapped([None if one is None else FeatureStore(one.folder) for _, one in swapped])


def read_model_config(path: str | Path) -> ModelConfig:
    """Reads the configuration of a model.

    Args:
        path: Model directory, its ``config.yaml``, or a recipe, whose ``model`` section is read.

    Returns:
        The configuration.

    Raises:
        ModelError: If the file is missing or invalid.
    """
    path = Path(path)
    if path.is_dir():
        return resolve_weight_paths(ModelConfig.read(model_file(path, CONFIG)), path)
    if not path.exists():
        raise ModelError(f"{path}: expected a model directory or the YAML file of a recipe, found nothing")
    values = read_yaml(path)
    if "model" not in values:
        return ModelConfig.parse(values, path)
    for key in values:
        if key not in _RECIPE_SECTIONS:
            raise ModelError(f"{path}: unknown key '{key:.60}'; {nearest(key, _RECIPE_SECTIONS)}")
    if not isinstance(values["model"], dict):
        raise ModelError(f"{path}: model: expected the keys of a model configuration")
    return ModelConfig.parse(values["model"], f"{path}: model")


def check_compatibility(index: ClipIndex, config: ModelConfig, settings: StoreSettings) -> None:
    """Checks that a dataset has all that a model requires.

    Args:
        index: The dataset.
        config: Configuration of the model.
        settings: Settings of the store.

    Raises:
        DatasetError: If streams, video, audio channels or label columns are missing, or the hop is invalid.
    """
    unknown = [name for name in config.streams if name not in config.embeddings]
    if unknown:
        raise DatasetError(
            f"'{config.name}' requires the stream(s) {', '.join(unknown)}, but has no encoder for them; add "
            "the settings of the encoder to the recipe, or use an audio-only recipe"
        )
    if settings.uses_video and all(clip.video is None for clip in index):
        raise DatasetError(
            f"{index.root}: '{config.name}' requires video, but no clip has a video; add the videos, or use "
            "an audio-only recipe"
        )
    if index.input != config.features.input:
        hint = "convert it with seldkit stereo" if config.features.layout.folded else "use another recipe"
        raise DatasetError(
            f"{index.root}: expected {config.features.input} audio for '{config.name}', "
            f"found {index.input} audio; {hint}"
        )
    if not 1 <= settings.hop_frames <= settings.window_frames:
        raise DatasetError(
            f"expected a hop of 1 to {settings.window_frames} frames (the window), got {settings.hop_frames}"
        )
    for element, column in _LABEL_COLUMNS.items():
        available = column in index.layout.label_columns or not any(clip.metadata for clip in index)
        if element in config.elements and not available:
            raise DatasetError(
                f"{index.root}: '{config.name}' requires '{element}', which the labels of "
                f"{index.layout.title} do not contain; use a recipe without it"
            )


def _clip_keys(index: ClipIndex, settings: StoreSettings) -> tuple[dict[str, str], GroupResult]:
    """The key of each clip with audio, by name, and the errors of the clips that cannot be accessed."""
    keys: dict[str, str] = {}
    failures: list[str] = []
    for clip in index:
        if clip.audio is not None:
            try:
                keys[clip.name] = item_key(settings.key, clip, index, uses_video=settings.uses_video)
            except DatasetError as problem:
                failures.append(str(problem))
    return keys, GroupResult((), tuple(failures), 0)


def _items_by_key(shards: dict[str, Shard]) -> dict[str, tuple[Shard, ShardItem]]:
    return {item.key: (shard, item) for shard in shards.values() for item in shard.items}


def _require_same_dataset(place: Path, shards: dict[str, Shard], keys: dict[str, str]) -> None:
    names = {item.name for shard in shards.values() for item in shard.items}
    if names and names.isdisjoint(keys):
        raise DatasetError(
            f"{place.parent}: contains clips of another dataset ({min(names)}); use another --output"
        )


def _group_results(
    outcomes: Iterator[Outcome[ShardGroup, GroupResult]],
    groups: Sequence[ShardGroup],
    progress: CountProgress | None,
) -> Iterator[GroupResult]:
    """The results of the workers; a group whose worker was killed repeatedly is a failure."""
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


def _complete_store(
    place: Path,
    settings: StoreSettings,
    clips: Sequence[DatasetClip],
    keys: dict[str, str],
    computed: Sequence[ShardGroup],
    results: Sequence[GroupResult],
) -> PreparationResult:
    """Writes the index of all stored clips and removes the shards that are no longer used."""
    shards = read_shards(place)
    items = _items_by_key(shards)
    stored = [_stored_clip(clip, *items[keys[clip.name]]) for clip in clips if keys[clip.name] in items]
    failures = tuple(line for result in results for line in result.failures)
    notes = tuple(line for result in results for line in result.notes)
    if not stored:
        raise DatasetError(failures[0] if failures else f"{place.parent}: no clip has audio")
    used = {clip.shard for clip in stored}
    for name, shard in shards.items():
        if name not in used:
            remove_folder(shard.folder)
    ClassVocabulary(settings.classes).to_file(place / CLASSES_FILE)
    write_index(place, settings, stored)
    count = sum(len(group.clips) for group in computed) - sum(result.failed_clips for result in results)
    return PreparationResult(place, len(stored), count, notes, failures)


def _stored_clip(clip: DatasetClip, shard: Shard, item: ShardItem) -> StoredClip:
    return StoredClip(
        name=clip.name,
        split=clip.split,
        fold=clip.name_fields.fold,
        room=clip.name_fields.room,
        frames=item.frames,
        windows=item.windows,
        shard=shard.folder.name,
        row=item.row,
        labelled="targets" in shard.arrays,
    )
