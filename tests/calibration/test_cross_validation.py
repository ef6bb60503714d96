"""Folds of a cross-validation over source recordings."""

import numpy as np

from seldkit.calibration.cross_validation import FOLD_COUNT, assign_folds


def test_all_clips_of_a_recording_are_in_one_fold() -> None:
    random = np.random.default_rng(1)
    sources = [{0: {f"a/{random.integers(12)}"}, 3: {f"b/{random.integers(4)}"}} for _ in range(200)]
    folds = assign_folds(sources, 200, 5)
    for number in (0, 3):
        by_recording: dict[str, set[int]] = {}
        for clip, one in enumerate(sources):
            by_recording.setdefault(*one[number], set()).add(folds[clip, number])
        assert all(len(fold) == 1 for fold in by_recording.values())
        assert len(set().union(*by_recording.values())) == min(FOLD_COUNT, len(by_recording))
    assert np.array_equal(folds[:, 1], folds[:, 0])  # a missing class has the fold of the first known one


def test_clips_of_unknown_recordings_are_split_into_runs() -> None:
    assert assign_folds(None, 10, 1).ravel().tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert assign_folds([{}] * 10, 10, 1).tolist() == assign_folds(None, 10, 1).tolist()
