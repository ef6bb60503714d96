"""Datasets as the clips of training stages, prepared in feature stores."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
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
from seldkit.training.data_module import ClipDataset, TrainingExample
from seldkit.training.training_settings import StageSettings, TrainingSettings

TRAIN_SPLITS: Final = ("train", None)
"""Splits for training; None is the split of datasets without splits."""

TEST_SPLITS: Final = ("test", "eval")


@dataclass(frozen=True)
class PreparedSources:
    """Prepares the datasets of training stages in feature stores and returns their clips.

    Attributes:
        datasets: Dataset folders by name of the stage; "" for all other stages.
        store: Folder of the feature stores.
        workers: Number of processes that prepare clips.
        log: Called with each message, one line.
        tests: Folders that will be passed to `test`, so that datasets with the same folder name get different
            stores.
        swaps: Whether the clips also contain the streams of clips with swapped channels.
    """

    datasets: Mapping[str, Path]
    store: Path
    workers: int = 1
    log: Callable[[str], None] = print
    tests: Collection[Path] = ()
    swaps: bool = False

    def check(self, training: TrainingSettings) -> None:
        """Checks that each stage has a dataset and each dataset a stage.

        Args:
            training: Training settings of a recipe.

        Raises:
            SeldkitError: A dataset or a stage is missing.
        """
        stages = [stage.name for stage in training.stages]
        for name in self.datasets:
            if name and name not in stages:
                raise SeldkitError(f"--data {name}=…: the recipe has no such stage; {nearest(name, stages)}")
        for name in stages:
            if name not in self.datasets and "" not in self.datasets:
                raise SeldkitError(f"stage '{name}': no dataset; add --data {name}=FOLDER, or --data FOLDER")

    def __call__(self, config: ModelConfig, stage: StageSettings) -> ClipDataset:
        """Returns the training and validation clips of a stage.

        Args:
            config: Configuration of the model in this stage.
            stage: Settings of the stage.

        Returns:
            Labelled clips that are not test clips.

        Raises:
            SeldkitError: The dataset cannot be read or has no such clips.
        """
        folder = self.folder(stage)
        store = self._prepare(folder, config)
        if self.swaps and config.embeddings:
            store = add_swapped_streams(store, _open(folder, config), config, workers=self.workers)
        return StoredClips.from_splits(store, config)

    def with_swaps(self, swaps: bool) -> Self:
        """Includes or excludes the streams of swapped clips.

        Args:
            swaps: Whether the clips contain the streams of clips with swapped channels.

        Returns:
            The same sources with this setting.
        """
        return replace(self, swaps=swaps)

    def folder(self, stage: StageSettings) -> Path:
        """Finds the dataset of a stage.

        Args:
            stage: Settings of the stage.

        Returns:
            Folder of the dataset.
        """
        return self.datasets.get(stage.name) or self.datasets[""]

    def test(self, folder: Path, config: ModelConfig) -> "StoredClips":
        """Prepares the test clips of a dataset.

        Args:
            folder: Dataset folder.
            config: Configuration of the model.

        Returns:
            Labelled test clips, or all labelled clips of a dataset without splits.

        Raises:
            SeldkitError: The dataset cannot be read or has no such clips.
        """
        store = self._prepare(folder, config)
        has_splits = any(clip.split is not None for clip in store.clips)
        return StoredClips.from_splits(store, config, TEST_SPLITS if has_splits else (None,))

    def validation(self, folder: Path, config: ModelConfig) -> "StoredClips":
        """Prepares the validation clips of a dataset.

        Args:
            folder: Dataset folder.
            config: Configuration of the model.

        Returns:
            Labelled validation clips, or all labelled clips but the test clips if it has none.

        Raises:
            SeldkitError: The dataset cannot be read or has no such clips.
        """
        store = self._prepare(folder, config)
        has_validation = any(clip.split == "validation" for clip in store.clips)
        return StoredClips.from_splits(store, config, ("validation",) if has_validation else TRAIN_SPLITS)

    def degraded(
        self, folder: Path, config: ModelConfig, degradation: Degradation, names: Collection[str]
    ) -> FeatureStore:
        """Computes the streams of clips with degraded video frames.

        Args:
            folder: Dataset folder.
            config: Configuration of the model.
            degradation: Kind and strength of the degradation.
            names: Names of the clips.

        Returns:
            A store with visual streams only.
        """
        index = _open(folder, config)
        selected = replace(index, clips=tuple(clip for clip in index if clip.name in names))
        return FeatureStore(self._prepare_index(selected, config, degradation))

    def _prepare(self, folder: Path, config: ModelConfig) -> FeatureStore:
        return FeatureStore(self._prepare_index(_open(folder, config), config), config)

    def _prepare_index(
        self, index: ClipIndex, config: ModelConfig, degradation: Degradation | None = None
    ) -> Path:
        # Each dataset has its own store: a store is compared with the files of its dataset at every start.
        folder = self.store / self._store_name(index.root.resolve())
        prepared = prepare(index, config, folder, workers=self.workers, degradation=degradation)
        for line in (*prepared.notes, *prepared.failures):
            self.log(line)
        return prepared.folder

    def _store_name(self, folder: Path) -> str:
        """The folder's name, with a hash of its path if another dataset has the same name."""
        folders = {path.resolve() for path in (*self.datasets.values(), *self.tests)}
        if all(other == folder or other.name != folder.name for other in folders):
            return folder.name
        return f"{folder.name}-{sha256(str(folder).encode()).hexdigest()[:8]}"


