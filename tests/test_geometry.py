import numpy as np
import pytest
import soundfile
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from paths import SHARED, needs_shared, vector
from seldkit.errors import SeldkitError
from seldkit.geometry import (
    Camera,
    azimuth_difference,
    azimuth_to_pixel,
    direction,
    foa_to_stereo,
    fold_azimuth,
    great_circle_distance,
    is_onscreen,
    pixel_to_azimuth,
    resolve_field_of_view,
    rotate_foa,
    unit_vector,
    wrap_azimuth,
)

angles = st.floats(-2000, 2000, allow_nan=False)
property_test = settings(derandomize=True, max_examples=80, deadline=None)


def plane_wave(azimuth: float, elevation: float = 0.0) -> np.ndarray:
    """FOA of one second of noise from a direction, ACN SN3D."""
    signal = np.random.default_rng(0).normal(size=100)
    x, y, z = unit_vector(azimuth, elevation)
    return np.stack([signal, y * signal, z * signal, x * signal])


def test_the_labels_of_the_dataset_are_reproduced_in_every_row() -> None:
    view, azimuth, elevation, folded, onscreen, x, y = np.load(vector("stereo/labels.npz"))["rows"].T
    np.testing.assert_array_equal(fold_azimuth(view + azimuth), folded)
    np.testing.assert_array_equal(
        is_onscreen(azimuth, elevation, view, projection="dcase2025"), onscreen.astype(bool)
    )
    pixels = azimuth_to_pixel(view + azimuth, elevation, projection="dcase2025")
    np.testing.assert_array_equal(np.nan_to_num(pixels[0], nan=-1), x)
    np.testing.assert_array_equal(np.nan_to_num(pixels[1], nan=-1), y)


@needs_shared
def test_the_stereo_audio_of_the_dataset_is_reproduced() -> None:
    folder = SHARED / "vectors/stereo"
    foa = soundfile.read(folder / "foa.wav")[0].T
    expected = np.load(folder / "stereo120.npz")["stereo"].T
    np.testing.assert_allclose(foa_to_stereo(foa, 120.0), expected, atol=1e-8)


@pytest.mark.parametrize(
    ("angle", "folded"),
    [(-180, 0), (-135, -45), (-91, -89), (91, 89), (135, 45), (179, 1), (270, -90), (90, 90), (-90, -90)],
)
def test_fold_of_known_angles(angle: float, folded: float) -> None:
    assert fold_azimuth(angle) == folded


@given(angles)
@property_test
def test_fold_keeps_the_side_and_is_its_own_fixed_point(angle: float) -> None:
    folded = fold_azimuth(angle)
    assert -90 <= folded <= 90
    assert fold_azimuth(folded) == folded
    assert np.isclose(np.sin(np.deg2rad(folded)), np.sin(np.deg2rad(angle)), atol=1e-9)


@given(angles)
@property_test
def test_fold_commutes_with_the_mirror(angle: float) -> None:
    assert np.isclose(fold_azimuth(-angle), -fold_azimuth(angle), atol=1e-9)


@given(angles, angles)
@property_test
def test_wrapped_angles_are_the_same_directions(angle: float, other: float) -> None:
    assert -180 <= wrap_azimuth(angle) <= 180
    assert np.isclose(np.cos(np.deg2rad(wrap_azimuth(angle))), np.cos(np.deg2rad(angle)), atol=1e-9)
    assert 0 <= azimuth_difference(angle, other) <= 180


def test_directions_and_vectors_are_inverse() -> None:
    azimuth, elevation = np.array([10.0, -120.0, 179.0]), np.array([0.0, 45.0, -80.0])
    np.testing.assert_allclose(direction(3.0 * unit_vector(azimuth, elevation)), (azimuth, elevation))


def test_great_circle_distances() -> None:
    assert great_circle_distance(0, 0, 90, 0) == pytest.approx(90)
    assert great_circle_distance(0, 90, 123, 90) == pytest.approx(0, abs=1e-9)
    assert great_circle_distance(30, 0, -150, 0) == pytest.approx(180)


