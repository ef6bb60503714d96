"""Whether intervals hold what they promise: the share of events whose truth lies within."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from seldkit.annotations import Annotations, Event, Range
from seldkit.geometry import fold_azimuth, wrap_azimuth
from seldkit.metrics.row_pairs import paired_rows
from seldkit.types import Floats


@dataclass(frozen=True, eq=False)
class EventTruths:
    """Events whose class did sound while they lasted, and where the sources that they stand for were.

    azimuth, distance: medians of the references' rows that the strict reading pairs with the event's, degrees
    and metres, (events,); NaN where the reference does not say.
    """

    events: tuple[Event, ...]
    azimuth: Floats
    distance: Floats

    def __len__(self) -> int:
        """The number of events."""
        return len(self.events)


@dataclass(frozen=True)
class Coverage:
    """How often intervals held the truth.

    promised: the coverage that they were made for. azimuth, distance: the share of events whose interval
    holds the truth. azimuth_width: the median interval's degrees from end to end; distance_factor: the median
    of high / low. events: how many had an interval and a truth. NaN where there was none.
    """

    promised: float
    azimuth: float
    distance: float
    azimuth_width: float
    distance_factor: float
    events: int

    def to_dict(self) -> dict[str, Any]:
        """For JSON: what is not a number becomes None."""
        return {name: None if value != value else value for name, value in vars(self).items()}


def event_truths(
    references: Sequence[Annotations], events: Sequence[Sequence[Event]], protocol: str = "dcase2025"
) -> EventTruths:
    """The truth of each event of clips, paired by position; events without any are left out.

    Within 2025 the truth's azimuth is folded to the front. Raises SeldkitError.
    """
    tables = [_rows_of(own, reference) for own, reference in zip(events, references, strict=True)]
    pairs = paired_rows(references, tables, protocol)
    truth, found = pairs.compared.references, pairs.compared.predictions
    # Numbers of the events through all clips: a clip's first one, and the event's own.
    before = np.cumsum([0, *map(len, events)])[:-1].astype(np.int64)
    number = before[found.clip[pairs.prediction]] + found.source[pairs.prediction]
    order = np.argsort(number, kind="stable")
    which, starts = np.unique(number[order], return_index=True)
    rows = np.split(pairs.reference[order], starts[1:]) if len(which) else []
    every = [event for own in events for event in own]
    known = np.concatenate([np.zeros(0), *(one.distance for one in references)])
    return EventTruths(
        tuple(every[index] for index in which.tolist()),
        np.array([_middle(truth.azimuth[own], folded=protocol == "dcase2025") for own in rows]),
        np.array([np.median(known[own]) for own in rows]),
    )


def coverage(truths: EventTruths) -> Coverage | None:
    """How often the events' intervals held the truth; None where no event has an interval."""
    around = [event.azimuth_interval for event in truths.events]
    away = [event.distance_interval for event in truths.events]
    promised = next((one.coverage for one in (*around, *away) if one is not None), None)
    if promised is None:
        return None
    sides = [_ends(around), _ends(away)]
    return Coverage(
        promised=promised,
        azimuth=_share_within(sides[0], truths.azimuth, 360.0),
        distance=_share_within(sides[1], truths.distance),
        azimuth_width=_median(sides[0][:, 1] - sides[0][:, 0]),
        distance_factor=_median(sides[1][:, 1] / sides[1][:, 0]),
        events=sum(interval is not None for interval in around),
    )


def _rows_of(events: Sequence[Event], like: Annotations) -> Annotations:
    """The rows of a clip's events as one table in which the event's number is the source."""
    parts = [
        replace(event.trajectory, source=np.full(len(event.trajectory), number))
        for number, event in enumerate(events)
    ]
    last = max((part.frame_count for part in parts), default=like.frame_count)
    if not parts:
        return Annotations.empty(last, like.classes)
    return Annotations.joined([(0, part) for part in parts], last)


def _middle(azimuth: Floats, *, folded: bool) -> float:
    if folded:
        return float(np.median(fold_azimuth(azimuth)))
    middle = np.rad2deg(np.angle(np.exp(1j * np.deg2rad(azimuth)).mean()))
    return float(wrap_azimuth(middle + np.median(wrap_azimuth(azimuth - middle))))


def _ends(intervals: Sequence[Range | None]) -> Floats:
    """Low and high, (events, 2), NaN where there is none."""
    nowhere = (float("nan"), float("nan"))
    return np.array([nowhere if one is None else (one.low, one.high) for one in intervals]).reshape(-1, 2)


def _share_within(ends: Floats, truth: Floats, period: float = 0.0) -> float:
    known = ~np.isnan(ends[:, 0]) & ~np.isnan(truth)
    if not known.any():
        return float("nan")
    low, high, value = ends[known, 0], ends[known, 1], truth[known]
    within = [(low <= value + turn) & (value + turn <= high) for turn in (-period, 0.0, period)]
    return float(np.any(within, axis=0).mean())


def _median(values: Floats) -> float:
    values = values[~np.isnan(values)]
    return float(np.median(values)) if len(values) else float("nan")
