"""Prepared data sets as the clips of a stage."""

from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch
from torch.utils.data import Dataset

from seldkit.accdoa import decode_targets
from seldkit.annotations import Annotations
from seldkit.datasets import ClipIndex, ClipName, open_for_model
from seldkit.datasets.preparation import add_swapped_streams, prepare
from seldkit.datasets.store import FeatureStore, StoredClip
from seldkit.embeddings.image_degradation import Degradation
from seldkit.errors import SeldkitError
from seldkit.models import ModelConfig
from seldkit.registry import nearest
from seldkit.training.data_module import ClipSource, TrainingExample
from seldkit.training.training_settings import StageSettings, TrainingSettings

LEARNED: Final = ("train", None)
"""Splits that may be learned from; None is that of data sets which do not say."""

TESTED: Final = ("test", "eval")


class PreparedSources:
    """Gives each stage the clips of its data set, prepared into a store where they are not yet.

    datasets: folders by the name of the stage; "" for stages that are not named. store: the stores' folder.
    say: told what is worth knowing, a line at a time. tests: folders that `test` will be asked for, so that
    data sets of one name in several places get stores of their own. Raises SeldkitError.
    """

    def __init__(
        self,
        datasets: Mapping[str, Path],
        store: Path,
        workers: int = 1,
        say: Callable[[str], None] = print,
        tests: Collection[Path] = (),
    ) -> None:
        self.datasets, self.store, self.workers, self.say = datasets, store, workers, say
        self._swaps = False
        self._folders = {folder.resolve() for folder in (*datasets.values(), *tests)}

    def check(self, training: TrainingSettings) -> None:
        """Raise SeldkitError where a stage has no data set, or a data set no stage."""
        stages = [stage.name for stage in training.stages]
        for name in self.datasets:
            if name and name not in stages:
                raise SeldkitError(f"--data {name}=…: the recipe has no such stage; {nearest(name, stages)}")
        for name in stages:
            if name not in self.datasets and "" not in self.datasets:
                raise SeldkitError(f"stage '{name}': no data set; add --data {name}=FOLDER, or --data FOLDER")

    def __call__(self, config: ModelConfig, stage: StageSettings) -> ClipSource:
        """The clips that a stage may learn from."""
        folder = self.folder(stage)
        store = self._prepared(folder, config)
        if self._swaps and config.embeddings:
            store = add_swapped_streams(store, _opened(folder, config), config, workers=self.workers)
        return StoredClips(store, config)

    def swapping(self, swaps: bool) -> Self:
        """The same, whose stages also get the streams of clips with swapped channels where `swaps`."""
        other = copy(self)
        other._swaps = swaps
        return other

    def folder(self, stage: StageSettings) -> Path:
        """The data set of a stage."""
        return self.datasets.get(stage.name) or self.datasets[""]

    def test(self, folder: Path, config: ModelConfig) -> "StoredClips":
        """The labelled clips that a data set keeps for testing; all of them where it does not say."""
        store = self._prepared(folder, config)
        says = any(clip.split is not None for clip in store.clips)
        return StoredClips(store, config, TESTED if says else (None,))

    def validation(self, folder: Path, config: ModelConfig) -> "StoredClips":
        """The labelled clips that a data set keeps for validation; all but the test's where it keeps none."""
        store = self._prepared(folder, config)
        says = any(clip.split == "validation" for clip in store.clips)
        return StoredClips(store, config, ("validation",) if says else LEARNED)

    def degraded(
        self, folder: Path, config: ModelConfig, degradation: Degradation, names: Collection[str]
    ) -> FeatureStore:
        """The streams of some clips' degraded pictures, and nothing else."""
        index = _opened(folder, config)
        some = replace(index, clips=tuple(clip for clip in index if clip.name in names))
        return FeatureStore(self._made(some, config, degradation))

    def _prepared(self, folder: Path, config: ModelConfig) -> FeatureStore:
        return FeatureStore(self._made(_opened(folder, config), config), config)

    def _made(self, index: ClipIndex, config: ModelConfig, degradation: Degradation | None = None) -> Path:
        """The store of a data set's clips."""
        # One store for each data set: what lies in one is compared with its files again at every start.
        place = self.store / self._name(index.root.resolve())
        done = prepare(index, config, place, workers=self.workers, degradation=degradation)
        for line in (*done.notes, *done.failures):
            self.say(line)
        return done.folder

    def _name(self, folder: Path) -> str:
        """The folder's own name, and something of its path where another one has the same."""
        if all(other == folder or other.name != folder.name for other in self._folders):
            return folder.name
        return f"{folder.name}-{sha256(str(folder).encode()).hexdigest()[:8]}"


