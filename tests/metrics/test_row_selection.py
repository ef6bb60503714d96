"""Rows that the official readings score."""

import numpy as np
import pytest

from metrics.clips import clip
from seldkit.annotations import Annotations
from seldkit.formats import ClipTable
from seldkit.metrics.row_selection import last_frames, limit_tracks, rows_before


def held(rows: list[tuple[int, int, int, float]]) -> set[tuple[int, int, float]]:
    """Ten tracks for each frame and class, filled row by row."""
    tracks: dict[tuple[int, int], dict[int, float]] = {}
    for frame, class_id, source, azimuth in rows:
        stored = tracks.setdefault((frame, class_id), {})
        if source not in stored and source < 10:
            stored[source] = azimuth
        else:
            stored[next((track for track in range(10) if track not in stored), 0)] = azimuth
    return {(*cell, azimuth) for cell, stored in tracks.items() for azimuth in stored.values()}


@pytest.mark.parametrize("seed", range(6))
def test_ten_tracks_keep_the_rows_stored_last(seed: int) -> None:
    random = np.random.default_rng(seed)
    frame, class_id, source = random.integers(0, 2, 80), random.integers(0, 3, 80), random.integers(0, 14, 80)
    azimuth = random.permutation(80) * 1.0
    kept = limit_tracks(
        ClipTable.from_annotations([Annotations(frame, class_id, source, azimuth, azimuth, 5)])
    )
    rows = list(zip(frame.tolist(), class_id.tolist(), source.tolist(), azimuth.tolist(), strict=True))
    kept_rows = zip(kept.frame.tolist(), kept.class_id.tolist(), kept.azimuth.tolist(), strict=True)
    assert set(kept_rows) == held(rows)
    assert len(kept.frame) < 80
    assert kept.lengths.tolist() == [len(kept.frame)]


def test_the_last_annotated_frame_ends_a_clip() -> None:
    clips = ClipTable.from_annotations(
        [clip((0, 0, 0, 1, 0), (7, 0, 0, 1, 0)), clip(), clip((3, 12, 0, 1, 0))]
    )
    assert last_frames(clips).tolist() == [7, 0, 3]
    assert rows_before(clips, last_frames(clips), 13).lengths.tolist() == [1, 0, 0]
