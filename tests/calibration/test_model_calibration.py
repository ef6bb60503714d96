"""A configuration's calibration: one interpolation for all classes, intervals that keep their bounds."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from seldkit.annotations import Annotations
from seldkit.calibration.model_calibration import CalibrationConfig, calibrated, with_intervals
from seldkit.detection import track_events
from seldkit.errors import ModelError
from seldkit.models import ModelConfig
from training.clips import tiny_recipe

CURVES: list[dict[str, Any]] = [
    {"method": "isotonic", "lengths": [0.0, 0.5, 1.0], "confidences": [0.0, 0.2, 0.4]},
    {"method": "temperature", "lengths": [0.0, 1.0], "confidences": [0.5, 1.0]},
]
INTERVALS: dict[str, Any] = {
    "coverage": 0.9,
    "azimuth": {"reach": [10.0, 30.0], "slope": 1.0},
    "distance": {"reach": [0.0, 0.7]},
}
CALIBRATION = CalibrationConfig.model_validate({"clips": 9, "confidence": CURVES, "intervals": INTERVALS})


def heard(class_id: int, azimuth: float, length: float = 1.0) -> Annotations:
    number = np.arange(10)
    flat = np.zeros(10)
    return Annotations(
        number, class_id + 0 * number, 0 * number, flat + azimuth, flat + 2, 10, confidence=flat + length
    )


def test_each_class_has_its_own_confidence_for_a_length() -> None:
    assert calibrated(heard(0, 0.0, 0.75), CALIBRATION).confidence == pytest.approx([0.3] * 10)
    assert calibrated(heard(1, 0.0, 0.75), CALIBRATION).confidence == pytest.approx([0.875] * 10)
    assert calibrated(heard(1, 0.0), CALIBRATION).confidence == pytest.approx([1.0] * 10)
    assert calibrated(heard(0, 0.0), None) == heard(0, 0.0)


def test_intervals_widen_with_doubt_and_stay_in_front() -> None:
    (event,) = with_intervals(track_events(heard(1, 80.0, 0.5)), CALIBRATION, folded=True)
    assert event.azimuth_interval is not None
    assert event.distance_interval is not None
    assert (event.azimuth_interval.low, event.azimuth_interval.high) == pytest.approx((35.0, 90.0))
    around = event.distance_interval
    assert (around.low, around.high) == pytest.approx((2 / np.exp(0.7), 2 * np.exp(0.7)))
    (event,) = with_intervals(track_events(heard(1, 80.0, 0.5)), CALIBRATION, folded=False)
    assert event.azimuth_interval is not None
    assert event.azimuth_interval.high == pytest.approx(125.0)


def test_what_is_unknown_has_no_interval() -> None:
    (event,) = track_events(heard(0, np.nan))
    (around,) = with_intervals([replace(event, distance=np.nan)], CALIBRATION, folded=True)
    assert around.azimuth_interval is None
    assert around.distance_interval is None
    assert with_intervals([event], None, folded=True) == (event,)


def config_with(calibration: object) -> ModelConfig:
    values = tiny_recipe().model.model_dump(mode="json") | {"calibration": calibration}
    return ModelConfig.parse(values, "config.yaml")


def test_a_calibration_is_read_as_it_was_written() -> None:
    config = config_with(CALIBRATION.model_dump(mode="json"))
    assert config.calibration == CALIBRATION
    assert "calibration" not in tiny_recipe().model.yaml()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"confidence": CURVES[:1]}, "2 classes"),
        ({"intervals": INTERVALS | {"azimuth": {"reach": [1.0]}}}, "2 classes"),
        ({"intervals": INTERVALS | {"coverage": 1.0}}, "coverage"),
        ({"intervals": INTERVALS | {"azimuth": {"reach": [-1.0, 1.0]}}}, "reach"),
        ({"confidence": [CURVES[0], CURVES[1] | {"lengths": [0.1, 1.0]}]}, "from 0 to 1"),
        ({"confidence": [CURVES[0], CURVES[1] | {"confidences": [0.6, 0.5]}]}, "never fall"),
        ({"confidence": [CURVES[0], CURVES[1] | {"confidences": [0.5]}]}, "confidences"),
        ({"confidence": [CURVES[0], CURVES[1] | {"confidences": [0.5, float("nan")]}]}, "confidences"),
        ({"confidence": [CURVES[0], CURVES[1] | {"method": "beta"}]}, "method"),
        ({"clips": 0}, "clips"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_damaged_calibration_is_refused_in_one_line(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError, match=said) as refused:
        config_with(CALIBRATION.model_dump(mode="json") | change)
    assert "\n" not in str(refused.value)
