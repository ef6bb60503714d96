"""The strict readings equal an independent reference implementation and have the properties of scores."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.clips import random_clip
from metrics.reference_scores import angle_2025, angle_in_space, frame_scores, segment_scores
from seldkit.annotations import Annotations
from seldkit.metrics import PROTOCOLS, Scores, evaluate

every_protocol = pytest.mark.parametrize("protocol", PROTOCOLS.names())
frame_based = [name for name in PROTOCOLS.names() if not PROTOCOLS[name].is_segment_based]
few = settings(derandomize=True, max_examples=12, deadline=None)
seeds = st.integers(0, 10_000)


def clips(seed: int, count: int = 3, step: int = 5) -> tuple[list[Annotations], list[Annotations]]:
    sizes = np.random.default_rng(seed).integers(0, 60, (2, count))
    references = [random_clip(seed * 20 + i, int(sizes[0, i]), step=step) for i in range(count)]
    return references, [random_clip(seed * 20 + 10 + i, int(sizes[1, i]), step=step) for i in range(count)]


def uneven(clip: Annotations, seed: int) -> Annotations:
    """The same clip with azimuths moved by up to 0.1 degrees, so that no two pairings cost the same."""
    return replace(clip, azimuth=clip.azimuth + 0.1 * np.sin(7.3 * np.arange(len(clip)) + seed))


def same(left: Scores, right: Scores, tolerance: float = 1e-9) -> bool:
    return all(
        math.isclose(left[name], right[name], abs_tol=tolerance)
        or (math.isnan(left[name]) and math.isnan(right[name]))
        for name in left.overall
    )


@pytest.mark.parametrize("average", ["macro", "micro"])
@few
@given(seed=seeds, onscreen=st.booleans())
def test_2025_equals_the_reference_implementation(average: str, seed: int, onscreen: bool) -> None:
    references, predictions = clips(seed)
    result = evaluate(references, predictions, "dcase2025", "strict", average, require_onscreen=onscreen)
    expected = frame_scores(references, predictions, angle_2025, onscreen, average)
    assert result.overall == pytest.approx(
        {name: expected[name] for name in result.overall}, nan_ok=True, rel=1e-9
    )


@pytest.mark.parametrize("average", ["macro", "micro"])
@few
@given(seed=seeds)
def test_2024_equals_the_reference_implementation(average: str, seed: int) -> None:
    # Uneven, because at exactly 20 degrees the result depends on rounding.
    references, predictions = ([uneven(clip, seed) for clip in side] for side in clips(seed))
    result = evaluate(references, predictions, "dcase2024", "strict", average)
    expected = frame_scores(references, predictions, angle_in_space, False, average)
    assert result.overall == pytest.approx(
        {name: expected[name] for name in result.overall}, nan_ok=True, abs=1e-6
    )


@pytest.mark.parametrize("average", ["macro", "micro"])
@few
@given(seed=seeds)
def test_2023_equals_the_reference_implementation(average: str, seed: int) -> None:
    references, predictions = ([uneven(clip, seed) for clip in side] for side in clips(seed))
    result = evaluate(references, predictions, "dcase2023", "strict", average)
    assert result.overall == pytest.approx(
        segment_scores(references, predictions, average), nan_ok=True, abs=1e-6
    )


@every_protocol
@few
@given(seed=seeds)
def test_mirroring_both_sides_changes_nothing(protocol: str, seed: int) -> None:
    references, predictions = clips(seed, step=7)
    if PROTOCOLS[protocol].is_segment_based:  # has no rule for equal costs
        references, predictions = ([uneven(c, seed) for c in side] for side in (references, predictions))
    plain = evaluate(references, predictions, protocol, "strict")
    turned = evaluate(
        [c.mirrored() for c in references], [c.mirrored() for c in predictions], protocol, "strict"
    )
    assert same(plain, turned)


@every_protocol
@few
@given(seed=seeds)
def test_relabelling_the_classes_changes_nothing(protocol: str, seed: int) -> None:
    references, predictions = clips(seed)
    order = np.random.default_rng(seed).permutation(13)
    moved = [[replace(c, class_id=order[c.class_id]) for c in side] for side in (references, predictions)]
    for average in ("macro", "micro"):
        plain = evaluate(references, predictions, protocol, "strict", average)
        assert same(plain, evaluate(*moved, protocol, "strict", average))


@pytest.mark.parametrize("protocol", frame_based)
@few
@given(seed=seeds)
def test_the_order_of_rows_changes_nothing(protocol: str, seed: int) -> None:
    references, predictions = clips(seed)
    random = np.random.default_rng(seed)
    shuffled = [[c.take(random.permutation(len(c))) for c in side] for side in (references, predictions)]
    assert same(
        evaluate(references, predictions, protocol, "strict"), evaluate(*shuffled, protocol, "strict"), 1e-6
    )


@pytest.mark.parametrize("reading", ["strict", "official"])
@every_protocol
@few
@given(seed=seeds)
def test_duplicated_clips_do_not_change_scores(protocol: str, reading: str, seed: int) -> None:
    references, predictions = clips(seed)
    once = evaluate(references, predictions, protocol, reading)
    assert same(once, evaluate(references * 2, predictions * 2, protocol, reading))


@every_protocol
def test_perfect_predictions_have_perfect_scores(protocol: str) -> None:
    references = [random_clip(seed, 60, step=7) for seed in range(4)]
    scores = evaluate(references, references, protocol, "strict")
    assert scores["f_score"] == 1
    assert all(
        value == pytest.approx(0, abs=1e-6) for name, value in scores.overall.items() if "error" in name
    )


@every_protocol
def test_empty_predictions_score_zero(protocol: str) -> None:
    references = [random_clip(seed) for seed in range(3)]
    scores = evaluate(references, [Annotations.empty(25)] * 3, protocol, "strict")
    assert scores["f_score"] == 0
    assert scores.to_dict()["f_score"] == 0


@every_protocol
def test_scores_of_empty_clips_are_nan(protocol: str) -> None:
    empty = [Annotations.empty(50)]
    scores = evaluate(empty, empty, protocol, "strict")
    assert math.isnan(scores["f_score"])
    assert scores.to_dict()["f_score"] is None
