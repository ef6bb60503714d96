"""What a recipe says of training: stages, optimisers, schedules, loss, augmentation, validation."""

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
    """Adam or AdamW. learning_rate: the highest that the schedule reaches."""

    name: Literal["adam", "adamw"] = "adamw"
    learning_rate: Positive = 1e-3
    weight_decay: Weight = 0.0


class LossSettings(Settings):
    """ADPIT's weights (`seldkit.accdoa.AdpitLoss`); the defaults are the DCASE 2025 baseline's."""

    distance_weight: Weight = 1.0
    onscreen_weight: Weight = 1.0
    mask_onscreen: bool = False


class AugmentationSettings(Settings):
    """What training clips go through.

    swaps: each clip goes through one of all exact channel swaps, drawn anew in each epoch: left and right
    exchanged or not for stereo, eight ways for FOA, and streams are those of the swapped clip. mask_bins,
    mask_frames: at most so many mel bins and feature frames are hidden (SpecAugment, Park et al. 2019).
    """

    swaps: bool = False
    mask_bins: Count = 0
    mask_frames: Count = 0


class ValidationSettings(Settings):
    """Which part of the training folds chooses epochs and thresholds; the test folds never do.

    by: what stays together, a recording or a room. share: of the groups, about. thresholds: "fixed" keeps
    the configuration's; "per-class" takes for each class the one with the best F-score.
    """

    by: Literal["recording", "room"] = "recording"
    share: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.1
    thresholds: Literal["fixed", "per-class"] = "fixed"


class StageSettings(Settings):
    """One stage; its weights are handed on to the next.

    streams: the streams that its data has; None for all of the model's. average: decay of the running
    average of the weights (EMA) per step, 0 for none. clip_norm: longest gradient. patience: epochs without
    a better F-score after which the stage ends, 0 for never. freeze: parts that stay as they are.
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
    """The training part of a recipe."""

    seed: Count = 1
    loss: LossSettings = LossSettings()
    augmentation: AugmentationSettings = AugmentationSettings()
    validation: ValidationSettings = ValidationSettings()
    stages: Annotated[tuple[StageSettings, ...], Field(strict=False, min_length=1, max_length=16)]

    @model_validator(mode="after")
    def _stages_have_names_of_their_own(self) -> Self:
        repeated = _first_repeated([stage.name for stage in self.stages])
        if repeated is not None:
            raise ValueError(f"two stages are named '{repeated}'")
        return self


def _first_repeated(names: Sequence[str]) -> str | None:
    return next((name for name in names if names.count(name) > 1), None)
