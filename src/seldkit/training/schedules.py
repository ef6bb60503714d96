"""Learning rate schedules of a stage, as factors of the highest learning rate."""

from typing import Annotated, Final, Literal, Protocol

import numpy as np
from pydantic import Field

from seldkit.registry import Registry
from seldkit.settings import Settings

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]

ONE_CYCLE_START_FACTOR: Final = 1 / 25
ONE_CYCLE_END_FACTOR: Final = 1e-4


class ScheduleSettings(Protocol):
    """A learning rate schedule."""

    @property
    def name(self) -> str:
        """Name in recipes."""

    def factor(self, step: int, steps_per_epoch: int, steps: int) -> float:
        """Computes the factor of the learning rate.

        Args:
            step: Number of finished steps, from 0 to `steps`.
            steps_per_epoch: Number of steps per epoch.
            steps: Number of steps of the stage.

        Returns:
            Factor between 0 and 1.
        """


SCHEDULES: Final[Registry[type[ScheduleSettings]]] = Registry("schedule")


@SCHEDULES.register("constant")
class ConstantSettings(Settings):
    """A constant learning rate.

    Attributes:
        name: "constant".
    """

    name: Literal["constant"] = "constant"

    def factor(self, step: int, steps_per_epoch: int, steps: int) -> float:
        """Computes the factor of the learning rate.

        Args:
            step: Number of finished steps.
            steps_per_epoch: Number of steps per epoch.
            steps: Number of steps of the stage.

        Returns:
            Always 1.
        """
        return 1.0


@SCHEDULES.register("hold-and-decay")
class HoldAndDecaySettings(Settings):
    """The highest rate for some epochs, then multiplied by a factor after each epoch (AV-SELD, ICASSP 2024).

    Attributes:
        name: "hold-and-decay".
        hold: Number of epochs at the highest rate.
        decay: Factor per epoch, from 0 to 1.
    """

    name: Literal["hold-and-decay"] = "hold-and-decay"
    hold: Annotated[int, Field(ge=0)] = 30
    decay: Fraction = 0.95

    def factor(self, step: int, steps_per_epoch: int, steps: int) -> float:
        """Computes the factor of the learning rate.

        Args:
            step: Number of finished steps.
            steps_per_epoch: Number of steps per epoch.
            steps: Number of steps of the stage.

        Returns:
            Factor between 0 and 1.
        """
        return float(self.decay ** max(0, step // steps_per_epoch - self.hold + 1))


@SCHEDULES.register("one-cycle")
class OneCycleSettings(Settings):
    """From 1/25 up to 1 and down to 1e-4, each along half a cosine (Smith 2018).

    Attributes:
        name: "one-cycle".
        warm_up: Fraction of the steps in which the rate rises, from 0 to 1.
    """

    name: Literal["one-cycle"] = "one-cycle"
    warm_up: Fraction = 0.2

    def factor(self, step: int, steps_per_epoch: int, steps: int) -> float:
        """Computes the factor of the learning rate.

        Args:
            step: Number of finished steps.
            steps_per_epoch: Number of steps per epoch.
            steps: Number of steps of the stage.

        Returns:
            Factor between 0 and 1.
        """
        peak = self.warm_up * steps
        if step < peak:
            return _half_cosine(ONE_CYCLE_START_FACTOR, 1.0, step / peak)
        return _half_cosine(1.0, ONE_CYCLE_END_FACTOR, (step - peak) / max(1.0, steps - peak))


@SCHEDULES.register("cosine")
class CosineSettings(Settings):
    """Linearly from 0 up to 1, then down to 0 along half a cosine.

    Attributes:
        name: "cosine".
        warm_up: Fraction of the steps in which the rate rises, from 0 to 1.
    """

    name: Literal["cosine"] = "cosine"
    warm_up: Fraction = 0.05

    def factor(self, step: int, steps_per_epoch: int, steps: int) -> float:
        """Computes the factor of the learning rate.

        Args:
            step: Number of finished steps.
            steps_per_epoch: Number of steps per epoch.
            steps: Number of steps of the stage.

        Returns:
            Factor between 0 and 1.
        """
        peak = self.warm_up * steps
        if step < peak:
            return (step + 1) / peak if peak > 1 else 1.0
        return _half_cosine(1.0, 0.0, (step - peak) / max(1.0, steps - peak))


def _half_cosine(start: float, end: float, position: float) -> float:
    return float(end + (start - end) * (1.0 + np.cos(np.pi * min(1.0, position))) / 2.0)
