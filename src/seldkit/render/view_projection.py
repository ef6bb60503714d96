"""Projection of directions onto video frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from seldkit.geometry import PANORAMA_FIELD_OF_VIEW_DEG, resolve_field_of_view


@dataclass(frozen=True)
class ViewProjection:
    """Maps directions to positions in a frame, each from 0 (left, top) to 1 (right, bottom).

    Attributes:
        field_of_view: Horizontal field of view in degrees.
        is_perspective: Whether the frame is a perspective image. Otherwise the azimuth decreases linearly
            from left to right (360° panoramas and generated frames).
        aspect_ratio: Width divided by height.
    """

    field_of_view: float
    is_perspective: bool
    aspect_ratio: float

    @classmethod
    def from_frame_size(cls, width: int, height: int, field_of_view: float | None) -> Self:
        """Returns the projection of frames of a size.

        Args:
            width: Width in pixels.
            height: Height in pixels.
            field_of_view: Horizontal field of view in degrees, 360 for a panorama. None: see
                `geometry.resolve_field_of_view`.

        Returns:
            Perspective or panoramic projection.
        """
        field = resolve_field_of_view(width, height, field_of_view)
        return cls(field, field != PANORAMA_FIELD_OF_VIEW_DEG, width / height)

    def x(self, azimuth: float) -> float | None:
        """Returns the horizontal position of an azimuth.

        Args:
            azimuth: Azimuth in degrees, positive to the left.

        Returns:
            Position from 0 (left edge) to 1, or None if the azimuth is out of view or NaN.
        """
        if not abs(azimuth) <= min(self.field_of_view / 2, 180.0):
            return None
        if not self.is_perspective:
            return 0.5 - azimuth / self.field_of_view
        return 0.5 - float(np.tan(np.deg2rad(azimuth)) / (2 * np.tan(np.deg2rad(self.field_of_view / 2))))

    def y(self, azimuth: float, elevation: float) -> float:
        """Returns the vertical position of a direction in view.

        Args:
            azimuth: Azimuth in degrees.
            elevation: Elevation in degrees, positive upwards.

        Returns:
            Position from 0 (top edge) to 1, clipped to [0.04, 0.96].
        """
        if not self.is_perspective:
            position = 0.5 - elevation * self.aspect_ratio / self.field_of_view
        else:
            rise = float(np.tan(np.deg2rad(elevation)) / np.cos(np.deg2rad(azimuth)))
            position = 0.5 - rise * self.aspect_ratio / (2 * np.tan(np.deg2rad(self.field_of_view / 2)))
        return float(np.clip(position, 0.04, 0.96))
