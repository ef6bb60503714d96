"""Where in a picture's width a direction lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seldkit.geometry import PANORAMA_FIELD_OF_VIEW_DEG, resolve_field_of_view


def lens_of(width: int, height: int, field_of_view: float | None) -> ViewProjection:
    """The lens of pictures of a size in pixels; field_of_view: see `geometry.field_of_view_of`."""
    field = resolve_field_of_view(width, height, field_of_view)
    return ViewProjection(field, field != PANORAMA_FIELD_OF_VIEW_DEG, width / height)


@dataclass(frozen=True)
class ViewProjection:
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