@dataclass(frozen=True, eq=False)
class StoredClips(Dataset[TrainingExample]):
    """Labelled windows of a feature store.

    Attributes:
        store: Store whose clips are all labelled.
        config: Configuration of the model.
    """

    store: FeatureStore
    config: ModelConfig

    @classmethod
    def from_splits(
        cls, store: FeatureStore, config: ModelConfig, splits: Sequence[str | None] = TRAIN_SPLITS
    ) -> Self:
        """Selects the labelled clips of some splits.

        Args:
            store: Feature store of a dataset.
            config: Configuration of the model.
            splits: Names of the splits; by default all that are not for testing.

        Returns:
            The clips.

        Raises:
            SeldkitError: There are no such clips.
        """
        selected = store.select(
            names=[clip.name for clip in store.clips if clip.labelled and clip.split in splits]
        )
        if not len(selected):
            raise SeldkitError(
                f"{store.folder}: expected labelled clips for {splits[0] or 'testing'}, found none; "
                "the folders or folds of the dataset determine the split of each clip"
            )
        return cls(selected, config)

    @property
    def clips(self) -> tuple[StoredClip, ...]:
        """The clips; each has one or more windows."""
        return self.store.clips

    @cached_property
    def names(self) -> Sequence[str]:
        """Clip name of each window."""
        return [clip.name for clip in self._window_clips]

    @cached_property
    def recordings(self) -> Sequence[str]:
        """Recording of each window."""
        return [recording_of(clip) for clip in self._window_clips]

    @cached_property
    def rooms(self) -> Sequence[str]:
        """Room of each window; the clip name if the room is unknown."""
        return [_room(clip) for clip in self._window_clips]

    @property
    def _window_clips(self) -> list[StoredClip]:
        """The clip of each window."""
        return [clip for clip in self.clips for _ in range(clip.windows)]

    def select(self, names: Collection[str]) -> Self:
        """Selects clips by name.

        Args:
            names: Names of clips.

        Returns:
            The windows of these clips.
        """
        return replace(self, store=self.store.select(names=names))

    def merge_windows(self, windows: Sequence[Annotations]) -> list[Annotations]:
        """Merges the annotations of windows to those of whole clips.

        Args:
            windows: Annotations of all windows, in order.

        Returns:
            Annotations of the clips; frames after the end of a clip are removed.
        """
        ends = np.cumsum([clip.windows for clip in self.clips])
        hop = self.store.settings.hop_frames
        merged = []
        for clip, end in zip(self.clips, ends.tolist(), strict=True):
            parts = windows[end - clip.windows : end]
            length = max(number * hop + part.frame_count for number, part in enumerate(parts))
            whole = Annotations.concatenate(
                [(number * hop, part) for number, part in enumerate(parts)], length
            )
            merged.append(whole.with_frame_count(clip.frames))
        return merged

    def __len__(self) -> int:
        return len(self.store)

    def __getitem__(self, index: int) -> TrainingExample:
        item = self.store[index]
        assert item.targets is not None
        return TrainingExample(
            features=torch.from_numpy(item.features),
            targets=torch.from_numpy(item.targets),
            streams={name: torch.from_numpy(stream) for name, stream in item.streams.items()},
            reference=decode_targets(item.targets, self.config.elements, self.config.classes),
            swapped_streams=[
                {name: torch.from_numpy(stream) for name, stream in streams.items()}
                for streams in item.swapped
            ],
        )


def _open(folder: Path, config: ModelConfig) -> ClipIndex:
    return open_for_model(folder, config.features)


def recording_of(clip: StoredClip) -> str:
    """Returns the name of the recording that a clip was cut from.

    Args:
        clip: Clip of a store.

    Returns:
        The name without view and start for names in the DCASE format, else the whole name.
    """
    parts = ClipName.from_stem(clip.name.rsplit("/", 1)[-1])
    if parts.recording is None:
        return clip.name
    return f"fold {parts.fold}, room {parts.room}, mix {parts.recording}"


def _room(clip: StoredClip) -> str:
    return clip.name if clip.room is None else f"room {clip.room}"
