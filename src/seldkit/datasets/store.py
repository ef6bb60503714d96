"""Prepared features and targets, read at random from memory maps."""

import json
from collections.abc import Collection, Mapping, Sequence
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
SHARDS_FOLDER: Final = "shards"
FEATURES_ARRAY: Final = "features"
TARGETS_ARRAY: Final = "targets"
_FORMAT_VERSION: Final = 1


@dataclass(frozen=True)
class StoredClip:
    """A clip of a store: what the data set says of it, and where its windows lie.

    frames: its length in 100 ms label frames. windows: how many. shard and row: where the first one lies.
    labelled: whether it has targets.
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
    """One window of a clip, as a model takes it.

    features: raw, as `FeatureStack.raw` gives them, (feature channels, feature frames, bins). targets: ADPIT,
    (label frames, 6, 1 + elements, classes); None where the clip has no labels. streams: each (time, dim).
    name: the clip's. first_frame: where in the clip the window begins; frames: how many of its label frames
    are the clip's, the rest being silence that was added. swapped: of each swap of the sound, without the
    first, which changes nothing, the streams that were computed from the swapped clip.
    """

    features: Floats32
    targets: Floats32 | None
    streams: Mapping[str, Floats32]
    name: str
    first_frame: int
    frames: int
    swapped: tuple[Mapping[str, Floats32], ...] = ()


class FeatureStore:
    """The prepared windows of a data set, with the length and items that PyTorch's data loaders want.

        store = FeatureStore("my-store", config).select(split="train")
        store[0].features  # (channels, frames, bins)

    folder: where `prepare` wrote. config: the model that will read; its settings choose what is read, so that
    features of other settings never are. Without one, the folder must hold those of one setting only.
    Several processes can read one store; a pickled store opens its maps anew. Raises DatasetError.
    """

    def __init__(self, folder: str | Path, config: ModelConfig | None = None) -> None:
        place, self.settings = _find(Path(folder), config)
        self.folder = place
        self.clips = _read_clips(place)
        self._maps: dict[tuple[str, str], NDArray[Any]] = {}
        self._ends = _ends(self.clips)
        self._swapped: tuple[Self | None, ...] = ()

    def __len__(self) -> int:
        """The number of windows."""
        return int(self._ends[-1]) if len(self._ends) else 0

    def __getitem__(self, index: int) -> Example:
        """One window; IndexError beyond the last."""
        clip, window = self._place(index)
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
        """The streams of one window, each (time, dim); all that a store of degraded pictures holds."""
        clip, window = self._place(index)
        return {
            name: self._read(clip.shard, f"stream-{name}", clip.row + window)
            for name in self.settings.streams
        }

    def with_swapped(self, stores: Sequence[Self | None]) -> Self:
        """The same whose items also hold the streams of swapped clips.

        stores: of each swap of the sound without the first, or None where nothing has to be computed. Raises
        DatasetError where one holds other windows.
        """
        names = {clip.name for clip in self.clips}
        chosen = tuple(None if other is None else other.select(names=names) for other in stores)
        windows = [(clip.name, clip.windows) for clip in self.clips]
        for other in chosen:
            if other is not None and windows != [(clip.name, clip.windows) for clip in other.clips]:
                raise DatasetError(
                    f"{other.folder}: lacks streams of clips that are in {self.folder}; prepare again"
                )
        whole = self.select()
        whole._swapped = chosen
        return whole

    def select(
        self,
        split: str | None = None,
        folds: Collection[int] | None = None,
        rooms: Collection[int] | None = None,
        names: Collection[str] | None = None,
    ) -> Self:
        """The store of some clips only."""
        kept = tuple(
            clip
            for clip in self.clips
            if (split is None or clip.split == split)
            and (folds is None or clip.fold in folds)
            and (rooms is None or clip.room in rooms)
            and (names is None or clip.name in names)
        )
        part = type(self).__new__(type(self))
        swapped = tuple(
            None if other is None else other.select(names={clip.name for clip in kept})
            for other in self._swapped
        )
        part.__dict__ |= {**self.__dict__, "clips": kept, "_ends": _ends(kept), "_swapped": swapped}
        return part

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_maps": {}}

    def _place(self, index: int) -> tuple[StoredClip, int]:
        """The clip that a window belongs to, and which of the clip's windows it is."""
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
            raise DatasetError(f"{path}: holds fewer windows than its index says; prepare again") from None


