import pytest

from seldkit.text_format import azimuth_text, distance_text, onscreen_text


@pytest.mark.parametrize(
    ("azimuth", "words"),
    [
        (0.0, "0° ahead"),
        (9.4, "9° ahead"),
        (10.0, "10° left"),
        (-34.2, "34° right"),
        (90.0, "90° left"),
        (-120.0, "120° right, behind"),
        (178.0, "178° behind"),
        (float("nan"), "unknown"),
    ],
)
def test_positive_azimuth_is_left(azimuth: float, words: str) -> None:
    assert azimuth_text(azimuth) == words


def test_unknown_values_have_a_text() -> None:
    assert distance_text(float("nan")) == "unknown"
    assert [onscreen_text(value) for value in (True, False, None)] == ["on", "off", "–"]
