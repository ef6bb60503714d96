"""Segment-based counting, as in DCASE 2023 Task 3.

In each segment and class, the number of sources is the largest number of simultaneous sources. In each frame
in which both sides have the class, references and predictions are matched by the minimum total angle. The
angle of a reference track is the mean over its matched frames; the track is a true positive if this angle is
within the threshold. Source: official evaluator of DCASE 2023 Task 3, after Politis et al., "Overview and
evaluation of sound event localization and detection in DCASE 2019", TASLP 2021.
"""

from dataclasses import dataclass, replace

import numpy as np

from seldkit.metrics.matching import Cells, Matches, match_rows
from seldkit.metrics.protocol_counts import Count, ProtocolCounts, count_detection_errors, sum_by_class
from seldkit.metrics.row_comparison import RowComparison
from seldkit.metrics.row_selection import reorder_rows
from seldkit.types import Floats, Integers


def count_segments(comparison: RowComparison) -> ProtocolCounts:
    """Counts matches and errors segment by segment.

    A track is identified by the position of its row among the references of its class and frame: in the order
    of rows (official), or in the order of source numbers (strict).

    Args:
        comparison: Rows of references and predictions. `ComparisonRules.segment_frames` is the length of a
            segment in frames.

    Returns:
        Counts of each clip. Classes beyond the vocabulary are appended.
    """
    if not comparison.options.official:
        references = comparison.references
        order = np.lexsort((references.source, references.clip))
        comparison = replace(comparison, references=reorder_rows(references, order))
    cells, matches = match_rows(comparison.references, comparison.predictions, comparison.angle)
    segments, segment_of_cell = _segments(cells, comparison.rules.segment_frames)
    angle = comparison.angle(matches.reference, matches.prediction)
    tracks = _tracks(matches, segment_of_cell, angle)
    classes = max(comparison.options.class_count, int(cells.class_id.max(initial=-1)) + 1)
    return _counts(segments, tracks, comparison, (len(comparison.references), classes))


@dataclass(frozen=True, eq=False)
class _Segments:
    """Combinations of clip, segment and class with at least one row. Shape ``(segments,)`` each.

    `references` and `predictions` are the largest numbers of simultaneous sources.
    """

    clip: Integers
    number: Integers
    class_id: Integers
    references: Integers
    predictions: Integers


@dataclass(frozen=True, eq=False)
class _Tracks:
    """Matched reference tracks: index of the segment and mean angle in degrees. Shape ``(tracks,)`` each."""

    segment: Integers
    angle: Floats


def _segments(cells: Cells, segment_frames: int) -> tuple[_Segments, Integers]:
    """The segments, and the segment of each cell."""
    keys = np.stack([cells.clip, cells.frame // segment_frames, cells.class_id])
    distinct, index = np.unique(keys, axis=1, return_inverse=True)
    index = index.reshape(-1)
    most = [np.zeros(distinct.shape[1], np.int64) for _ in range(2)]
    np.maximum.at(most[0], index, cells.references)
    np.maximum.at(most[1], index, cells.predictions)
    return _Segments(distinct[0], distinct[1], distinct[2], most[0], most[1]), index


def _tracks(matches: Matches, segment_of_cell: Integers, angle: Floats) -> _Tracks:
    keys = np.stack([segment_of_cell[matches.cell], matches.rank])
    distinct, index = np.unique(keys, axis=1, return_inverse=True)
    index = index.reshape(-1)
    total = np.bincount(index, weights=angle, minlength=distinct.shape[1])
    frames = np.bincount(index, minlength=distinct.shape[1])
    return _Tracks(distinct[0], total / frames)


def _counts(
    segments: _Segments, tracks: _Tracks, comparison: RowComparison, shape: tuple[int, int]
) -> ProtocolCounts:
    count = len(segments.clip)
    mislocalized = (tracks.angle > comparison.rules.max_angle_deg).astype(np.float64)
    matched = np.bincount(tracks.segment, minlength=count)
    unmatched = _unmatched_official if comparison.options.official else _unmatched
    false_positives, false_negatives = unmatched(segments, matched)
    by_class = np.zeros((*shape, len(Count)))
    segment_values = {
        Count.FALSE_POSITIVES: false_positives,
        Count.FALSE_NEGATIVES: false_negatives,
        Count.REFERENCES: segments.references,
        Count.PREDICTIONS: segments.predictions,
        Count.MATCHES: matched,
    }
    for column, counts in segment_values.items():
        by_class[..., column] = sum_by_class(segments.clip, segments.class_id, counts, shape)
    clip, class_id = segments.clip[tracks.segment], segments.class_id[tracks.segment]
    by_class[..., Count.MISLOCALIZED] = sum_by_class(clip, class_id, mislocalized, shape)
    by_class[..., Count.ANGLE] = sum_by_class(clip, class_id, tracks.angle, shape)
    by_class[..., Count.TRUE_POSITIVES] = by_class[..., Count.MATCHES] - by_class[..., Count.MISLOCALIZED]
    false_positives = false_positives + np.bincount(tracks.segment, weights=mislocalized, minlength=count)
    errors = count_detection_errors(
        segments.clip, segments.number, false_positives, false_negatives, shape[0]
    )
    return ProtocolCounts(by_class, errors)


def _unmatched_official(segments: _Segments, matched: Integers) -> tuple[Integers, Integers]:
    """False positives and false negatives of each segment.

    If both sides have a class, but never in the same frame, the evaluator counts as many false negatives as
    predictions and no false positives. Otherwise only the difference of the two numbers counts.
    """
    references, predictions = segments.references, segments.predictions
    never_together = (references > 0) & (predictions > 0) & (matched == 0)
    false_positives = np.where(never_together, 0, np.maximum(predictions - references, 0))
    false_negatives = np.where(never_together, predictions, np.maximum(references - predictions, 0))
    return false_positives, false_negatives


def _unmatched(segments: _Segments, matched: Integers) -> tuple[Integers, Integers]:
    """False positives and false negatives of each segment: all sources without a match."""
    matched = np.minimum(matched, np.minimum(segments.references, segments.predictions))
    return segments.predictions - matched, segments.references - matched
