"""Differences of the class colours in Lab, simulated for colour blindness."""

import numpy as np
import pytest

from seldkit.render.marker_shapes import BACKGROUND
from seldkit.render.palette import PALETTE, class_colour, class_colour_on_dark

VISION = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
"""Transformations of linear RGB (Machado, Oliveira and Fernandes, 2009, severity 1)."""
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
NUMBERS = range(len(PALETTE))


def linear(colours: list[tuple[int, ...]]) -> np.ndarray:
    share = np.array(colours) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def light() -> list[tuple[int, ...]]:
    return [tuple(bytes.fromhex(class_colour(number)[1:])) for number in NUMBERS]


def smallest_difference(colours: list[tuple[int, ...]], vision: str) -> float:
    """Smallest difference of two colours (CIE 1976 ΔE)."""
    xyz = (linear(colours) @ np.asarray(VISION[vision]).T).clip(0, 1) @ TO_XYZ.T / TO_XYZ.sum(axis=1)
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    lab = np.stack(
        [116 * root[:, 1] - 16, 500 * (root[:, 0] - root[:, 1]), 200 * (root[:, 1] - root[:, 2])], 1
    )
    differences = np.linalg.norm(lab[:, None] - lab, axis=-1)
    return float(differences[np.triu_indices(len(lab), 1)].min())


def contrasts(colours: list[tuple[int, ...]], background: tuple[int, ...]) -> np.ndarray:
    """Contrast ratio of each colour to the background, 1 to 21 (WCAG 2)."""
    luminance = linear([*colours, background]) @ TO_XYZ[1] + 0.05
    return np.maximum(luminance[:-1], luminance[-1]) / np.minimum(luminance[:-1], luminance[-1])


@pytest.mark.parametrize("vision", VISION)
def test_colours_are_distinguishable_with_any_colour_vision(vision: str) -> None:
    assert smallest_difference(light(), vision) > 20
    assert smallest_difference([class_colour_on_dark(number) for number in NUMBERS], vision) > 19


def test_colours_have_contrast_to_the_background() -> None:
    assert contrasts(light(), (255, 255, 255)).min() >= 3
    assert contrasts([class_colour_on_dark(number) for number in NUMBERS], BACKGROUND).min() >= 4.5
