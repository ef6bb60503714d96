"""The protocol of 2023, which counts in segments of one second.

In each segment and class, the sources are the most that sound at once. In each frame that has the class on
both sides, references and predictions are paired by the least total angle; a reference track's angle is its
mean over the frames in which it was paired, and the track is a hit when that is at most 20 degrees. Source:
the baseline's evaluator of DCASE 2023 Task 3, after Politis et al., "Overview and evaluation of sound event
localization and detection in DCASE 2019", TASLP 2021.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from seldkit.formats import ClipTable
from seldkit.metrics.angles import great_circle, great_circle_2023
from seldkit.metrics.matching import Cells, Pairs, cells_and_pairs
from seldkit.metrics.selection import Rules, before, last_frames, ordered
from seldkit.metrics.statistics import Count, ProtocolCounts, balance, summed
from seldkit.types import Floats, Integers

ANGLE: Final = 20.0
SEGMENT: Final = 10
"""Frames of a segment."""


def count_2023(references: ClipTable, predictions: ClipTable, rules: Rules) -> ProtocolCounts:
    """The counts of DCASE 2023."""
    angle = great_circle_2023 if rules.official else great_circle
    if rules.official:
        segments = -(-last_frames(references) // SEGMENT)
        references = before(references, segments * SEGMENT, rules.classes)
        predictions = before(predictions, segments * SEGMENT, rules.classes)
    else:
        references = ordered(references, np.lexsort((references.source, references.clip)))

    def cost(i: Integers, j: Integers) -> Floats:
        return angle(
            references.azimuth[i], references.elevation[i], predictions.azimuth[j], predictions.elevation[j]
        )

    cells, pairs = cells_and_pairs(references, predictions, cost)
    segments_found, of_cell = _segments(cells)
    tracks = _tracks(pairs, of_cell, cost(pairs.reference, pairs.prediction))
    classes = max(rules.classes, int(cells.class_id.max(initial=-1)) + 1)
    return _added(segments_found, tracks, rules, (len(references), classes))


@dataclass(frozen=True, eq=False)
class _Segments:
    """Each (clip, segment, class) in which anything is, with the most sources at once on either side."""

    clip: Integers
    number: Integers
    class_id: Integers
    references: Integers
    predictions: Integers


@dataclass(frozen=True, eq=False)
class _Tracks:
    """Each reference track that was paired in any frame: its segment's index and mean angle in degrees."""

    segment: Integers
    angle: Floats


def _segments(cells: Cells) -> tuple[_Segments, Integers]:
    """The segments, and which of them each cell lies in."""
    keys = np.stack([cells.clip, cells.frame // SEGMENT, cells.class_id])
    found, index = np.unique(keys, axis=1, return_inverse=True)
    index = index.reshape(-1)
    most = [np.zeros(found.shape[1], np.int64) for _ in range(2)]
    np.maximum.at(most[0], index, cells.references)
    np.maximum.at(most[1], index, cells.predictions)
    return _Segments(found[0], found[1], found[2], most[0], most[1]), index


def _tracks(pairs: Pairs, of_cell: Integers, angle: Floats) -> _Tracks:
    keys = np.stack([of_cell[pairs.cell], pairs.rank])
    found, index = np.unique(keys, axis=1, return_inverse=True)
    index = index.reshape(-1)
    total = np.bincount(index, weights=angle, minlength=found.shape[1])
    times = np.bincount(index, minlength=found.shape[1])
    return _Tracks(found[0], total / times)


def _added(segments: _Segments, tracks: _Tracks, rules: Rules, shape: tuple[int, int]) -> ProtocolCounts:
    count = len(segments.clip)
    misplaced = (tracks.angle > ANGLE).astype(np.float64)
    paired = np.bincount(tracks.segment, minlength=count)
    false, missed = (_unpaired_official if rules.official else _unpaired)(segments, paired)
    by_class = np.zeros((*shape, len(Count)))
    of_segments = {
        Count.FALSE: false,
        Count.MISSED: missed,
        Count.REFERENCES: segments.references,
        Count.PREDICTIONS: segments.predictions,
        Count.PAIRS: paired,
    }
    for column, counted in of_segments.items():
        by_class[..., column] = summed(segments.clip, segments.class_id, counted, shape)
    clip, class_id = segments.clip[tracks.segment], segments.class_id[tracks.segment]
    by_class[..., Count.MISPLACED] = summed(clip, class_id, misplaced, shape)
    by_class[..., Count.ANGLE] = summed(clip, class_id, tracks.angle, shape)
    by_class[..., Count.HITS] = by_class[..., Count.PAIRS] - by_class[..., Count.MISPLACED]
    wrong = false + np.bincount(tracks.segment, weights=misplaced, minlength=count)
    return ProtocolCounts(by_class, balance(segments.clip, segments.number, wrong, missed, shape[0]))


def _unpaired_official(segments: _Segments, paired: Integers) -> tuple[Integers, Integers]:
    """False and missed sources. A class that both sides have, but never in one frame, misses as many sources
    as were predicted and has no false one; otherwise only the difference of the two numbers counts."""
    references, predictions = segments.references, segments.predictions
    apart = (references > 0) & (predictions > 0) & (paired == 0)
    false = np.where(apart, 0, np.maximum(predictions - references, 0))
    missed = np.where(apart, predictions, np.maximum(references - predictions, 0))
    return false, missed


def _unpaired(segments: _Segments, paired: Integers) -> tuple[Integers, Integers]:
    """False and missed sources: all that found no partner."""
    met = np.minimum(paired, np.minimum(segments.references, segments.predictions))
    return segments.predictions - met, segments.references - met
