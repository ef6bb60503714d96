"""Training section of a recipe: stages, optimizers, schedules, loss, augmentation and validation."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from seldkit.settings import Settings, registered
from seldkit.training.schedules import SCHEDULES, ConstantSettings, ScheduleSettings

Positive = Annotated[float, Field(gt=0.0)]
Weight = Annotated[float, Field(ge=0.0)]
Count = Annotated[int, Field(ge=0)]
StageName = Annotated[str, Field(max_length=60, pattern=r"^[a-z0-9][a-z0-9-]*$")]


class OptimizerSettings(Settings):
    """Optimizer of a stage.

    Attributes:
        name: "adam" or "adamw".
        learning_rate: Highest learning rate of the schedule, above 0.
        weight_decay: Weight decay, from 0.
    """

    name: Literal["adam", "adamw"] = "adamw"
    learning_rate: Positive = 1e-3
    weight_decay: Weight = 0.0


class LossSettings(Settings):
    """Weights of `seldkit.accdoa.AdpitLoss`; the defaults are those of the DCASE 2025 baseline.

    Attributes:
        distance_weight: Weight of the distance error, at least 0.
        onscreen_weight: Weight of the on-screen error, at least 0.
        mask_onscreen: Whether the on-screen error counts active tracks only.
    """

    distance_weight: Weight = 1.0
    onscreen_weight: Weight = 1.0
    mask_onscreen: bool = False


class AugmentationSettings(Settings):
    """Augmentation of training clips.

    Attributes:
        swaps: Whether a random exact channel swap is applied to each clip in each epoch: two for stereo (left
            and right exchanged or not), eight for FOA. Streams are those of the swapped clip.
        mask_bins: Largest number of masked mel bins (SpecAugment, Park et al. 2019).
        mask_frames: Largest number of masked feature frames.
    """

    swaps: bool = False
    mask_bins: Count = 0
    mask_frames: Count = 0


class ValidationSettings(Settings):
    """Part of the training folds that selects epochs and thresholds. Test folds are never used for this.

    Attributes:
        by: Group that is not split: "recording" or "room".
        share: Approximate fraction of the groups, between 0 and 1.
        thresholds: "fixed" keeps those of the configuration; "per-class" selects the threshold with the best
            F-score for each class.
    """

    by: Literal["recording", "room"] = "recording"
    share: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.1
    thresholds: Literal["fixed", "per-class"] = "fixed"


class StageSettings(Settings):
    """One stage of training. The next stage starts from its weights.

    Attributes:
        name: Name, unique in the recipe.
        epochs: Largest number of epochs.
        batch: Number of clips per batch.
        optimizer: Optimizer.
        schedule: Learning rate schedule.
        precision: Floating point precision, as in Lightning.
        streams: Streams in the data of this stage; None for all streams of the model.
        average: Decay per step of the exponential moving average of the weights, from 0 to 1; 0 for none.
        clip_norm: Largest norm of the gradient; 0 for no limit.
        patience: Number of epochs without a better F-score after which the stage ends; 0 for no limit.
        freeze: Parts of the model that are not trained.
    """

    name: StageName
    epochs: Annotated[int, Field(ge=1, le=100_000)]
    batch: Annotated[int, Field(ge=1, le=100_000)] = 32
    optimizer: OptimizerSettings = OptimizerSettings()
    schedule: Annotated[ScheduleSettings, registered(SCHEDULES)] = ConstantSettings()
    precision: Literal["32", "16-mixed", "bf16-mixed"] = "32"
    streams: Annotated[tuple[str, ...] | None, Field(strict=False)] = None
    average: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    clip_norm: Weight = 0.0
    patience: Count = 0
    freeze: Annotated[
        tuple[Literal["encoder", "fusion", "head"], ...], Field(strict=False, max_length=3)
    ] = ()


class TrainingSettings(Settings):
    """Training section of a recipe.

    Attributes:
        seed: Random seed.
        loss: Weights of the loss.
        augmentation: Augmentation of training clips.
        validation: Choice of validation clips and thresholds.
        stages: Stages in order, 1 to 16.
    """

    seed: Count = 1
    loss: LossSettings = LossSettings()
    augmentation: AugmentationSettings = AugmentationSettings()
    validation: ValidationSettings = ValidationSettings()
    stages: Annotated[tuple[StageSettings, ...], Field(strict=False, min_length=1, max_length=16)]

    @model_validator(mode="after")
    def _stage_names_are_unique(self) -> Self:
        repeated = _first_repeated([stage.name for stage in self.stages])
        if repeated is not None:
            raise ValueError(f"expected different names of stages, got '{repeated}' twice")
        return self


def _first_repeated(names: Sequence[str]) -> str | None:
    return next((name for name in names if names.count(name) > 1), None)
