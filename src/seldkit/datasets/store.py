"""Feature stores: prepared features and targets with random access through memory maps."""

import json
from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from seldkit.datasets.shards import Shard, complete_shards
from seldkit.datasets.store_settings import StoreSettings
from seldkit.errors import DatasetError
from seldkit.files import replacing
from seldkit.models import ModelConfig
from seldkit.types import Floats32, Integers

INDEX_FILE: Final = "index.json"
"""File of a complete store with its settings and clips."""
SHARDS_FOLDER: Final = "shards"
"""Folder of the shards in a store."""
FEATURES_ARRAY: Final = "features"
"""Name of the array of features in a shard."""
TARGETS_ARRAY: Final = "targets"
"""Name of the array of targets in a shard."""
_FORMAT_VERSION: Final = 1


@dataclass(frozen=True)
class StoredClip:
    """A clip in a store.

    Attributes:
        name: Name of the clip, see `DatasetClip`.
        split: Split, or None.
        fold: Number of the fold, or None.
        room: Number of the room, or None.
        frames: Duration in frames of 100 ms.
        windows: Number of windows.
        shard: Name of the shard with the windows.
        row: Row of the first window in the shard.
        labelled: Whether the clip has targets.
    """

    name: str
    split: str | None
    fold: int | None
    room: int | None
    frames: int
    windows: int
    shard: str
    row: int
    labelled: bool


@dataclass(frozen=True, eq=False)
class Example:
    """A window of a clip.

    Attributes:
        features: Features before standardisation, see `FeatureStack.extract_raw`. Shape
            ``(channels, frames, bins)``, float32.
        targets: ADPIT targets; None if the clip has no labels. Shape
            ``(label frames, 6, 1 + elements, classes)``, float32.
        streams: Streams by name. Shape ``(time, dim)`` each, float32.
        name: Name of the clip.
        first_frame: First frame of the window in the clip, in frames of 100 ms.
        frames: Number of frames of the window that belong to the clip; the others are padding.
        swapped: For each channel swap except the identity, the streams that were computed from the swapped
            clip. Shape ``(time, dim)`` each, float32.
    """

    features: Floats32
    targets: Floats32 | None
    streams: Mapping[str, Floats32]
    name: str
    first_frame: int
    frames: int
    swapped: tuple[Mapping[str, Floats32], ...] = ()


