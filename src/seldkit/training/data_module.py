"""Clips for training: which are learned from, which choose, and how they come in batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

import torch
from lightning.pytorch import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, DistributedSampler, Subset

from seldkit.annotations import Annotations
from seldkit.errors import SeldkitError
from seldkit.training.lightning_module import Batch
from seldkit.training.training_settings import StageSettings, TrainingSettings


@dataclass(frozen=True, eq=False)
class TrainingExample:
    """One clip: raw features (channels, frames, bins), targets (label frames, 6, 1 + elements, classes),
    streams (time, dim) by name, what it was labelled with, and of each swap of its sound but the first, that
    changes nothing, the streams that were computed from the swapped clip; empty where there are none."""

    features: Tensor
    targets: Tensor
    streams: Mapping[str, Tensor]
    truth: Annotations
    swapped: Sequence[Mapping[str, Tensor]] = ()


class ClipSource(Protocol):
    """A set of clips in a fixed order.

    recordings, rooms: of each clip; what was cut of one recording, or made in one room, has one name.
    """

    recordings: Sequence[str]
    rooms: Sequence[str]

    def __len__(self) -> int:
        """How many clips."""

    def __getitem__(self, index: int) -> TrainingExample:
        """One clip."""


class TrainingData(LightningDataModule):
    """A stage's clips as batches: `train` to learn from, `validation` to choose by."""

    def __init__(
        self,
        train: Dataset[TrainingExample],
        validation: Dataset[TrainingExample],
        training: TrainingSettings,
        stage: StageSettings,
        workers: int = 0,
    ) -> None:
        super().__init__()
        self.train, self.validation = train, validation
        self.training, self.stage, self.workers = training, stage, workers

    def train_dataloader(self) -> DataLoader[TrainingExample]:
        """Whole batches in an order that the seed and the epoch give, parted among the processes."""
        sampler: DistributedSampler[TrainingExample] = DistributedSampler(
            self.train, self._processes, self._rank, shuffle=True, seed=self.training.seed
        )
        batch = min(self.stage.batch, len(sampler))
        return self._loader(self.train, batch, sampler=sampler, drop_last=True)

    def val_dataloader(self) -> DataLoader[TrainingExample]:
        """Every clip once, in all processes together."""
        own = range(self._rank, len(self.validation), self._processes)  # type: ignore[arg-type]
        return self._loader(Subset(self.validation, own), self.stage.batch)

    @property
    def _processes(self) -> int:
        return self.trainer.world_size if self.trainer else 1

    @property
    def _rank(self) -> int:
        return self.trainer.global_rank if self.trainer else 0

    def _loader(
        self, clips: Dataset[TrainingExample], batch: int, **options: object
    ) -> DataLoader[TrainingExample]:
        return DataLoader(
            clips,
            batch_size=batch,
            collate_fn=collated,
            num_workers=self.workers,
            persistent_workers=self.workers > 0,
            **options,  # type: ignore[arg-type]
        )


def collated(examples: Sequence[TrainingExample]) -> Batch:
    """Clips side by side."""
    names = examples[0].streams
    return Batch(
        features=torch.stack([example.features for example in examples]).float(),
        targets=torch.stack([example.targets for example in examples]).float(),
        streams={name: torch.stack([example.streams[name] for example in examples]) for name in names},
        truth=[example.truth for example in examples],
        swapped=[
            {name: torch.stack([stream[name] for stream in streams]) for name in streams[0]}
            for streams in zip(*(example.swapped for example in examples), strict=True)
        ],
    )


def parted(
    clips: ClipSource, training: TrainingSettings, source: str
) -> tuple[Subset[TrainingExample], Subset[TrainingExample]]:
    """The clips to learn from and those to choose by: no recording (or room) is in both.

    Which group goes where depends on its name and the recipe alone, so that more data move no group. Raises
    SeldkitError where one side would be empty.
    """
    groups = clips.rooms if training.validation.by == "room" else clips.recordings
    held = {group for group in set(groups) if _place(group) < training.validation.share}
    if not held:
        held = {min(set(groups), key=_place)} if groups else set()
    validation = [index for index, group in enumerate(groups) if group in held]
    train = [index for index, group in enumerate(groups) if group not in held]
    if not train or not validation:
        raise SeldkitError(
            f"{source}: expected clips of two {training.validation.by}s or more, to learn and to choose by, "
            f"got {len(set(groups))}; add data, or set training.validation.by"
        )
    return Subset(clips, train), Subset(clips, validation)  # type: ignore[arg-type]


def _place(group: str) -> float:
    """A number of 0 to 1 that the name gives, evenly spread."""
    return int.from_bytes(sha256(group.encode()).digest()[:8], "big") / 2**64
