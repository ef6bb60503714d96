"""The calibration section of a configuration: written, read back, and checked."""

from typing import Any

import pytest

from calibration.examples import CALIBRATION, CURVES, INTERVALS
from seldkit.calibration.calibration_config import CalibrationConfig
from seldkit.errors import ModelError
from seldkit.models import ModelConfig
from training.clips import tiny_recipe


def config_with(calibration: object) -> ModelConfig:
    values = tiny_recipe().model.model_dump(mode="json") | {"calibration": calibration}
    return ModelConfig.parse(values, "config.yaml")


def test_a_written_calibration_is_read_back_unchanged() -> None:
    config = config_with(CALIBRATION.model_dump(mode="json"))
    assert config.calibration == CALIBRATION
    assert "calibration" not in tiny_recipe().model.yaml()


def test_the_former_key_of_half_widths_is_read() -> None:
    former = INTERVALS | {
        "azimuth": {"reach": [10.0, 30.0], "slope": 1.0},
        "distance": {"reach": [0.0, 0.7]},
    }
    values = {"clips": 9, "confidence": CURVES, "intervals": former}
    assert CalibrationConfig.model_validate(values) == CALIBRATION


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"confidence": CURVES[:1]}, "2 classes"),
        ({"intervals": INTERVALS | {"azimuth": {"half_width": [1.0]}}}, "2 classes"),
        ({"intervals": INTERVALS | {"coverage": 1.0}}, "coverage"),
        ({"intervals": INTERVALS | {"azimuth": {"half_width": [-1.0, 1.0]}}}, "half_width"),
        ({"confidence": [CURVES[0], CURVES[1] | {"lengths": [0.1, 1.0]}]}, "from 0 to 1"),
        ({"confidence": [CURVES[0], CURVES[1] | {"confidences": [0.6, 0.5]}]}, "non-decreasing"),
        ({"confidence": [CURVES[0], CURVES[1] | {"confidences": [0.5]}]}, "confidences"),
        ({"confidence": [CURVES[0], CURVES[1] | {"confidences": [0.5, float("nan")]}]}, "confidences"),
        ({"confidence": [CURVES[0], CURVES[1] | {"method": "beta"}]}, "method"),
        ({"clips": 0}, "clips"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_an_invalid_calibration_is_an_error_of_one_line(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message) as error:
        config_with(CALIBRATION.model_dump(mode="json") | change)
    assert "\n" not in str(error.value)
