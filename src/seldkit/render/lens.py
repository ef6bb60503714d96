"""Where in a picture's width a direction lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from seldkit.errors import SeldkitError
from seldkit.geometry import DCASE2025_CAMERA

PANORAMA: Final = 360.0
"""Degrees across a picture that shows all directions."""


def lens_of(width: int, height: int, field_of_view: float | None) -> Lens:
    """The lens of pictures of a size in pixels.

    field_of_view: degrees from the left edge to the right one, above 0 and below 180, or 360 for a panorama;
    None takes 100 degrees along the longer side, as the DCASE 2025 data have it. Raises SeldkitError.
    """
    if field_of_view is None:
        half = np.tan(np.deg2rad(DCASE2025_CAMERA.field_of_view / 2)) * width / max(width, height)
        field_of_view = float(2 * np.rad2deg(np.arctan(half)))
    if field_of_view != PANORAMA and not 0.0 < field_of_view < 180.0:
        raise SeldkitError(
            f"expected a field of view of 0 to 180 degrees, or 360 for a panorama, got {field_of_view:g}"
        )
    return Lens(field_of_view, field_of_view != PANORAMA, width / height)


@dataclass(frozen=True)
class Lens:
    """Maps directions to places in a picture, from 0 (left, top) to 1.

    field: degrees from the left edge to the right one. flat: a perspective picture, as cameras take them;
    else a panorama, in which azimuth falls evenly from left to right (360° recordings, drawn grounds).
    aspect: width divided by height.
    """

    field: float
    flat: bool
    aspect: float

    def x(self, azimuth: float) -> float | None:
        """The place of an azimuth in degrees; None where it is beyond the edges, behind, or unknown."""
        if not abs(azimuth) <= min(self.field / 2, 180.0):
            return None
        if not self.flat:
            return 0.5 - azimuth / self.field
        return 0.5 - float(np.tan(np.deg2rad(azimuth)) / (2 * np.tan(np.deg2rad(self.field / 2))))

    def y(self, azimuth: float, elevation: float) -> float:
        """The height of a direction in sight, held within the picture."""
        if not self.flat:
            place = 0.5 - elevation * self.aspect / self.field
        else:
            rise = np.tan(np.deg2rad(elevation)) / np.cos(np.deg2rad(azimuth))
            place = 0.5 - float(rise) * self.aspect / (2 * np.tan(np.deg2rad(self.field / 2)))
        return float(np.clip(place, 0.04, 0.96))
