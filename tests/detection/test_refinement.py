"""Events corrected by what is seen."""

import numpy as np
import pytest

from seldkit.annotations import Annotations
from seldkit.classes import STARSS23
from seldkit.detection.refinement import RULES, Rule, VisualDetections, refine, select_rules
from seldkit.errors import SeldkitError


def heard(rows: list[tuple[int, str, float]], onscreen: list[bool] | None = None) -> Annotations:
    frame, name, azimuth = zip(*rows, strict=True)
    class_id = [STARSS23.index(one) for one in name]
    flags = np.zeros(len(rows), bool) if onscreen is None else np.array(onscreen)
    return Annotations(frame, class_id, np.arange(len(rows)), azimuth, np.ones(len(rows)), 50, onscreen=flags)


def seen(*rows: tuple[int, str, float, float]) -> VisualDetections:
    frame, kind, azimuth, score = zip(*rows, strict=True) if rows else ((), (), (), ())
    return VisualDetections(np.array(frame, int), kind, np.array(azimuth, float), np.array(score, float))


def test_speech_moves_to_the_nearest_mouth_of_its_frame() -> None:
    before = heard([(3, "female speech", 10.0), (4, "female speech", 10.0), (5, "female speech", 10.0)])
    mouths = seen((3, "mouth", 14.0, 0.9), (3, "mouth", 2.0, 0.9), (4, "mouth", -30.0, 0.9))
    after, effects = refine(before, mouths)
    np.testing.assert_array_equal(after.azimuth, [14.0, 10.0, 10.0])
    np.testing.assert_array_equal(after.onscreen, [True, False, False])
    effect = effects[0]
    assert (effect.rows, effect.matched, effect.shift, effect.flagged) == (3, 1, 4.0, 1)


@pytest.mark.parametrize(
    ("name", "kind"), [(rule.class_name, rule.kinds[0]) for rule in RULES if rule.enabled]
)
def test_every_rule_has_its_own_objects(name: str, kind: str) -> None:
    before = heard([(0, name, 20.0)])
    others = seen(*((0, other.kinds[0], 22.0, 1.0) for other in RULES if kind not in other.kinds))
    assert refine(before, others)[0] == before
    assert refine(before, seen((0, kind, 22.0, 1.0)))[0].azimuth[0] == 22.0


def test_rules_can_be_enabled_and_disabled() -> None:
    before, wrist = heard([(0, "knock", 20.0)]), seen((0, "wrist", 22.0, 1.0))
    assert refine(before, wrist)[0] == before
    assert refine(before, wrist, select_rules({"knock": True}))[0].azimuth[0] == 22.0
    assert not refine(before, wrist, select_rules({"clapping": False, "knock": False}))[0].onscreen.any()
    with pytest.raises(SeldkitError, match="did you mean 'knock'"):
        select_rules({"knocks": True})


def test_a_rule_may_flag_only_or_move_only() -> None:
    before, wrist = heard([(0, "clapping", 20.0)]), seen((0, "wrist", 22.0, 1.0))
    flagged, _ = refine(before, wrist, [Rule("clapping", ("wrist",), sets_azimuth=False)])
    moved, _ = refine(before, wrist, [Rule("clapping", ("wrist",), sets_onscreen=False)])
    assert (flagged.azimuth[0], flagged.onscreen[0]) == (20.0, True)
    assert (moved.azimuth[0], moved.onscreen[0]) == (22.0, False)


def test_uncertain_detections_and_unknown_directions_change_nothing() -> None:
    before = heard([(0, "clapping", 20.0), (1, "clapping", np.nan)])
    after, effects = refine(before, seen((0, "wrist", 22.0, 0.1), (1, "wrist", 0.0, 1.0)))
    assert after == before
    assert effects[0].matched == 0


def test_no_visual_detections_change_nothing() -> None:
    before = heard([(0, "clapping", 20.0)], [True])
    assert refine(before, seen())[0] == before


def test_refinement_adds_onscreen_flags_to_an_audio_model() -> None:
    unknown = Annotations([0, 0], [2, 8], [0, 0], [20.0, 50.0], [1.0, 1.0], 50)
    after, _ = refine(unknown, seen((0, "wrist", 22.0, 1.0)))
    np.testing.assert_array_equal(after.onscreen, [True, False])
    assert refine(unknown, seen())[0].onscreen is None
