"""Coverage of prediction intervals: the share of events whose reference value lies within the interval."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from seldkit.annotations import Annotations, Event, PredictionInterval
from seldkit.geometry import fold_azimuth, wrap_azimuth
from seldkit.metrics.protocol import DEFAULT_PROTOCOL, PROTOCOLS
from seldkit.metrics.row_pairs import pair_rows
from seldkit.metrics.scores import nan_to_none
from seldkit.types import Floats


@dataclass(frozen=True, eq=False)
class MatchedEvents:
    """Predicted events with the reference values of the sources that they match.

    Attributes:
        events: Events of which at least one row matches a reference row.
        azimuth: Median reference azimuth of the matched rows in degrees, positive to the left. Shape
            ``(events,)``.
        distance: Median reference distance of the matched rows in metres, NaN if unknown. Shape
            ``(events,)``.
    """

    events: tuple[Event, ...]
    azimuth: Floats
    distance: Floats

    def __len__(self) -> int:
        """Returns the number of events."""
        return len(self.events)


@dataclass(frozen=True)
class Coverage:
    """Coverage and width of intervals. NaN if there are no intervals with a reference value.

    Attributes:
        nominal: Coverage for which the intervals were fitted, 0 to 1.
        azimuth: Share of azimuth intervals that contain the reference, 0 to 1.
        distance: Share of distance intervals that contain the reference, 0 to 1.
        azimuth_width: Median width of the azimuth intervals in degrees.
        distance_factor: Median ratio of upper to lower end of the distance intervals.
        events: Number of events with an azimuth interval.
    """

    nominal: float
    azimuth: float
    distance: float
    azimuth_width: float
    distance_factor: float
    events: int

    def to_dict(self) -> dict[str, Any]:
        """Converts the coverage for JSON; NaN becomes None.

        Returns:
            Values by name; the nominal coverage has the key "promised", as in earlier versions.
        """
        values = nan_to_none(vars(self))
        return {"promised": values.pop("nominal"), **values}


def match_events(
    references: Sequence[Annotations],
    events: Sequence[Sequence[Event]],
    protocol: str = DEFAULT_PROTOCOL,
) -> MatchedEvents:
    """Finds the reference azimuth and distance of predicted events.

    Rows are matched as in the strict reading of the protocol. Reference azimuths are folded to the front if
    the protocol folds them.

    Args:
        references: References of clips.
        events: Predicted events of the same clips, in the same order.
        protocol: Name of the scoring protocol.

    Returns:
        Events with at least one matched row.

    Raises:
        SeldkitError: The protocol is unknown.
    """
    tables = [_rows_of_events(one, reference) for one, reference in zip(events, references, strict=True)]
    pairs = pair_rows(references, tables, protocol)
    predictions = pairs.comparison.predictions
    # Events are numbered over all clips: the number of earlier clips' events plus the event's own number.
    offsets = np.cumsum([0, *map(len, events)])[:-1].astype(np.int64)
    number = offsets[predictions.clip[pairs.prediction]] + predictions.source[pairs.prediction]
    order = np.argsort(number, kind="stable")
    matched, starts = np.unique(number[order], return_index=True)
    rows = np.split(pairs.reference[order], starts[1:]) if len(matched) else []
    all_events = [event for clip in events for event in clip]
    azimuth = pairs.comparison.references.azimuth
    distance = np.concatenate([np.zeros(0), *(one.distance for one in references)])
    distance = np.where(distance > 0, distance, np.nan)  # a reference distance of 0 is unknown
    median = _folded_median if PROTOCOLS[protocol].folds_azimuth else _circular_median
    return MatchedEvents(
        tuple(all_events[index] for index in matched.tolist()),
        np.array([median(azimuth[event_rows]) for event_rows in rows]),
        np.array([np.median(distance[event_rows]) for event_rows in rows]),
    )


def coverage(matched: MatchedEvents) -> Coverage | None:
    """Computes how often intervals contain the reference value.

    Args:
        matched: Events with reference values.

    Returns:
        Coverage; None if no event has an interval.
    """
    azimuth_intervals = [event.azimuth_interval for event in matched.events]
    distance_intervals = [event.distance_interval for event in matched.events]
    intervals = [one for one in (*azimuth_intervals, *distance_intervals) if one is not None]
    if not intervals:
        return None
    azimuth_ends, distance_ends = _ends(azimuth_intervals), _ends(distance_intervals)
    return Coverage(
        nominal=intervals[0].coverage,
        azimuth=_share_within(azimuth_ends, matched.azimuth, period=360.0),
        distance=_share_within(distance_ends, matched.distance),
        azimuth_width=_median_of_known(azimuth_ends[:, 1] - azimuth_ends[:, 0]),
        distance_factor=_median_of_known(distance_ends[:, 1] / distance_ends[:, 0]),
        events=sum(interval is not None for interval in azimuth_intervals),
    )


def _rows_of_events(events: Sequence[Event], reference: Annotations) -> Annotations:
    """Rows of a clip's events; the position of the event is the source number."""
    parts = [
        replace(event.trajectory, source=np.full(len(event.trajectory), number))
        for number, event in enumerate(events)
    ]
    frame_count = max((part.frame_count for part in parts), default=reference.frame_count)
    if not parts:
        return Annotations.empty(frame_count, reference.classes)
    return Annotations.concatenate([(0, part) for part in parts], frame_count)


def _folded_median(azimuth: Floats) -> float:
    return float(np.median(fold_azimuth(azimuth)))


def _circular_median(azimuth: Floats) -> float:
    center = np.rad2deg(np.angle(np.exp(1j * np.deg2rad(azimuth)).mean()))
    return float(wrap_azimuth(center + np.median(wrap_azimuth(azimuth - center))))


def _ends(intervals: Sequence[PredictionInterval | None]) -> Floats:
    """Lower and upper ends, NaN without an interval. Shape ``(events, 2)``."""
    missing = (float("nan"), float("nan"))
    return np.array([missing if one is None else (one.low, one.high) for one in intervals]).reshape(-1, 2)


def _share_within(ends: Floats, values: Floats, period: float = 0.0) -> float:
    known = ~np.isnan(ends[:, 0]) & ~np.isnan(values)
    if not known.any():
        return float("nan")
    low, high, value = ends[known, 0], ends[known, 1], values[known]
    within = [(low <= value + shift) & (value + shift <= high) for shift in (-period, 0.0, period)]
    return float(np.any(within, axis=0).mean())


def _median_of_known(values: Floats) -> float:
    values = values[~np.isnan(values)]
    return float(np.median(values)) if len(values) else float("nan")