class FeatureStore:
    """Prepared features and targets of a dataset: a map-style dataset for PyTorch data loaders.

    Each item is an `Example`, one window of a clip. Several processes can read the same store; it can be
    pickled.

    Args:
        folder: Folder that `prepare` has written.
        config: Configuration of the model. The folder can contain features for several configurations; those
            for this one are selected. None: the folder must contain features for one configuration only.

    Attributes:
        folder: Folder of the selected features.
        settings: Settings with which the features were computed.
        clips: The clips of the dataset.

    Raises:
        DatasetError: If the folder contains no matching store, or several.

    Examples:
        >>> store = FeatureStore("my-store", config).select(split="train")  # doctest: +SKIP
        >>> store[0].features.shape  # doctest: +SKIP
    """

    def __init__(self, folder: str | Path, config: ModelConfig | None = None) -> None:
        self.folder, self.settings = _find_store(Path(folder), config)
        self.clips = _read_clips(self.folder)
        self._maps: dict[tuple[str, str], NDArray[Any]] = {}
        self._ends = _window_ends(self.clips)
        self._swapped: tuple[Self | None, ...] = ()

    def __len__(self) -> int:
        """Number of windows."""
        return int(self._ends[-1]) if len(self._ends) else 0

    def __getitem__(self, index: int) -> Example:
        clip, window = self._locate(index)
        row, first = clip.row + window, window * self.settings.hop_frames
        return Example(
            features=self._read(clip.shard, FEATURES_ARRAY, row),
            targets=self._read(clip.shard, TARGETS_ARRAY, row) if clip.labelled else None,
            streams=self.streams(index),
            name=clip.name,
            first_frame=first,
            frames=min(self.settings.window_frames, clip.frames - first),
            swapped=tuple({} if other is None else other.streams(index) for other in self._swapped),
        )

    def streams(self, index: int) -> dict[str, Floats32]:
        """Reads the streams of a window, without features and targets.

        Args:
            index: Index of the window.

        Returns:
            Streams by name. Shape ``(time, dim)`` each.

        Raises:
            IndexError: If there is no such window.
        """
        clip, window = self._locate(index)
        return {
            name: self._read(clip.shard, f"stream-{name}", clip.row + window)
            for name in self.settings.streams
        }

    def with_swapped(self, stores: Sequence[Self | None]) -> Self:
        """Adds the streams of swapped clips.

        Args:
            stores: The store of each channel swap except the identity; None if no stream has to be computed
                for the swap.

        Returns:
            A store whose examples contain the streams of swapped clips.

        Raises:
            DatasetError: If a store does not contain the same windows.
        """
        names = {clip.name for clip in self.clips}
        swapped = tuple(None if other is None else other.select(names=names) for other in stores)
        windows = [(clip.name, clip.windows) for clip in self.clips]
        for other in swapped:
            if other is not None and windows != [(clip.name, clip.windows) for clip in other.clips]:
                raise DatasetError(
                    f"{other.folder}: expected the streams of all clips of {self.folder}, some are missing; "
                    "run seldkit prepare again"
                )
        return self._copy(self.clips, swapped)

    def select(
        self,
        split: str | None = None,
        folds: Collection[int] | None = None,
        rooms: Collection[int] | None = None,
        names: Collection[str] | None = None,
    ) -> Self:
        """Selects clips that meet all criteria.

        Args:
            split: Split. None: all.
            folds: Numbers of folds. None: all.
            rooms: Numbers of rooms. None: all.
            names: Names of clips. None: all.

        Returns:
            A store of the selected clips.
        """
        clips = tuple(
            clip
            for clip in self.clips
            if (split is None or clip.split == split)
            and (folds is None or clip.fold in folds)
            and (rooms is None or clip.room in rooms)
            and (names is None or clip.name in names)
        )
        kept = {clip.name for clip in clips}
        swapped = tuple(None if other is None else other.select(names=kept) for other in self._swapped)
        return self._copy(clips, swapped)

    def _copy(self, clips: tuple[StoredClip, ...], swapped: tuple[Self | None, ...]) -> Self:
        store = copy(self)
        store.clips, store._ends, store._swapped = clips, _window_ends(clips), swapped
        return store

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_maps": {}}

    def _locate(self, index: int) -> tuple[StoredClip, int]:
        """The clip to which a window belongs, and the number of the window in the clip."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"window {index} of {len(self)}")
        number = index % len(self)
        at = int(np.searchsorted(self._ends, number, side="right"))
        clip = self.clips[at]
        return clip, number - int(self._ends[at]) + clip.windows

    def _read(self, shard: str, name: str, row: int) -> Floats32:
        if (shard, name) not in self._maps:
            self._maps[shard, name] = Shard(self.folder / SHARDS_FOLDER / shard, (), ()).open(name)
        try:
            return np.array(self._maps[shard, name][row], np.float32)
        except IndexError:
            path = self.folder / SHARDS_FOLDER / shard
            count = len(self._maps[shard, name])
            raise DatasetError(
                f"{path}: expected the windows of the index, found fewer windows ({count}); "
                "run seldkit prepare again"
            ) from None


def write_index(place: Path, settings: StoreSettings, clips: Collection[StoredClip]) -> None:
    """Writes the index of a store, which marks the store as complete.

    Args:
        place: Folder of the store.
        settings: Settings of the store.
        clips: The clips.
    """
    content = {
        "format": _FORMAT_VERSION,
        "settings": asdict(settings),
        "clips": [asdict(clip) for clip in clips],
    }
    with replacing(place / INDEX_FILE) as temporary:
        temporary.write_text(json.dumps(content, allow_nan=False), encoding="utf-8")


def read_store_settings(place: Path) -> StoreSettings:
    """Reads the settings of a complete store.

    Args:
        place: Folder of the store.

    Returns:
        The settings.

    Raises:
        DatasetError: If the index cannot be read.
    """
    values = _read_index(place)["settings"]
    try:
        lists = {name: tuple(values[name]) for name in ("elements", "classes")}
        return StoreSettings(**{**values, **lists})
    except (KeyError, TypeError):
        raise DatasetError(
            f"{place / INDEX_FILE}: the settings cannot be read; run seldkit prepare again"
        ) from None


def read_shards(place: Path) -> dict[str, Shard]:
    """Lists the complete shards of a store.

    Args:
        place: Folder of the store.

    Returns:
        The shards by name.
    """
    return {shard.folder.name: shard for shard in complete_shards(place / SHARDS_FOLDER)}


def _find_store(folder: Path, config: ModelConfig | None) -> tuple[Path, StoreSettings]:
    if not folder.is_dir():
        raise DatasetError(f"{folder}: expected a feature store, found none; create it with seldkit prepare")
    places = [folder] if (folder / INDEX_FILE).exists() else _places(folder)
    stores = [(place, read_store_settings(place)) for place in places]
    if config is not None:
        stores = [(place, settings) for place, settings in stores if _is_compatible(settings, config)]
    if len(stores) == 1:
        return stores[0]
    if not stores:
        expected = "a feature store" if config is None else f"a feature store for '{config.name}'"
        raise DatasetError(
            f"{folder}: expected {expected}, found {len(places)} with other settings and "
            f"{len(_incomplete(folder))} incomplete; run seldkit prepare"
        )
    names = ", ".join(place.name for place, _ in stores)
    raise DatasetError(
        f"{folder}: expected one setting, found several ({names}); give the path of one of them"
    )


def _places(folder: Path) -> list[Path]:
    return sorted(path.parent for path in folder.glob(f"*/{INDEX_FILE}"))


def _is_compatible(settings: StoreSettings, config: ModelConfig) -> bool:
    """Whether a store contains what a model requires, whatever its hop and precision are."""
    required = StoreSettings.from_config(config, settings.kind, settings.hop_frames, settings.precision)
    return settings == replace(required, version=settings.version) and settings.version == required.version


def _incomplete(folder: Path) -> list[Path]:
    return [path for path in folder.glob(f"*/{SHARDS_FOLDER}") if not (path.parent / INDEX_FILE).exists()]


def _read_index(place: Path) -> dict[str, Any]:
    path = place / INDEX_FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != _FORMAT_VERSION:
            raise DatasetError(
                f"{path}: expected format {_FORMAT_VERSION}, got {content['format']!s:.20}; "
                "run seldkit prepare again"
            )
        return {"settings": dict(content["settings"]), "clips": list(content["clips"])}
    except (OSError, ValueError, KeyError, TypeError) as problem:
        reason = type(problem).__name__
        raise DatasetError(f"{path}: cannot be read ({reason}); run seldkit prepare again") from None


def _read_clips(place: Path) -> tuple[StoredClip, ...]:
    try:
        return tuple(StoredClip(**clip) for clip in _read_index(place)["clips"])
    except TypeError:
        raise DatasetError(
            f"{place / INDEX_FILE}: the clips cannot be read; run seldkit prepare again"
        ) from None


def _window_ends(clips: Collection[StoredClip]) -> Integers:
    return np.cumsum([clip.windows for clip in clips], dtype=np.int64)
