"""Learning rates over a stage, as factors of the recipe's highest rate."""

from typing import Annotated, Final, Literal, Protocol

import numpy as np
from pydantic import Field

from seldkit.registry import Registry
from seldkit.settings import Settings

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class ScheduleSettings(Protocol):
    """A schedule: the factor of the learning rate at a step."""

    @property
    def name(self) -> str:
        """What a recipe calls it."""

    def factor(self, step: int, steps_per_epoch: int, steps: int) -> float:
        """The factor at `step` of `steps`."""


SCHEDULES: Final[Registry[type[ScheduleSettings]]] = Registry("schedule")


@SCHEDULES.register("constant")
class ConstantSettings(Settings):
    """The same rate throughout."""

    name: Literal["constant"] = "constant"

    def factor(self, step: int, steps_per_epoch: int, steps: int) -> float:
        return 1.0


@SCHEDULES.register("hold-and-decay")
class HoldAndDecaySettings(Settings):
    """The full rate for `hold` epochs, then multiplied by `decay` after each (AV-SELD, ICASSP 2024)."""

    name: Literal["hold-and-decay"] = "hold-and-decay"
    hold: Annotated[int, Field(ge=0)] = 30
    decay: Share = 0.95

    def factor(self, step: int, steps_per_epoch: int, steps: int) -> float:
        return float(self.decay ** max(0, step // steps_per_epoch - self.hold + 1))


@SCHEDULES.register("one-cycle")
class OneCycleSettings(Settings):
    """Up from 1/25 during the first `warm_up` of the steps, then down to 1e-4, along cosines (Smith 2018)."""

    name: Literal["one-cycle"] = "one-cycle"
    warm_up: Share = 0.2

    def factor(self, step: int, steps_per_epoch: int, steps: int) -> float:
        top = self.warm_up * steps
        if step < top:
            return _cosine(1 / 25, 1.0, step / top)
        return _cosine(1.0, 1e-4, (step - top) / max(1.0, steps - top))


@SCHEDULES.register("cosine")
class CosineSettings(Settings):
    """Linearly up during the first `warm_up` of the steps, then down to nothing along a cosine."""

    name: Literal["cosine"] = "cosine"
    warm_up: Share = 0.05

    def factor(self, step: int, steps_per_epoch: int, steps: int) -> float:
        top = self.warm_up * steps
        if step < top:
            return (step + 1) / top if top > 1 else 1.0
        return _cosine(1.0, 0.0, (step - top) / max(1.0, steps - top))


def _cosine(start: float, end: float, where: float) -> float:
    return float(end + (start - end) * (1.0 + np.cos(np.pi * min(1.0, where))) / 2.0)
