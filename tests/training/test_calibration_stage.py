"""Confidences become frequencies, intervals hold their promise, and both come from a run by themselves."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seldkit.annotations import Annotations
from seldkit.calibration.confidence_fitting import (
    Lengths,
    cross_validated,
    fitted_curves,
)
from seldkit.calibration.conformal import conformal_quantile, fitted_reach
from seldkit.calibration.model_calibration import confidences
from seldkit.errors import SeldkitError
from seldkit.metrics import reliability
from seldkit.models import SeldModel
from seldkit.synthesis import draw_plan
from seldkit.synthesis.procedural.generated_sounds import procedural_library
from seldkit.synthesis.scene_description import SceneDescription, write_description
from seldkit.training.calibration_stage import calibrate
from seldkit.training.model_card import with_calibration
from seldkit.training.source_folds import FOLDS, folds_of, recordings_of
from seldkit.training.thresholds import THRESHOLDS, best_thresholds
from training.clips import CLASSES, FRAMES, FakeClips, tiny_recipe


def drawn(seed: int, count: int = 20_000) -> Lengths:
    """Cells of two classes whose frequency is the square of the length (class 0), or its half (class 1)."""
    random = np.random.default_rng(seed)
    length, class_id = random.random(count), random.integers(0, 2, count)
    chance = np.where(class_id == 0, length**2, length / 2)
    fold = np.sort(random.integers(0, FOLDS, count))
    return Lengths(fold, class_id, length, length > 0.3, random.random(count) < chance)


def test_fitted_confidences_are_frequencies_on_other_cells() -> None:
    curves, other = fitted_curves(drawn(1), 2), drawn(2)
    found = confidences(curves, other.class_id, other.length)
    named = other.named
    before = reliability(other.length[named], other.true[named]).error
    assert before > 0.15
    assert reliability(found[named], other.true[named]).error < 0.03


def test_each_class_has_its_own_curve() -> None:
    curves = fitted_curves(drawn(1), 2)
    at = confidences(curves, np.array([0, 1]), np.array([0.9, 0.9]))
    assert at == pytest.approx([0.81, 0.45], abs=0.05)
    assert {curve.fitted_on for curve in curves} == {"class"}


def test_a_class_that_is_never_heard_has_the_curve_of_all() -> None:
    cells = drawn(3)
    alone = fitted_curves(cells.take(cells.class_id == 0), 2)
    assert [curve.fitted_on for curve in alone] == ["class", "all"]
    assert alone[1].confidences == pytest.approx(alone[0].confidences, abs=0.1)


def test_what_differs_between_recordings_alone_moves_no_curve() -> None:
    """Class 1 is true in one part of its cells and false in the others: that says nothing of a new one."""
    cells = drawn(5)
    luck = Lengths(cells.fold, cells.class_id, cells.length, cells.named, cells.true.copy())
    luck.true[cells.class_id == 1] = cells.fold[cells.class_id == 1] == 0
    known, mixed = fitted_curves(luck, 2)[1], luck
    shuffled = np.random.default_rng(0).permutation(cells.fold)
    believed = fitted_curves(Lengths(shuffled, mixed.class_id, mixed.length, mixed.named, mixed.true), 2)[1]
    middle = fitted_curves(luck.take(luck.class_id == 0), 2)[0]
    apart = [abs(one.confidences[8] - middle.confidences[8]) for one in (known, believed)]
    assert apart[0] < apart[1]


def test_where_nothing_is_heard_confidences_stay_lengths() -> None:
    nothing = drawn(1, 10).take(np.zeros(10, np.bool_))
    assert fitted_curves(nothing, 2)[0].confidences == (0.0, 1.0)


def test_cross_validation_judges_no_cell_by_itself() -> None:
    cells, first = drawn(4, 2000), drawn(4, 2000).fold == 0
    turned = Lengths(cells.fold, cells.class_id, cells.length, cells.named, cells.true ^ first)
    assert np.array_equal(cross_validated(cells, 2)[first], cross_validated(turned, 2)[first])


def test_a_recording_is_in_one_part_wherever_it_sounds() -> None:
    random = np.random.default_rng(1)
    held = [{0: {f"a/{random.integers(12)}"}, 3: {f"b/{random.integers(4)}"}} for _ in range(200)]
    folds = folds_of(held, 200, 5)
    for number in (0, 3):
        parts: dict[str, set[int]] = {}
        for clip, one in enumerate(held):
            parts.setdefault(*one[number], set()).add(folds[clip, number])
        assert all(len(part) == 1 for part in parts.values())
        assert len(set().union(*parts.values())) == min(FOLDS, len(parts))
    assert np.array_equal(folds[:, 1], folds[:, 0])  # a class that does not sound goes with what does


def test_clips_of_unknown_recordings_are_parted_in_runs() -> None:
    assert folds_of(None, 10, 1).ravel().tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert folds_of([{}] * 10, 10, 1).tolist() == folds_of(None, 10, 1).tolist()


def test_recordings_come_from_the_descriptions_of_synthetic_clips(tmp_path: Path) -> None:
    plan = draw_plan((1, 2), procedural_library(0))
    path = tmp_path / "scenes" / "fold1_room1_mix001.json"
    path.parent.mkdir()
    write_description(SceneDescription(plan), path)
    (found,) = recordings_of(tmp_path, ["dev-train-synth/fold1_room1_mix001"]) or []
    assert sorted(found) == sorted({event.class_id for event in plan.events})
    names = [name for one in found.values() for name in one]
    assert {event.sound.rsplit("_", 1)[0] for event in plan.events} <= {
        name.rsplit("_", 1)[0] for name in names
    }
    assert recordings_of(tmp_path, ["elsewhere"]) == [{}]
    assert recordings_of(tmp_path / "scenes", ["elsewhere"]) is None
    path.write_text("{}")
    with pytest.raises(SeldkitError, match="format_version"):
        recordings_of(tmp_path, ["fold1_room1_mix001"])


@given(seed=st.integers(0, 1000), count=st.integers(1, 300))
@settings(derandomize=True, max_examples=10, deadline=None)
def test_curves_rise_from_nothing_and_stay_below_one(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    length = np.round(random.random(count), random.integers(0, 5))
    fold, nothing = random.integers(0, FOLDS, count), np.zeros(count, np.int64)
    (curve,) = fitted_curves(Lengths(fold, nothing, length, length > 0.5, random.random(count) > length), 1)
    assert (curve.lengths[0], curve.confidences[0], curve.lengths[-1]) == (0.0, 0.0, 1.0)
    assert np.all(np.diff(curve.confidences) >= 0)
    assert 0.0 <= curve.confidences[-1] <= 1.0


@given(st.integers(0, 1000), st.integers(10, 200))
@settings(derandomize=True, max_examples=20, deadline=None)
def test_the_conformal_quantile_is_the_rank_of_the_theorem(seed: int, count: int) -> None:
    errors = np.random.default_rng(seed).random(count)
    rank = int(np.ceil((count + 1) * 0.9))
    assert conformal_quantile(errors, 0.9) == sorted(errors)[min(rank, count) - 1]


def test_reaches_cover_new_events_of_every_class() -> None:
    random = np.random.default_rng(1)
    class_id, confidence = random.integers(0, 2, 40_000), random.random(40_000)
    errors = random.exponential(5.0, 40_000) * (1 + class_id) * (1 + 2 * (1 - confidence))
    reach = fitted_reach(errors[:20_000], class_id[:20_000], confidence[:20_000], 2, 0.9)
    assert reach is not None
    assert reach.slope >= 1.0
    wide = np.array(reach.reach)[class_id] * (1 + reach.slope * (1 - confidence))
    for number in range(2):
        within = (errors <= wide)[20_000:][class_id[20_000:] == number]
        assert within.mean() == pytest.approx(0.9, abs=0.02)


def test_too_few_events_have_no_reach() -> None:
    assert fitted_reach(np.ones(5), np.zeros(5, np.int64), np.ones(5), 1, 0.9) is None


def answers_of(lengths: np.ndarray) -> tuple[torch.Tensor, list[Annotations]]:
    """Clips in which class 0 answers with lengths ahead and sounds where they are above 0.5."""
    clips, frames = lengths.shape
    output = torch.zeros(clips, frames, 3, 3, 2)
    output[:, :, 0, 0, 0] = torch.from_numpy(lengths).float()
    output[:, :, 0, 2, 0] = 1.0
    tables = []
    for row in lengths:
        frame = np.flatnonzero(row > 0.5)
        nothing = np.zeros(len(frame))
        tables.append(Annotations(frame, frame * 0, frame * 0, nothing, nothing + 1, frames, classes=CLASSES))
    return output, tables


def test_thresholds_are_those_of_the_best_scores_and_rare_classes_follow_all() -> None:
    output, truth = answers_of(np.random.default_rng(1).random((20, FRAMES)))
    first, second = best_thresholds(tiny_recipe().model, output, truth)
    assert first == pytest.approx(0.5, abs=0.051)
    assert second == first  # class 1 never sounds: the best threshold of all, not the lowest that there is
    assert {first, second} <= set(THRESHOLDS.tolist())


@pytest.fixture(scope="module")
def calibrated() -> tuple[SeldModel, object]:
    torch.manual_seed(0)
    config = tiny_recipe().model
    model, clips = SeldModel(config), FakeClips(config, 60)
    model.features.fit(clips[index].features[None] for index in range(8))
    return model, calibrate(model, clips, thresholds=True)  # type: ignore[arg-type]


def test_calibration_changes_no_weight_and_is_written_down(calibrated, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    model, found = calibrated
    assert model.config.calibration is None
    assert len(found.model.config.calibration.confidence) == 2
    back = SeldModel.load(found.model.save(tmp_path / "model", card=with_calibration("# tiny\n", found)))
    assert back.config == found.model.config
    state = model.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in back.state_dict().items())


def test_a_card_has_one_section_on_calibration(calibrated) -> None:  # type: ignore[no-untyped-def]
    _, found = calibrated
    once = with_calibration("# tiny\n\n## Scores\n\nnone\n", found)
    twice = with_calibration(once + "\n## Limits\n\nmany\n", found)
    assert twice.count("## Calibration") == 1
    assert twice.index("## Scores") < twice.index("## Calibration") < twice.index("## Limits")
