"""Prediction intervals of azimuth and distance by split conformal prediction: fit and apply."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from seldkit.annotations import Event, PredictionInterval
from seldkit.calibration.calibration_config import CalibrationConfig, HalfWidthSettings, IntervalSettings
from seldkit.geometry import wrap_azimuth
from seldkit.types import Floats, Integers

MIN_DISTANCE_M: Final = 0.1
"""Smaller distances count as this one when distances are compared as ratios."""

MIN_EVENTS: Final = 20
"""No interval is fitted with fewer events."""

MIN_EVENTS_PER_CLASS: Final = 40
"""A class with fewer events gets the half width of all classes."""

SLOPES: Final = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Candidates for `HalfWidthSettings.slope`."""


def fit_intervals(
    events: Sequence[Event], azimuth: Floats, distance: Floats, class_count: int, coverage: float
) -> IntervalSettings | None:
    """Fits intervals that contain the ground truth of a given fraction of the events.

    Args:
        events: Predicted events with calibrated confidences.
        azimuth: Ground truth in degrees, ``(events,)``; NaN if unknown.
        distance: Ground truth in metres, ``(events,)``; NaN if unknown.
        class_count: Number of classes.
        coverage: Fraction of the events, between 0 and 1.

    Returns:
        The intervals, or None with fewer than ``MIN_EVENTS`` events of known azimuth.
    """
    class_id = np.array([event.class_id for event in events], np.int64)
    confidence = np.array([1.0 if one.confidence is None else one.confidence for one in events])
    azimuths = np.array([event.azimuth for event in events])
    distances = np.array([event.distance for event in events])
    azimuth_errors = np.abs(wrap_azimuth(azimuths - azimuth))
    distance_errors = np.abs(
        np.log(np.maximum(distances, MIN_DISTANCE_M) / np.maximum(distance, MIN_DISTANCE_M))
    )
    azimuth_widths = fit_half_widths(azimuth_errors, class_id, confidence, class_count, coverage)
    if azimuth_widths is None:
        return None
    distance_widths = fit_half_widths(distance_errors, class_id, confidence, class_count, coverage)
    return IntervalSettings(coverage=coverage, azimuth=azimuth_widths, distance=distance_widths)


def fit_half_widths(
    errors: Floats, class_id: Integers, confidence: Floats, class_count: int, coverage: float
) -> HalfWidthSettings | None:
    """Fits half widths of intervals to the errors of events.

    Errors are divided by the relative width at the event's confidence (locally weighted conformal prediction,
    Lei et al. 2018). The slope is the candidate with the lowest pinball loss (Koenker and Bassett 1978), so
    that the coverage is the same at high and low confidence.

    Args:
        errors: Absolute errors, ``(events,)``; NaN if unknown.
        class_id: Class numbers, ``(events,)``.
        confidence: Confidences in [0, 1], ``(events,)``.
        class_count: Number of classes.
        coverage: Fraction of the events, between 0 and 1.

    Returns:
        The half widths, or None with fewer than ``MIN_EVENTS`` known errors.
    """
    known = ~np.isnan(errors)
    errors, class_id, confidence = errors[known], class_id[known], confidence[known]
    if len(errors) < MIN_EVENTS:
        return None
    fits = [
        (
            _class_quantiles(errors / _relative_width(slope, confidence), class_id, class_count, coverage),
            slope,
        )
        for slope in SLOPES
    ]
    residuals = [errors - widths[class_id] * _relative_width(slope, confidence) for widths, slope in fits]
    losses = [np.maximum(coverage * one, (coverage - 1.0) * one).mean() for one in residuals]
    half_width, slope = fits[int(np.argmin(losses))]
    return HalfWidthSettings(half_width=tuple(np.round(half_width, 4).tolist()), slope=slope)


def conformal_quantile(errors: Floats, coverage: float) -> float:
    """Returns the error that a new event exceeds with a probability of at most ``1 - coverage``.

    The ⌈(n + 1) · coverage⌉-th smallest of n errors (Papadopoulos et al. 2002; Angelopoulos and Bates 2021).

    Args:
        errors: Absolute errors, ``(n,)``.
        coverage: Between 0 and 1.

    Returns:
        The quantile, or the largest error if n is too small for the coverage.
    """
    rank = int(np.ceil((len(errors) + 1) * coverage))
    return float(np.sort(errors)[min(rank, len(errors)) - 1])


def add_intervals(
    events: Iterable[Event], calibration: CalibrationConfig | None, *, folded: bool
) -> tuple[Event, ...]:
    """Adds prediction intervals of azimuth and distance to events.

    Args:
        events: Events with calibrated confidences.
        calibration: Calibration of the model; without intervals the events are returned unchanged.
        folded: Whether azimuths are folded to [-90, 90]; intervals are then clipped to this range.

    Returns:
        The events. An unknown azimuth or distance has no interval.
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


def _class_quantiles(errors: Floats, class_id: Integers, class_count: int, coverage: float) -> Floats:
    quantiles = np.full(class_count, conformal_quantile(errors, coverage))
    for number in np.flatnonzero(np.bincount(class_id, minlength=class_count) >= MIN_EVENTS_PER_CLASS):
        quantiles[number] = conformal_quantile(errors[class_id == number], coverage)
    return quantiles


def _relative_width(slope: float, confidence: Floats | float) -> Floats:
    """Width of an interval relative to that at confidence 1."""
    return np.asarray(1.0 + slope * (1.0 - np.asarray(confidence, np.float64)))


def _half_width(event: Event, settings: HalfWidthSettings) -> float:
    confidence = 1.0 if event.confidence is None else event.confidence
    return settings.half_width[event.class_id] * float(_relative_width(settings.slope, confidence))


def _azimuth_interval(event: Event, settings: IntervalSettings, folded: bool) -> PredictionInterval | None:
    if np.isnan(event.azimuth):
        return None
    half_width = min(_half_width(event, settings.azimuth), 180.0)
    low, high = event.azimuth - half_width, event.azimuth + half_width
    if folded:
        low, high = max(low, min(-90.0, event.azimuth)), min(high, max(90.0, event.azimuth))
    return PredictionInterval(low, high, settings.coverage)


def _distance_interval(event: Event, settings: IntervalSettings) -> PredictionInterval | None:
    if settings.distance is None or np.isnan(event.distance):
        return None
    factor = float(np.exp(_half_width(event, settings.distance)))
    distance = max(event.distance, MIN_DISTANCE_M)
    return PredictionInterval(distance / factor, distance * factor, settings.coverage)
