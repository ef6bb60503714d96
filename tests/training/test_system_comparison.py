"""What a comparison counts: by overlap, over seeds, with weights chosen on validation clips."""

from pathlib import Path

import numpy as np
import pytest
import torch

from seldkit.annotations import Annotations
from seldkit.errors import SeldkitError
from seldkit.metrics import evaluate
from seldkit.models import Ensemble, SeldModel
from seldkit.training.comparison import scores_by_polyphony, select_weights
from seldkit.training.comparison.comparison_report import seed_statistics
from seldkit.training.comparison.ensembles import check_ensemble
from seldkit.training.prepared_sources import PreparedSources
from training.clips import CLASSES, FRAMES, tiny_recipe

AT_ONCE = (1, 1, 1, 2, 2, 3, 3, 3, 0, 0)
"""Sources in each frame of `clip`."""


def clip(azimuth: float = 60.0) -> Annotations:
    """As many sources of one class as `AT_ONCE` says, 60 degrees from each other."""
    frame = np.repeat(np.arange(FRAMES), AT_ONCE)
    source = np.concatenate([np.arange(count) for count in AT_ONCE])
    return Annotations(
        *(frame, 0 * frame, source, azimuth - 60.0 * source, 0.0 * source + 1.0, FRAMES), classes=CLASSES
    )


def turned(one: Annotations, frame: int) -> Annotations:
    """The same with what it has in a frame 30 degrees beside."""
    columns = {
        name: getattr(one, name) for name in ("class_id", "source", "distance", "frame_count", "classes")
    }
    return Annotations(frame=one.frame, azimuth=one.azimuth + 30.0 * (one.frame == frame), **columns)


def f_scores(found: Annotations, protocol: str = "dcase2025") -> dict[str, tuple[float, float]]:
    """Of each level the official and the strict F-score."""
    levels = scores_by_polyphony([clip()] * 2, [found] * 2, protocol)
    return {
        one.sources: (one.official["f_score"] if one.official else np.nan, one.strict["f_score"])
        for one in levels
    }


def test_frames_count_by_the_sources_that_the_reference_has() -> None:
    levels = scores_by_polyphony([clip()], [clip()], "dcase2025")
    assert [(one.sources, one.frames) for one in levels] == [("1", 3), ("2", 2), ("3+", 3)]
    assert all(one.strict["f_score"] == 1.0 for one in levels)


def test_an_error_is_counted_where_it_happened() -> None:
    assert {level: strict for level, (_, strict) in f_scores(turned(clip(), 3)).items()} == {
        "1": 1.0,
        "2": pytest.approx(0.5),
        "3+": 1.0,
    }


def test_the_official_reading_leaves_out_the_last_annotated_frame_of_the_clip_and_no_other() -> None:
    right, late = f_scores(clip()), f_scores(turned(clip(), 7))
    assert late["3+"] == (right["3+"][0], pytest.approx(2 / 3))
    for frame, level in ((2, "1"), (4, "2"), (6, "3+")):
        assert f_scores(turned(clip(), frame))[level][0] < 0.8 * right[level][0]


def test_answers_where_nothing_sounds_count_nowhere() -> None:
    more = Annotations(
        *([*clip().frame, 9], [*clip().class_id, 1], [*clip().source, 0], [*clip().azimuth, 0.0]),
        [*clip().distance, 1.0],
        FRAMES,
        classes=CLASSES,
    )
    assert all(strict == 1.0 for _, strict in f_scores(more).values())
    assert evaluate([clip()], [more], reading="strict", average="micro")["f_score"] < 1.0


def test_segments_have_no_official_reading_by_frames() -> None:
    levels = scores_by_polyphony([clip()], [clip()], "dcase2023")
    assert [one.official for one in levels] == [None] * 3
    assert levels[0].to_dict()["official"] is None


def test_clips_without_such_frames_do_not_widen_intervals() -> None:
    quiet = Annotations.empty(FRAMES, CLASSES)
    (one, *_) = scores_by_polyphony([clip(), quiet, quiet], [clip(), quiet, quiet], "dcase2025")
    assert one.strict.clips == 1
    assert scores_by_polyphony([quiet], [quiet], "dcase2025") == ()


