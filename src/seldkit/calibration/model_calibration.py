"""What a model's answers are worth: confidences that are frequencies, and intervals around events.

Both are stored in the model configuration;
`seldkit.training.calibration_stage` fits both on validation clips.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Final, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from seldkit.annotations import Annotations, Event, Range
from seldkit.settings import Settings
from seldkit.types import Floats, Integers

MOST_KNOTS: Final = 32
NEAREST: Final = 0.1
"""Metres: nearer sources are taken for so far away where distances are compared as ratios."""

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Knots = Annotated[tuple[Share, ...], Field(strict=False, min_length=2, max_length=MOST_KNOTS)]
Reaches = Annotated[tuple[Annotated[float, Field(ge=0.0, le=1e6)], ...], Field(strict=False, min_length=1)]


class ConfidenceCurve(Settings):
    """How often a class sounds where its ACCDOA vector is so long: straight lines between knots.

    method: what gave the knots, temperature scaling with a shift (Guo et al. 2017, Platt 1999) or isotonic
    regression (Zadrozny and Elkan 2002). fitted_on: the class's own cells, or those of all classes where it
    has too few. lengths: from 0 to 1, rising. confidences: 0 to 1, never falling.
    """

    method: Literal["temperature", "isotonic"]
    fitted_on: Literal["class", "all"] = "class"
    lengths: Knots
    confidences: Knots

    @model_validator(mode="after")
    def _is_a_rising_curve(self) -> Self:
        lengths, confidences = np.array(self.lengths), np.array(self.confidences)
        if len(lengths) != len(confidences):
            raise ValueError(
                f"expected {len(lengths)} confidences, one for each length, got {len(confidences)}"
            )
        if lengths[0] != 0.0 or lengths[-1] != 1.0 or np.any(np.diff(lengths) <= 0):
            raise ValueError("lengths: expected rising numbers from 0 to 1")
        if np.any(np.diff(confidences) < 0):
            raise ValueError("confidences: expected numbers that never fall")
        return self


class ReachSettings(Settings):
    """How far an event's interval reaches to either side: reach × (1 + slope × (1 − confidence)).

    reach: of a sure event, one number for each class; degrees for azimuths, the natural logarithm of a factor
    for distances.
    """

    reach: Reaches
    slope: Annotated[float, Field(ge=0.0, le=100.0)] = 0.0


class IntervalSettings(Settings):
    """Intervals that hold the truth of `coverage` of the events that have one, by split conformal prediction.

    Source: Angelopoulos and Bates, "A gentle introduction to conformal prediction" (2021), sections 2.3 and
    4.1; Barber et al. 2021. distance: None for a model that says none.
    """

    coverage: Annotated[float, Field(gt=0.0, lt=1.0)]
    azimuth: ReachSettings
    distance: ReachSettings | None = None


class CalibrationConfig(Settings):
    """confidence: a curve for each class. clips: how many validation clips gave the numbers."""

    clips: Annotated[int, Field(ge=1)]
    confidence: Annotated[tuple[ConfidenceCurve, ...], Field(strict=False, min_length=1)]
    intervals: IntervalSettings | None = None

    def lengths_of_tables(self) -> set[int]:
        """The numbers of classes that its parts are for: one, in a configuration that can be used."""
        reaches = [] if self.intervals is None else [self.intervals.azimuth, self.intervals.distance]
        return {len(self.confidence), *(len(one.reach) for one in reaches if one is not None)}


def confidences(curves: Iterable[ConfidenceCurve], class_id: Integers, length: Floats) -> Floats:
    """The confidence of rows, (rows,), from their classes and ACCDOA lengths, each (rows,).

    curves: one for each class.
    """
    curves = tuple(curves)
    # Each class has a stretch of the line for itself, two apart: one interpolation serves all rows.
    places = np.concatenate([2.0 * number + np.array(curve.lengths) for number, curve in enumerate(curves)])
    heights = np.concatenate([curve.confidences for curve in curves])
    return np.asarray(np.interp(2.0 * class_id + np.clip(length, 0.0, 1.0), places, heights))


def calibrated(annotations: Annotations, calibration: CalibrationConfig | None) -> Annotations:
    """Annotations whose confidences are vector lengths, with how likely their class sounds in that frame."""
    if calibration is None or annotations.confidence is None:
        return annotations
    values = confidences(calibration.confidence, annotations.class_id, annotations.confidence)
    return replace(annotations, confidence=values)


def with_intervals(
    events: Iterable[Event], calibration: CalibrationConfig | None, *, folded: bool
) -> tuple[Event, ...]:
    """The events with intervals around azimuth and distance, where the model has them.

    folded: azimuths are those of stereo sound, −90° to 90°, and no interval leaves these. An azimuth or
    distance that is unknown has no interval.
    """
    settings = None if calibration is None else calibration.intervals
    if settings is None:
        return tuple(events)
    return tuple(
        replace(
            event,
            azimuth_interval=_azimuth_interval(event, settings, folded),
            distance_interval=_distance_interval(event, settings),
        )
        for event in events
    )


def spread(slope: float, confidence: Floats | float) -> Floats:
    """How much wider an event's interval is than a sure event's."""
    return np.asarray(1.0 + slope * (1.0 - np.asarray(confidence, np.float64)))


def _reach(event: Event, settings: ReachSettings) -> float:
    confidence = 1.0 if event.confidence is None else event.confidence
    return settings.reach[event.class_id] * float(spread(settings.slope, confidence))


def _azimuth_interval(event: Event, settings: IntervalSettings, folded: bool) -> Range | None:
    if np.isnan(event.azimuth):
        return None
    reach = min(_reach(event, settings.azimuth), 180.0)
    low, high = event.azimuth - reach, event.azimuth + reach
    if folded:
        low, high = max(low, min(-90.0, event.azimuth)), min(high, max(90.0, event.azimuth))
    return Range(low, high, settings.coverage)


def _distance_interval(event: Event, settings: IntervalSettings) -> Range | None:
    if settings.distance is None or np.isnan(event.distance):
        return None
    factor, middle = float(np.exp(_reach(event, settings.distance))), max(event.distance, NEAREST)
    return Range(middle / factor, middle * factor, settings.coverage)