class StoredClips(Dataset[TrainingExample]):
    """The labelled windows of some splits of a store.

    By default what may be learned from: nothing that the data set keeps for testing. Raises SeldkitError
    where there is none.
    """

    def __init__(
        self, store: FeatureStore, config: ModelConfig, splits: Sequence[str | None] = LEARNED
    ) -> None:
        self.config = config
        self._store = store.select(
            names=[clip.name for clip in store.clips if clip.labelled and clip.split in splits]
        )
        if not len(self._store):
            raise SeldkitError(
                f"{store.folder}: expected labelled clips for {splits[0] or 'testing'}, found none; "
                "the folders or folds of the data set say which clips are for what"
            )
        self._describe()

    def _describe(self) -> None:
        clips = [clip for clip in self._store.clips for _ in range(clip.windows)]
        self.names: Sequence[str] = [clip.name for clip in clips]
        self.recordings: Sequence[str] = [recording_of(clip) for clip in clips]
        self.rooms: Sequence[str] = [_room(clip) for clip in clips]

    @property
    def clips(self) -> tuple[StoredClip, ...]:
        """The clips, whole; `names`, `recordings` and `rooms` are those of their windows."""
        return self._store.clips

    def only(self, names: Collection[str]) -> Self:
        """The windows of some clips."""
        part = type(self).__new__(type(self))
        part.config, part._store = self.config, self._store.select(names=names)
        part._describe()
        return part

    def whole(self, windows: Sequence[Annotations]) -> list[Annotations]:
        """The clips' annotations, from those of all windows; what windows add to a clip's length is cut."""
        ends = np.cumsum([clip.windows for clip in self.clips])
        hop = self._store.settings.hop_frames
        found = []
        for clip, end in zip(self.clips, ends.tolist(), strict=True):
            parts = windows[end - clip.windows : end]
            length = max(number * hop + part.frame_count for number, part in enumerate(parts))
            joined = Annotations.concatenate(
                [(number * hop, part) for number, part in enumerate(parts)], length
            )
            found.append(joined.with_frame_count(clip.frames))
        return found

    def __len__(self) -> int:
        return len(self._store)

    def __getitem__(self, index: int) -> TrainingExample:
        item = self._store[index]
        assert item.targets is not None
        return TrainingExample(
            features=torch.from_numpy(item.features),
            targets=torch.from_numpy(item.targets),
            streams={name: torch.from_numpy(stream) for name, stream in item.streams.items()},
            truth=decode_targets(item.targets, self.config.elements, self.config.classes),
            swapped=[
                {name: torch.from_numpy(stream) for name, stream in streams.items()}
                for streams in item.swapped
            ],
        )


def _opened(folder: Path, config: ModelConfig) -> ClipIndex:
    return open_for_model(folder, config.features)


def recording_of(clip: StoredClip) -> str:
    """What the clip was cut from: its name without view and start, or the whole name."""
    parts = ClipName.from_stem(clip.name.rsplit("/", 1)[-1])
    if parts.recording is None:
        return clip.name
    return f"fold {parts.fold}, room {parts.room}, mix {parts.recording}"


def _room(clip: StoredClip) -> str:
    return clip.name if clip.room is None else f"room {clip.room}"
