"""Training clips, their split into training and validation, and batches."""

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
    """Data of one clip.

    Attributes:
        features: Features before standardization, ``(channels, frames, bins)``.
        targets: Targets, shape ``(label frames, 6, 1 + elements, classes)``.
        streams: Streams by name, each ``(time, dim)``.
        reference: Ground truth.
        swapped_streams: For each channel swap except the identity, the streams of the swapped clip, with the
            same shapes; empty if there are none.
    """

    features: Tensor
    targets: Tensor
    streams: Mapping[str, Tensor]
    reference: Annotations
    swapped_streams: Sequence[Mapping[str, Tensor]] = ()


class ClipDataset(Protocol):
    """Clips in a fixed order, with the groups that must not be split."""

    @property
    def recordings(self) -> Sequence[str]:
        """Name of the recording that each clip was cut from."""

    @property
    def rooms(self) -> Sequence[str]:
        """Name of the room of each clip."""

    def __len__(self) -> int:
        """Returns the number of clips."""

    def __getitem__(self, index: int) -> TrainingExample:
        """Returns one clip."""


class TrainingData(LightningDataModule):
    """Batches of one stage.

    Args:
        train: Training clips.
        validation: Validation clips, on which epochs are compared.
        training: Training settings of the recipe.
        stage: Settings of the stage.
        workers: Number of processes that read clips; 0 reads in the training process.
    """

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
        """Creates the loader of full training batches.

        Returns:
            Batches whose order depends on the seed and the epoch; processes share the clips.
        """
        sampler: DistributedSampler[TrainingExample] = DistributedSampler(
            self.train, self._process_count, self._rank, shuffle=True, seed=self.training.seed
        )
        batch = min(self.stage.batch, len(sampler))
        return self._loader(self.train, batch, sampler=sampler, drop_last=True)

    def val_dataloader(self) -> DataLoader[TrainingExample]:
        """Creates the loader of validation batches.

        Returns:
            Batches in which each clip occurs once over all processes.
        """
        own = range(self._rank, len(self.validation), self._process_count)  # type: ignore[arg-type]
        return self._loader(Subset(self.validation, own), self.stage.batch)

    @property
    def _process_count(self) -> int:
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
            collate_fn=collate,
            num_workers=self.workers,
            persistent_workers=self.workers > 0,
            **options,  # type: ignore[arg-type]
        )


def collate(examples: Sequence[TrainingExample]) -> Batch:
    """Stacks clips into a batch.

    Args:
        examples: Clips with equal shapes and the same streams.

    Returns:
        The batch; features and targets are float32.
    """
    names = examples[0].streams
    return Batch(
        features=torch.stack([example.features for example in examples]).float(),
        targets=torch.stack([example.targets for example in examples]).float(),
        streams={name: torch.stack([example.streams[name] for example in examples]) for name in names},
        references=[example.reference for example in examples],
        swapped_streams=[
            {name: torch.stack([stream[name] for stream in streams]) for name in streams[0]}
            for streams in zip(*(example.swapped_streams for example in examples), strict=True)
        ],
    )


def split_clips(
    clips: ClipDataset, training: TrainingSettings, source: str
) -> tuple[Subset[TrainingExample], Subset[TrainingExample]]:
    """Splits clips into training and validation so that no recording (or room) is in both.

    The side of a group depends only on its name and the recipe, so that additional data do not move groups.

    Args:
        clips: Clips of a stage.
        training: Training settings of the recipe.
        source: Name of the stage for error messages.

    Returns:
        Training clips and validation clips.

    Raises:
        SeldkitError: One side would be empty.
    """
    groups = clips.rooms if training.validation.by == "room" else clips.recordings
    held_out = {group for group in set(groups) if _hash_fraction(group) < training.validation.share}
    if not held_out:
        held_out = {min(set(groups), key=_hash_fraction)} if groups else set()
    validation = [index for index, group in enumerate(groups) if group in held_out]
    train = [index for index, group in enumerate(groups) if group not in held_out]
    if not train or not validation:
        raise SeldkitError(
            f"{source}: expected clips of at least two {training.validation.by}s, for training and "
            f"validation, got {len(set(groups))}; add data, or set training.validation.by"
        )
    return Subset(clips, train), Subset(clips, validation)  # type: ignore[arg-type]


def _hash_fraction(group: str) -> float:
    """A number in [0, 1) that depends only on the name and is evenly distributed."""
    return int.from_bytes(sha256(group.encode()).digest()[:8], "big") / 2**64
