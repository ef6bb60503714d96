"""Tables that the command prints."""

import numpy as np

from seldkit.annotations import Annotations
from seldkit.classes import STARSS23
from seldkit.cli.event_tables import truth_line


def heard(class_id: int, classes: tuple[str, ...]) -> Annotations:
    frames = np.arange(20)
    return Annotations(
        frames, 0 * frames + class_id, 0 * frames, 0.0 * frames, 0.0 * frames + 2, 20, classes=classes
    )


def test_own_class_names_are_compared_with_the_ground_truth_by_name() -> None:
    truth = heard(STARSS23.index("water tap"), STARSS23)
    assert "F20/1 1.00" in truth_line(truth, heard(1, ("owl", "water tap")))
    assert "F20/1 0.00" in truth_line(truth, heard(0, ("owl", "water tap")))
