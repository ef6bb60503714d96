"""Scores by polyphony and over seeds, and ensemble weights selected on validation clips."""

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
from training.clips import CLASSES, FRAMES, tiny_recipe

SOURCE_COUNTS = (1, 1, 1, 2, 2, 3, 3, 3, 0, 0)
"""Sources in each frame of `clip`."""


def clip(azimuth: float = 60.0) -> Annotations:
    """`SOURCE_COUNTS` sources of one class, 60 degrees from each other."""
    frame = np.repeat(np.arange(FRAMES), SOURCE_COUNTS)
    source = np.concatenate([np.arange(count) for count in SOURCE_COUNTS])
    return Annotations(
        *(frame, 0 * frame, source, azimuth - 60.0 * source, 0.0 * source + 1.0, FRAMES), classes=CLASSES
    )


def turned(one: Annotations, frame: int) -> Annotations:
    """The same annotations with one frame turned by 30 degrees."""
    columns = {
        name: getattr(one, name) for name in ("class_id", "source", "distance", "frame_count", "classes")
    }
    return Annotations(frame=one.frame, azimuth=one.azimuth + 30.0 * (one.frame == frame), **columns)


def f_scores(predictions: Annotations, protocol: str = "dcase2025") -> dict[str, tuple[float, float]]:
    """Official and strict F-score of each level."""
    levels = scores_by_polyphony([clip()] * 2, [predictions] * 2, protocol)
    return {
        one.sources: (one.official["f_score"] if one.official else np.nan, one.strict["f_score"])
        for one in levels
    }


def test_frames_are_grouped_by_the_number_of_reference_sources() -> None:
    levels = scores_by_polyphony([clip()], [clip()], "dcase2025")
    assert [(one.sources, one.frames) for one in levels] == [("1", 3), ("2", 2), ("3+", 3)]
    assert all(one.strict["f_score"] == 1.0 for one in levels)


def test_an_error_affects_the_level_of_its_frame_only() -> None:
    assert {level: strict for level, (_, strict) in f_scores(turned(clip(), 3)).items()} == {
        "1": 1.0,
        "2": pytest.approx(0.5),
        "3+": 1.0,
    }


def test_the_official_reading_skips_only_the_last_annotated_frame_of_the_clip() -> None:
    right, late = f_scores(clip()), f_scores(turned(clip(), 7))
    assert late["3+"] == (right["3+"][0], pytest.approx(2 / 3))
    for frame, level in ((2, "1"), (4, "2"), (6, "3+")):
        assert f_scores(turned(clip(), frame))[level][0] < 0.8 * right[level][0]


def test_predictions_in_frames_without_a_reference_do_not_count() -> None:
    more = Annotations(
        *([*clip().frame, 9], [*clip().class_id, 1], [*clip().source, 0], [*clip().azimuth, 0.0]),
        [*clip().distance, 1.0],
        FRAMES,
        classes=CLASSES,
    )
    assert all(strict == 1.0 for _, strict in f_scores(more).values())
    assert evaluate([clip()], [more], reading="strict", average="micro")["f_score"] < 1.0


def test_protocols_of_segments_have_no_official_reading() -> None:
    levels = scores_by_polyphony([clip()], [clip()], "dcase2023")
    assert [one.official for one in levels] == [None] * 3
    assert levels[0].to_dict()["official"] is None


def test_clips_without_frames_of_a_level_do_not_widen_its_intervals() -> None:
    quiet = Annotations.empty(FRAMES, CLASSES)
    (one, *_) = scores_by_polyphony([clip(), quiet, quiet], [clip(), quiet, quiet], "dcase2025")
    assert one.strict.clips == 1
    assert scores_by_polyphony([quiet], [quiet], "dcase2025") == ()


def test_statistics_are_mean_and_sample_deviation() -> None:
    scores = [
        evaluate([clip()], [predictions], reading="strict", average="micro")
        for predictions in (clip(), Annotations.empty(FRAMES, CLASSES))
    ]
    over = seed_statistics(scores)["f_score"]
    assert (over.mean, over.deviation) == (0.5, pytest.approx(np.sqrt(0.5)))
    assert np.isnan(seed_statistics(scores)["doa_error"].mean)
    assert seed_statistics(scores)["doa_error"].to_dict() == {"mean": None, "deviation": None}


def models(count: int) -> list[SeldModel]:
    return [SeldModel(tiny_recipe().model).eval() for _ in range(count)]


def outputs(lengths: tuple[float, float], count: int = 3) -> torch.Tensor:
    """Outputs with both classes straight ahead at 1 m in all frames, with vectors of these lengths."""
    output = torch.zeros(count, FRAMES, 3, 3, 2)
    output[:, :, 0, 0] = torch.tensor(lengths)
    output[:, :, 0, 2] = 1.0
    return output


def both_ahead(count: int = 3) -> list[Annotations]:
    frame = np.repeat(np.arange(FRAMES), 2)
    class_id = np.tile([0, 1], FRAMES)
    return [
        Annotations(frame, class_id, 0 * frame, 0.0 * frame, 0.0 * frame + 1, FRAMES, classes=CLASSES)
    ] * count


def test_a_harmful_model_has_weight_0() -> None:
    predicted = [outputs((0.0, 0.0)), outputs((0.8, 0.8))]
    chosen = select_weights(models(2), predicted, both_ahead())
    assert chosen.weights == (0.0, 1.0)
    assert (chosen.f_score, chosen.single_f_scores, chosen.clips) == (1.0, (0.0, 1.0), 3)
    assert chosen.equal_f_score < 1.0


def test_complementary_models_have_equal_weights() -> None:
    predicted = [outputs((1.2, 0.0)), outputs((0.0, 1.2))]
    chosen = select_weights(models(2), predicted, both_ahead())
    assert chosen.weights == (0.5, 0.5)
    assert (chosen.f_score, chosen.equal_f_score) == (1.0, 1.0)
    assert max(chosen.single_f_scores) == pytest.approx(0.5)


def test_the_selected_weights_give_the_selected_score() -> None:
    """Only three times the first and once the last model exceeds the threshold for both classes."""
    predicted = [outputs((0.64, 0.45)), outputs((0.0, 0.0)), outputs((0.2, 0.7))]
    members = models(3)
    chosen = select_weights(members, predicted, both_ahead())
    assert chosen.weights == (0.75, 0.0, 0.25)
    ensemble = Ensemble(members, chosen.weights)
    annotations = ensemble.decode(ensemble.average(predicted))
    assert evaluate(both_ahead(), annotations, reading="strict")["f_score"] == chosen.f_score == 1.0
    assert chosen == select_weights(members, predicted, both_ahead())
    assert chosen.equal_f_score < 1.0


def test_equal_weights_are_the_default() -> None:
    chosen = select_weights(models(3), [outputs((0.0, 0.0))] * 3, both_ahead())
    assert chosen.weights == pytest.approx((1 / 3,) * 3)


def test_an_ensemble_needs_two_compatible_models() -> None:
    config = tiny_recipe().model
    check_ensemble([config, config])
    with pytest.raises(SeldkitError, match="there is only one"):
        check_ensemble([config])
    with pytest.raises(SeldkitError, match="cannot be in one ensemble: elements is"):
        check_ensemble([config, config.model_copy(update={"elements": ("x", "y")})])
