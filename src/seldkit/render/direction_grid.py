"""Background image for recordings without video: a grid of azimuths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seldkit.render import marker_shapes
from seldkit.render.fonts import font, one_line
from seldkit.render.view_projection import ViewProjection
from seldkit.render.yuv_canvas import rgba
from seldkit.text_format import azimuth_text

if TYPE_CHECKING:
    from PIL.Image import Image

_BACKGROUND = (36, 40, 48)
_LINE = (58, 63, 74)


def draw_direction_grid(
    width: int, height: int, projection: ViewProjection, title: str, font_size: int
) -> Image:
    """Draws a dark image with a vertical line every 30 degrees of azimuth.

    Args:
        width: Width of the image in pixels.
        height: Height of the image in pixels.
        projection: Projection of azimuths onto the image.
        title: Text in the top left corner.
        font_size: Height of the letters in pixels.

    Returns:
        RGB image.
    """
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (width, height), _BACKGROUND)
    draw = ImageDraw.Draw(image)
    small = font(max(7, round(0.8 * font_size)))
    grey = rgba(marker_shapes.GREY)
    limit = projection.field_of_view / 2 - 1
    for azimuth in np.arange(-150.0, 151.0, 30.0):
        if abs(azimuth) <= limit and (projection.field_of_view <= 180 or azimuth % 60 == 0):
            x = width * (projection.x(float(azimuth)) or 0.0)
            draw.line((x, 0, x, height - 1.6 * font_size), fill=_LINE, width=max(1, font_size // 12))
            text = azimuth_text(float(azimuth)).replace(", behind", "")
            draw.text((x, height - 0.8 * font_size), text, fill=grey, font=small, anchor="mm")
    name = one_line(title)
    draw.text((font_size, font_size), name, fill=grey, font=font(font_size, name), anchor="lm")
    return image