@pytest.mark.parametrize("azimuth", [-170.0, -60.0, 0.0, 25.0, 90.0])
@pytest.mark.parametrize("turn", [0.0, 50.0, -120.0])
def test_a_rotated_signal_equals_the_signal_of_a_rotated_source(azimuth: float, turn: float) -> None:
    np.testing.assert_allclose(rotate_foa(plane_wave(azimuth), turn), plane_wave(azimuth + turn), atol=1e-9)


def test_stereo_is_louder_on_the_sources_side_and_exact_for_a_plane_wave() -> None:
    left, right = foa_to_stereo(plane_wave(30.0, 20.0))
    ratio = (left - right).sum() / (left + right).sum()
    assert ratio == pytest.approx(np.sin(np.deg2rad(30)) * np.cos(np.deg2rad(20)))


def test_stereo_of_a_tensor_equals_that_of_an_array() -> None:
    foa = plane_wave(70.0)
    tensor = torch.from_numpy(foa.copy())
    np.testing.assert_array_equal(foa_to_stereo(tensor, 33.0).numpy(), foa_to_stereo(foa, 33.0))
    np.testing.assert_array_equal(tensor.numpy(), foa)
    assert foa_to_stereo(tensor[None].float()).shape == (1, 2, 100)


def test_pixels_and_azimuths_are_inverse() -> None:
    azimuth = np.linspace(-50, 50, 41)
    x, y = azimuth_to_pixel(azimuth)
    np.testing.assert_allclose(pixel_to_azimuth(x), azimuth, atol=1e-9)
    np.testing.assert_allclose(y, 179.5)
    assert np.all(np.diff(x) < 0), "left is at small x"


def test_the_vertical_field_of_view_is_68_degrees() -> None:
    assert is_onscreen(0.0, 33.8)
    assert not is_onscreen(0.0, 33.9)


def test_sources_behind_the_camera_are_offscreen() -> None:
    assert not is_onscreen(170.0)
    assert is_onscreen(170.0, view_azimuth=-150.0)
    assert is_onscreen(-170.0, view_azimuth=180.0)


def test_another_camera() -> None:
    camera = Camera(width=101, height=101, field_of_view=90.0)
    assert azimuth_to_pixel(45.0, camera=camera)[0] == pytest.approx(0.0)
    assert azimuth_to_pixel(0.0, -45.0, camera=camera) == (pytest.approx(50.0), pytest.approx(100.0))
    assert np.isnan(azimuth_to_pixel(46.0, camera=camera)[0])


@pytest.mark.parametrize(("azimuth", "seen"), [(-51, False), (-50, True), (51, True), (52, False)])
def test_the_image_of_the_dataset_is_one_degree_wider_to_the_left(azimuth: int, seen: bool) -> None:
    assert is_onscreen(azimuth, 10, projection="dcase2025") == seen


def test_unknown_directions_are_offscreen_in_the_dataset_projection() -> None:
    azimuth, elevation = np.array([np.nan, 0.0, 0.0]), np.array([0.0, np.nan, 100.0])
    assert not is_onscreen(azimuth, elevation, projection="dcase2025").any()


@pytest.mark.parametrize("wrong", [np.zeros((3, 9)), np.zeros(4), np.zeros((4, 9), np.int16)])
def test_other_audio_than_foa_is_rejected(wrong: np.ndarray) -> None:
    for turn in (0.0, 30.0):
        with pytest.raises(ValueError, match="expected FOA audio"):
            foa_to_stereo(wrong, turn)


@pytest.mark.parametrize(
    ("width", "height", "asked", "degrees"),
    [(640, 360, None, 100.0), (360, 640, None, 67.68), (9, 9, None, 100.0), (640, 360, 65.0, 65.0)],
)
def test_the_longer_side_is_100_degrees_wide(
    width: int, height: int, asked: float | None, degrees: float
) -> None:
    assert resolve_field_of_view(width, height, asked) == pytest.approx(degrees, abs=0.01)


@pytest.mark.parametrize("degrees", [0.0, -5.0, 180.0, 361.0, np.nan])
def test_invalid_fields_of_view_are_rejected(degrees: float) -> None:
    with pytest.raises(SeldkitError, match="expected a field of view between 0 and 180 degrees, or 360"):
        resolve_field_of_view(640, 360, degrees)
