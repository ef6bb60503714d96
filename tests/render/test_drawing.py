"""Canvas, projection, trajectories and panels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from render.drawing import event
from seldkit.geometry import Camera, azimuth_to_pixel
from seldkit.render.fonts import font, one_line
from seldkit.render.overlay import Overlay
from seldkit.render.trajectories import Trajectories
from seldkit.render.view_projection import ViewProjection
from seldkit.render.yuv_canvas import Paint, YuvCanvas


def grey(width: int = 32, height: int = 24) -> YuvCanvas:
    canvas = YuvCanvas.blank(width, height)
    for plane in canvas.planes:
        plane[:] = 128
    return canvas


def test_opaque_sprites_have_the_colours_of_the_matrix() -> None:
    red = Image.new("RGBA", (4, 4), (255, 0, 0, 255))
    for paint, values in ((Paint(), (81, 90, 240)), (Paint(0.2126, 0.0722, full=True), (54, 99, 256))):
        canvas = grey()
        canvas.paste(paint.sprite(red), 8, 8)
        for plane, value, step in zip(canvas.planes, values, (1, 2, 2), strict=True):
            assert abs(int(plane[10 // step, 10 // step]) - min(value, 255)) <= 1
            assert plane[0, 0] == 128


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.integers(-40, 60), st.integers(-40, 60), st.integers(1, 31), st.floats(0, 1))
def test_sprites_change_only_their_own_area(x: int, y: int, side: int, opacity: float) -> None:
    canvas = grey()
    sprite = Paint().sprite(Image.new("RGBA", (side, side), (255, 255, 255, 200)))
    canvas.paste(sprite, x, y, opacity)
    changed = canvas.planes[0] != 128
    rows, columns = np.nonzero(changed)
    assert (rows >= y - 1).all()
    assert (rows <= y + side + 1).all()
    assert (columns >= x - 1).all()
    assert (columns <= x + side + 1).all()


def test_transparent_sprites_change_nothing() -> None:
    canvas = grey()
    canvas.paste(Paint().sprite(Image.new("RGBA", (5, 7), (255, 0, 0, 0))), 3, 3)
    assert all((plane == 128).all() for plane in canvas.planes)


@pytest.mark.parametrize("azimuth", [-50.0, -49.0, -10.0, 0.0, 33.0, 50.0])
def test_projection_matches_the_camera(azimuth: float) -> None:
    x, y = azimuth_to_pixel(azimuth, 10.0, Camera(640, 360))
    projection = ViewProjection(100.0, True, 640 / 360)
    across = projection.x(azimuth)
    assert across is not None
    assert across == pytest.approx((x + 0.5) / 640, abs=0.002)
    assert projection.y(azimuth, 10.0) == pytest.approx((y + 0.5) / 360, abs=0.004)


def test_directions_out_of_view_have_no_position() -> None:
    assert [ViewProjection(100.0, True, 1.8).x(azimuth) for azimuth in (51.0, -120.0, 180.0, np.nan)] == [
        None
    ] * 4
    assert ViewProjection(360.0, False, 2.0).x(180.0) == 0.0
    assert ViewProjection(360.0, False, 2.0).x(-90.0) == 0.75


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 30)), min_size=1, max_size=12))
def test_simultaneous_events_have_different_lanes(spans: list[tuple[int, int]]) -> None:
    events = [event(onset=start / 10, offset=(start + length) / 10) for start, length in spans]
    trajectories = Trajectories(events)
    for time in np.arange(0.05, 8.0, 0.1):
        active = list(trajectories.between(time, time + 1e-6))
        assert len({trajectory.lane for trajectory in active}) == len(active)
        assert len(active) == sum(one.onset <= time < one.offset for one in events)


def test_interpolation_across_180_degrees_does_not_cross_the_front() -> None:
    (trajectory,) = Trajectories([event(azimuth=(170.0, 190.0))]).all
    azimuths = [trajectory.at(time).azimuth for time in np.linspace(0.0, 1.0, 41)]
    assert min(abs(azimuth) for azimuth in azimuths) >= 170.0


def test_positions_between_frames_are_interpolated() -> None:
    (trajectory,) = Trajectories([event(azimuth=(0.0, 9.0), offset=1.0, onscreen=False)]).all
    assert trajectory.at(0.1).azimuth == pytest.approx(0.5)
    assert trajectory.at(-5.0).azimuth == 0.0
    assert trajectory.at(5.0).azimuth == 9.0
    assert trajectory.at(0.1).onscreen is False


def test_fonts_have_the_glyphs_if_possible() -> None:
    assert "LastResort" not in str(font(12, "\U000f0000").path)
    assert font(12, "Ärger →").getname()[0] == "DejaVu Sans"
    assert one_line("a\tb\nc") == "a?b?c"


def test_timeline_is_continuous_across_tiles() -> None:
    projection, paint = ViewProjection(100.0, True, 16 / 9), Paint()
    long = event(offset=60.0)
    overlay = Overlay([long], (320, 180), projection, paint, top_view=False)
    images = []
    for time in np.arange(20.0, 40.0, 0.25).tolist():
        canvas = grey(overlay.width, overlay.height)
        overlay.draw(canvas, time)
        images.append(canvas.planes[0][182:196].astype(int))
    bars = [(image > 60).mean() for image in images]
    assert min(bars) > 0.9  # the event fills the whole width at every time


def test_current_time_is_in_the_bar_of_an_active_event() -> None:
    projection = ViewProjection(100.0, True, 16 / 9)
    overlay = Overlay([event(onset=5.0, offset=6.0)], (320, 180), projection, Paint(), top_view=False)
    for time, is_active in ((4.7, False), (5.4, True), (6.4, False)):
        canvas = grey(overlay.width, overlay.height)
        overlay.draw(canvas, time)
        row = canvas.planes[0][184].astype(int)
        current = int(np.flatnonzero(row == 235).mean())
        around = row[[current - 4, current + 5]]
        assert bool((around > 60).all()) == is_active
