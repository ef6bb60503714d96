"""Settings of a calibration, as stored in a model's `config.yaml`."""

from typing import Annotated, ClassVar, Final, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from seldkit.settings import Settings

MAX_KNOTS: Final = 32

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Knots = Annotated[tuple[Fraction, ...], Field(strict=False, min_length=2, max_length=MAX_KNOTS)]
HalfWidths = Annotated[tuple[Annotated[float, Field(ge=0.0, le=1e6)], ...], Field(strict=False, min_length=1)]


class ConfidenceCurve(Settings):
    """Piecewise linear map of one class from ACCDOA vector lengths to confidences.

    Attributes:
        method: How the knots were computed: temperature scaling with a shift (Guo et al. 2017, Platt 1999) or
            isotonic regression (Zadrozny and Elkan 2002).
        fitted_on: ``"class"`` if the class had enough cells of its own, ``"all"`` if the curve of all classes
            was used.
        lengths: Strictly increasing vector lengths from 0 to 1, 2 to 32 knots.
        confidences: Non-decreasing confidences in [0, 1], one per length.
    """

    method: Literal["temperature", "isotonic"]
    fitted_on: Literal["class", "all"] = "class"
    lengths: Knots
    confidences: Knots

    @model_validator(mode="after")
    def _check_monotonic(self) -> Self:
        lengths, confidences = np.array(self.lengths), np.array(self.confidences)
        if len(lengths) != len(confidences):
            raise ValueError(
                f"expected {len(lengths)} confidences, one for each length, got {len(confidences)}"
            )
        if lengths[0] != 0.0 or lengths[-1] != 1.0 or np.any(np.diff(lengths) <= 0):
            raise ValueError("lengths: expected increasing numbers from 0 to 1")
        if np.any(np.diff(confidences) < 0):
            raise ValueError("confidences: expected non-decreasing numbers")
        return self


class HalfWidthSettings(Settings):
    """Half width of a prediction interval: ``half_width[class] * (1 + slope * (1 - confidence))``.

    Attributes:
        half_width: Half width at confidence 1, one number per class. Degrees for azimuths, natural logarithm
            of a factor for distances.
        slope: Relative increase of the half width at confidence 0, 0 to 100.
    """

    renamed_keys: ClassVar = {"reach": "half_width"}

    half_width: HalfWidths
    slope: Annotated[float, Field(ge=0.0, le=100.0)] = 0.0


class IntervalSettings(Settings):
    """Prediction intervals by split conformal prediction.

    Source: Angelopoulos and Bates, "A gentle introduction to conformal prediction" (2021), sections 2.3 and
    4.1; Barber et al. 2021.

    Attributes:
        coverage: Fraction of the events whose interval contains the ground truth, between 0 and 1.
        azimuth: Half widths in degrees.
        distance: Half widths as natural logarithms of a factor; None for a model without distance.
    """

    coverage: Annotated[float, Field(gt=0.0, lt=1.0)]
    azimuth: HalfWidthSettings
    distance: HalfWidthSettings | None = None


class CalibrationConfig(Settings):
    """Calibration of one model.

    Attributes:
        clips: Number of validation clips that the calibration was fitted on.
        confidence: One curve per class.
        intervals: Prediction intervals; None if there were too few events to fit them.
    """

    clips: Annotated[int, Field(ge=1)]
    confidence: Annotated[tuple[ConfidenceCurve, ...], Field(strict=False, min_length=1)]
    intervals: IntervalSettings | None = None

    def table_sizes(self) -> set[int]:
        """Returns the numbers of classes that the tables are made for.

        Returns:
            A single number if the configuration is consistent.
        """
        widths = [] if self.intervals is None else [self.intervals.azimuth, self.intervals.distance]
        return {len(self.confidence), *(len(one.half_width) for one in widths if one is not None)}
