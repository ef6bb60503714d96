"""A calibration of two classes, and annotations to apply it to."""

from typing import Any

import numpy as np

from seldkit.annotations import Annotations
from seldkit.calibration.calibration_config import CalibrationConfig

CURVES: list[dict[str, Any]] = [
    {"method": "isotonic", "lengths": [0.0, 0.5, 1.0], "confidences": [0.0, 0.2, 0.4]},
    {"method": "temperature", "lengths": [0.0, 1.0], "confidences": [0.5, 1.0]},
]
INTERVALS: dict[str, Any] = {
    "coverage": 0.9,
    "azimuth": {"half_width": [10.0, 30.0], "slope": 1.0},
    "distance": {"half_width": [0.0, 0.7]},
}
CALIBRATION = CalibrationConfig.model_validate({"clips": 9, "confidence": CURVES, "intervals": INTERVALS})


def predictions(class_id: int, azimuth: float, length: float = 1.0) -> Annotations:
    """Ten frames with one source at a distance of 2 m, with confidences that are vector lengths."""
    frame, zeros = np.arange(10), np.zeros(10)
    return Annotations(
        frame, class_id + 0 * frame, 0 * frame, zeros + azimuth, zeros + 2, 10, confidence=zeros + length
    )
