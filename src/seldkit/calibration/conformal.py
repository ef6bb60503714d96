"""Intervals around events by split conformal prediction: how far events were off on validation clips."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from seldkit.annotations import Annotations, Event
from seldkit.calibration.model_calibration import NEAREST, IntervalSettings, ReachSettings, spread
from seldkit.geometry import wrap_azimuth
from seldkit.metrics import EventTruths, event_truths
from seldkit.types import Floats, Integers

FEWEST_EVENTS: Final = 40
"""Events of a class with a truth from which its reach is taken from them alone."""
FEWEST: Final = 20
"""Events of all classes below which no interval is given."""
SLOPES: Final = (0.0, 0.5, 1.0, 2.0, 4.0)


def fitted_intervals(
    truth: Sequence[Annotations],
    events: Sequence[Sequence[Event]],
    protocol: str,
    classes: int,
    coverage: float,
) -> tuple[IntervalSettings | None, int]:
    """Intervals that hold the truth of `coverage` of such events, and how many events gave them.

    truth, events: of clips, paired by position; events with calibrated confidences. None with fewer than
    `FEWEST` events whose class did sound.
    """
    found = event_truths(truth, events, protocol)
    if len(found) < FEWEST:
        return None, len(found)
    class_id = np.array([event.class_id for event in found.events])
    confidence = np.array([1.0 if one.confidence is None else one.confidence for one in found.events])
    azimuth = fitted_reach(azimuth_errors(found), class_id, confidence, classes, coverage)
    distance = fitted_reach(distance_errors(found), class_id, confidence, classes, coverage)
    if azimuth is None:
        return None, len(found)
    return IntervalSettings(coverage=coverage, azimuth=azimuth, distance=distance), len(found)


def azimuth_errors(found: EventTruths) -> Floats:
    """Degrees, (events,); NaN where one side is unknown."""
    said = np.array([event.azimuth for event in found.events])
    return np.asarray(np.abs(wrap_azimuth(said - found.azimuth)))


def distance_errors(found: EventTruths) -> Floats:
    """|log of the ratio|, (events,); NaN where one side is unknown."""
    said = np.array([event.distance for event in found.events])
    return np.asarray(np.abs(np.log(np.maximum(said, NEAREST) / np.maximum(found.distance, NEAREST))))


def fitted_reach(
    errors: Floats, class_id: Integers, confidence: Floats, classes: int, coverage: float
) -> ReachSettings | None:
    """Reaches from the errors of events, each (events,), NaN where unknown; None with fewer than `FEWEST`.

    Errors are divided by how much wider the interval of so unsure an event is (locally weighted conformal
    prediction, Lei et al. 2018); a class with few events has the reach of all. The slope is the one of least
    pinball loss (Koenker and Bassett 1978), so that sure and unsure events are held alike.
    """
    known = ~np.isnan(errors)
    errors, class_id, confidence = errors[known], class_id[known], confidence[known]
    if len(errors) < FEWEST:
        return None
    found = [
        (_reaches(errors / spread(slope, confidence), class_id, classes, coverage), slope) for slope in SLOPES
    ]
    beyond = [errors - reach[class_id] * spread(slope, confidence) for reach, slope in found]
    losses = [np.maximum(coverage * one, (coverage - 1.0) * one).mean() for one in beyond]
    reach, slope = found[int(np.argmin(losses))]
    return ReachSettings(reach=tuple(np.round(reach, 4).tolist()), slope=slope)


def conformal_quantile(errors: Floats, coverage: float) -> float:
    """The error that a further one exceeds in at most 1 − coverage of all cases.

    The ⌈(n + 1) coverage⌉-th smallest of n (Papadopoulos et al. 2002; Angelopoulos and Bates 2021); the
    largest where n is too small for the promise.
    """
    rank = int(np.ceil((len(errors) + 1) * coverage))
    return float(np.sort(errors)[min(rank, len(errors)) - 1])


def _reaches(errors: Floats, class_id: Integers, classes: int, coverage: float) -> Floats:
    reach = np.full(classes, conformal_quantile(errors, coverage))
    for number in np.flatnonzero(np.bincount(class_id, minlength=classes) >= FEWEST_EVENTS):
        reach[number] = conformal_quantile(errors[class_id == number], coverage)
    return reach
