"""Prepared data sets as the clips of a stage."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import torch
from torch.utils.data import Dataset

from seldkit.accdoa import decode_targets
from seldkit.datasets import ClipName, open_dataset
from seldkit.datasets.preparation import prepare
from seldkit.datasets.store import FeatureStore, StoredClip
from seldkit.errors import SeldkitError
from seldkit.models import ModelConfig
from seldkit.registry import nearest
from seldkit.training.data import Clips, Example
from seldkit.training.settings import StageSettings, TrainingSettings

LEARNED: Final = ("train", None)
"""Splits that may be learned from; None is that of data sets which do not say."""

TESTED: Final = ("test", "eval")


class PreparedSources:
    """Gives each stage the clips of its data set, prepared into a store where they are not yet.

    datasets: folders by the name of the stage; "" for stages that are not named. store: the stores' folder.
    say: told what is worth knowing, a line at a time. Raises SeldkitError.
    """

    def __init__(
        self,
        datasets: Mapping[str, Path],
        store: Path,
        workers: int = 1,
        say: Callable[[str], None] = print,
    ) -> None:
        self.datasets, self.store, self.workers, self.say = datasets, store, workers, say

    def check(self, training: TrainingSettings) -> None:
        """Raise SeldkitError where a stage has no data set, or a data set no stage."""
        stages = [stage.name for stage in training.stages]
        for name in self.datasets:
            if name and name not in stages:
                raise SeldkitError(f"--data {name}=…: the recipe has no such stage; {nearest(name, stages)}")
        for name in stages:
            if name not in self.datasets and "" not in self.datasets:
                raise SeldkitError(f"stage '{name}': no data set; add --data {name}=FOLDER, or --data FOLDER")

    def __call__(self, config: ModelConfig, stage: StageSettings) -> Clips:
        """The clips that a stage may learn from."""
        folder = self.datasets.get(stage.name) or self.datasets[""]
        return StoredClips(self._prepared(folder, config), config)

    def test(self, folder: Path, config: ModelConfig) -> "StoredClips":
        """The labelled clips that a data set keeps for testing; all of them where it does not say."""
        store = self._prepared(folder, config)
        says = any(clip.split is not None for clip in store.clips)
        return StoredClips(store, config, TESTED if says else (None,))

    def _prepared(self, folder: Path, config: ModelConfig) -> FeatureStore:
        chosen = None if config.features.input == "stereo" else config.features.input
        index = open_dataset(folder, None, chosen)
        # One store for each data set: what lies in one is compared with its files again at every start.
        done = prepare(index, config, self.store / folder.resolve().name, workers=self.workers)
        for line in (*done.notes, *done.failures):
            self.say(line)
        return FeatureStore(done.folder, config)


class StoredClips(Dataset[Example]):
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
        clips = [clip for clip in self._store.clips for _ in range(clip.windows)]
        self.recordings: Sequence[str] = [_recording(clip) for clip in clips]
        self.rooms: Sequence[str] = [_room(clip) for clip in clips]

    def __len__(self) -> int:
        return len(self._store)

    def __getitem__(self, index: int) -> Example:
        item = self._store[index]
        assert item.targets is not None
        return Example(
            features=torch.from_numpy(item.features),
            targets=torch.from_numpy(item.targets),
            streams={name: torch.from_numpy(stream) for name, stream in item.streams.items()},
            truth=decode_targets(item.targets, self.config.elements, self.config.classes),
        )


def _recording(clip: StoredClip) -> str:
    """What the clip was cut from: its name without view and start, or the whole name."""
    parts = ClipName.of(clip.name.rsplit("/", 1)[-1])
    if parts.recording is None:
        return clip.name
    return f"fold {parts.fold}, room {parts.room}, mix {parts.recording}"


def _room(clip: StoredClip) -> str:
    return clip.name if clip.room is None else f"room {clip.room}"
