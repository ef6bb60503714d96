"""360° frames and perspective cameras."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seldkit.geometry import DCASE2025_CAMERA, Camera, azimuth_difference, azimuth_to_pixel, is_onscreen
from seldkit.media.equirectangular import (
    direction_to_frame_pixel,
    frame_pixel_to_direction,
    perspective_maps,
    pixel_directions,
    to_perspective,
)

pytest.importorskip("cv2")

SIZE = (720, 360)
CAMERAS = (DCASE2025_CAMERA, Camera(320, 240, 70.0), Camera(201, 301, 40.0))
ANGLES = st.floats(-180.0, 180.0)


def spot(azimuth: float, elevation: float, size: tuple[int, int] = SIZE) -> np.ndarray:
    """A black 360° frame with a round spot, two degrees wide, drawn from angles only."""
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    there, up = frame_pixel_to_direction(x, y, size)
    off = azimuth_difference(there, azimuth) * np.cos(np.deg2rad(elevation))
    return np.rint(255 * np.exp(-(off**2 + (up - elevation) ** 2) / 2)).astype(np.uint8)


def centroid(picture: np.ndarray) -> tuple[float, float]:
    weight = picture.astype(float) / picture.sum()
    columns, rows = np.arange(picture.shape[1]), np.arange(picture.shape[0])
    return float((weight.sum(0) * columns).sum()), float((weight.sum(1) * rows).sum())


@settings(derandomize=True, max_examples=50)
@given(ANGLES, st.floats(-90.0, 90.0))
def test_frame_pixels_and_directions_are_inverse(azimuth: float, elevation: float) -> None:
    x, y = direction_to_frame_pixel(azimuth, elevation, SIZE)
    back, up = frame_pixel_to_direction(x, y, SIZE)
    assert azimuth_difference(back, azimuth) < 1e-9
    assert up == pytest.approx(elevation, abs=1e-9)


def test_the_left_edge_of_a_frame_is_behind() -> None:
    assert direction_to_frame_pixel(180.0, 90.0, SIZE) == (-0.5, -0.5)
    assert direction_to_frame_pixel(0.0, 0.0, SIZE) == (359.5, 179.5)
    assert direction_to_frame_pixel(90.0, -90.0, SIZE) == (179.5, 359.5)
    assert direction_to_frame_pixel(-90.0, 0.0, SIZE)[0] == direction_to_frame_pixel(270.0, 0.0, SIZE)[0]


@pytest.mark.parametrize("camera", CAMERAS)
def test_pixel_directions_are_the_inverse_of_the_camera(camera: Camera) -> None:
    x, y = azimuth_to_pixel(*pixel_directions(camera), camera)
    columns, rows = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    np.testing.assert_allclose(x, columns, atol=1e-6)
    np.testing.assert_allclose(y, rows, atol=1e-6)


@pytest.mark.parametrize("camera", CAMERAS)
@pytest.mark.parametrize("view", [0.0, 57.0, 180.0, 233.5, -90.0])
def test_a_spot_is_projected_to_the_pixel_of_its_direction(camera: Camera, view: float) -> None:
    for azimuth, elevation in [(0.0, 0.0), (15.0, 8.0), (-15.0, -10.0)]:
        picture = to_perspective(spot(azimuth - view, elevation), camera, view)
        x, y = azimuth_to_pixel(azimuth, elevation, camera)
        assert centroid(picture) == pytest.approx((x, y), abs=0.4)


def test_a_spot_behind_the_camera_is_not_visible() -> None:
    assert not is_onscreen(170.0)
    assert to_perspective(spot(170.0, 0.0)).max() == 0
    assert to_perspective(spot(170.0, 0.0), view_azimuth=190.0).max() > 200


def test_projection_is_continuous_at_the_frame_edges() -> None:
    """The brightness is a smooth function of the direction; the edges meet in the middle of the view."""
    azimuth, elevation = frame_pixel_to_direction(*np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1])), SIZE)
    shade = 127.0 + 100.0 * np.cos(np.deg2rad(3.0 * azimuth)) * np.cos(np.deg2rad(elevation))
    seen = to_perspective(np.rint(shade).astype(np.uint8), DCASE2025_CAMERA, 180.0).astype(float)
    there, up = pixel_directions(DCASE2025_CAMERA)
    expected = 127.0 + 100.0 * np.cos(np.deg2rad(3.0 * (there - 180.0))) * np.cos(np.deg2rad(up))
    assert np.abs(seen - expected).max() < 1.5


def test_bilinear_interpolation_equals_a_slow_reference() -> None:
    """The image of py360convert 1.0.4 differs by 0.001 gray levels on average."""
    rng, camera = np.random.default_rng(0), Camera(64, 36, 100.0)
    frame = rng.integers(0, 255, (40, 80, 3)).astype(np.uint8)
    x, y = perspective_maps(camera, 181.0, (80, 40))
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    slow = np.zeros((36, 64, 3))
    for right in (0, 1):
        for down in (0, 1):
            weight = np.abs(1 - right - (x - column)) * np.abs(1 - down - (y - row))
            slow += weight[..., None] * frame[np.minimum(row + down, 39), (column + right) % 80]
    assert np.abs(to_perspective(frame, camera, 181.0) - slow).max() < 12  # OpenCV's weights are whole 32nds
    assert np.abs(to_perspective(frame, camera, 181.0) - slow).mean() < 1.5


def test_an_empty_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="360° frame"):
        to_perspective(np.zeros((0, 10, 3), np.uint8))