def test_seeds_have_a_mean_and_the_deviation_of_a_sample() -> None:
    scores = [
        evaluate([clip()], [found], reading="strict", average="micro")
        for found in (clip(), Annotations.empty(FRAMES, CLASSES))
    ]
    over = seed_statistics(scores)["f_score"]
    assert (over.mean, over.deviation) == (0.5, pytest.approx(np.sqrt(0.5)))
    assert np.isnan(seed_statistics(scores)["doa_error"].mean)
    assert seed_statistics(scores)["doa_error"].to_dict() == {"mean": None, "deviation": None}


def models(count: int) -> list[SeldModel]:
    return [SeldModel(tiny_recipe().model).eval() for _ in range(count)]


def hearing(strengths: tuple[float, float], count: int = 3) -> torch.Tensor:
    """Answers that have both classes straight ahead at 1 m in all frames, their vectors so long."""
    answer = torch.zeros(count, FRAMES, 3, 3, 2)
    answer[:, :, 0, 0] = torch.tensor(strengths)
    answer[:, :, 0, 2] = 1.0
    return answer


def both_ahead(count: int = 3) -> list[Annotations]:
    frame = np.repeat(np.arange(FRAMES), 2)
    class_id = np.tile([0, 1], FRAMES)
    return [
        Annotations(frame, class_id, 0 * frame, 0.0 * frame, 0.0 * frame + 1, FRAMES, classes=CLASSES)
    ] * count


def test_a_model_that_does_harm_has_no_weight() -> None:
    answers = [hearing((0.0, 0.0)), hearing((0.8, 0.8))]
    chosen = select_weights(models(2), answers, both_ahead())
    assert chosen.weights == (0.0, 1.0)
    assert (chosen.f_score, chosen.single_f_scores, chosen.clips) == (1.0, (0.0, 1.0), 3)
    assert chosen.equal_f_score < 1.0


def test_models_that_complete_each_other_count_alike() -> None:
    answers = [hearing((1.2, 0.0)), hearing((0.0, 1.2))]
    chosen = select_weights(models(2), answers, both_ahead())
    assert chosen.weights == (0.5, 0.5)
    assert (chosen.f_score, chosen.equal_f_score) == (1.0, 1.0)
    assert max(chosen.single_f_scores) == pytest.approx(0.5)


def test_weights_are_those_of_the_ensemble_that_answers() -> None:
    """No model hears both classes, nor do two of them alike: three of the first and one of the last do."""
    given = [hearing((0.64, 0.45)), hearing((0.0, 0.0)), hearing((0.2, 0.7))]
    members = models(3)
    chosen = select_weights(members, given, both_ahead())
    assert chosen.weights == (0.75, 0.0, 0.25)
    ensemble = Ensemble(members, chosen.weights)
    found = ensemble.decode(ensemble.average(given))
    assert evaluate(both_ahead(), found, reading="strict")["f_score"] == chosen.f_score == 1.0
    assert chosen == select_weights(members, given, both_ahead())
    assert chosen.equal_f_score < 1.0


def test_where_nothing_is_better_all_count_alike() -> None:
    chosen = select_weights(models(3), [hearing((0.0, 0.0))] * 3, both_ahead())
    assert chosen.weights == pytest.approx((1 / 3,) * 3)


def test_one_model_is_no_ensemble() -> None:
    config = tiny_recipe().model
    check_ensemble([config, config])
    with pytest.raises(SeldkitError, match="there is only one"):
        check_ensemble([config])
    with pytest.raises(SeldkitError, match="cannot be in one ensemble: elements is"):
        check_ensemble([config, config.model_copy(update={"elements": ("x", "y")})])


def test_data_sets_of_one_name_have_stores_of_their_own(tmp_path: Path) -> None:
    first, second, third = tmp_path / "a" / "set", tmp_path / "b" / "set", tmp_path / "b" / "other"
    sources = PreparedSources({"": first}, tmp_path, tests=[second, third])
    names = [sources._store_name(folder) for folder in (first, second, third)]
    assert len(set(names)) == 3
    assert names[2] == "other"
    assert PreparedSources({"": first}, tmp_path, tests=[first])._store_name(first) == "set"