def write_index(place: Path, settings: StoreSettings, clips: Collection[StoredClip]) -> None:
    """Say that a store is complete, and what it holds."""
    content = {
        "format": _FORMAT_VERSION,
        "settings": asdict(settings),
        "clips": [asdict(clip) for clip in clips],
    }
    with replacing(place / INDEX_FILE) as temporary:
        temporary.write_text(json.dumps(content, allow_nan=False), encoding="utf-8")


def read_store_settings(place: Path) -> StoreSettings:
    """The settings of a complete store of one setting. Raises DatasetError."""
    values = _read_index(place)["settings"]
    return _settings(values, place)


def read_shards(place: Path) -> dict[str, Shard]:
    """The whole shards of a store of one setting, by name."""
    return {shard.folder.name: shard for shard in complete_shards(place / SHARDS_FOLDER)}


def _find(folder: Path, config: ModelConfig | None) -> tuple[Path, StoreSettings]:
    if not folder.is_dir():
        raise DatasetError(
            f"{folder}: expected a store of features, found none; make it with seldkit prepare"
        )
    places = (
        [folder]
        if (folder / INDEX_FILE).exists()
        else sorted(p.parent for p in folder.glob(f"*/{INDEX_FILE}"))
    )
    found = [(place, read_store_settings(place)) for place in places]
    if config is not None:
        found = [(place, held) for place, held in found if _serves(held, config)]
    if len(found) == 1:
        return found[0]
    if not found:
        wanted = "features" if config is None else f"features as '{config.name}' wants them"
        raise DatasetError(
            f"{folder}: expected a store with {wanted}, found {len(places)} of other settings and "
            f"{len(_unfinished(folder))} unfinished; run seldkit prepare (again)"
        )
    names = ", ".join(place.name for place, _ in found)
    raise DatasetError(
        f"{folder}: holds features of several settings ({names}); give one of these folders in it"
    )


def _serves(held: StoreSettings, config: ModelConfig) -> bool:
    """Whether a store holds what a model wants, however far apart and exact its windows are."""
    wanted = StoreSettings.from_config(config, held.kind, held.hop_frames, held.precision)
    return held == replace(wanted, version=held.version) and held.version == wanted.version


def _unfinished(folder: Path) -> list[Path]:
    return [path for path in folder.glob(f"*/{SHARDS_FOLDER}") if not (path.parent / INDEX_FILE).exists()]


def _read_index(place: Path) -> dict[str, Any]:
    path = place / INDEX_FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != _FORMAT_VERSION:
            raise DatasetError(
                f"{path}: expected format {_FORMAT_VERSION}, got {content['format']!s:.20}; prepare again"
            )
        return {"settings": dict(content["settings"]), "clips": list(content["clips"])}
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise DatasetError(f"{path}: cannot be read ({type(problem).__name__}); prepare again") from None


def _settings(values: dict[str, Any], place: Path) -> StoreSettings:
    try:
        lists = {name: tuple(values[name]) for name in ("elements", "classes")}
        return StoreSettings(**{**values, **lists})
    except (KeyError, TypeError):
        raise DatasetError(f"{place / INDEX_FILE}: its settings cannot be read; prepare again") from None


def _read_clips(place: Path) -> tuple[StoredClip, ...]:
    try:
        return tuple(StoredClip(**clip) for clip in _read_index(place)["clips"])
    except TypeError:
        raise DatasetError(f"{place / INDEX_FILE}: its clips cannot be read; prepare again") from None


def _ends(clips: Collection[StoredClip]) -> Integers:
    return np.cumsum([clip.windows for clip in clips], dtype=np.int64)
