"""What is seen of a sound that has no picture: the directions, as a picture to draw events on."""

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

_GROUND = (36, 40, 48)
_LINE = (58, 63, 74)


def draw_ground(width: int, height: int, lens: ViewProjection, title: str, size: int) -> Image:
    """A dark picture with lines each 30 degrees and what it shows; `size` is the letters' in pixels."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (width, height), _GROUND)
    pencil = ImageDraw.Draw(image)
    small = font(max(7, round(0.8 * size)))
    most = lens.field / 2 - 1
    for azimuth in np.arange(-150.0, 151.0, 30.0):
        if abs(azimuth) <= most and (lens.field <= 180 or azimuth % 60 == 0):
            x = width * (lens.x(float(azimuth)) or 0.0)
            pencil.line((x, 0, x, height - 1.6 * size), fill=_LINE, width=max(1, size // 12))
            words = azimuth_text(float(azimuth)).replace(", behind", "")
            pencil.text(
                (x, height - 0.8 * size), words, fill=rgba(marker_shapes.GREY), font=small, anchor="mm"
            )
    name = one_line(title)
    pencil.text((size, size), name, fill=rgba(marker_shapes.GREY), font=font(size, name), anchor="lm")
    return image
