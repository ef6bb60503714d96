"""ReceiverPosition determines the receivers; they are compared with the positions of the sources."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seldkit.errors import SeldkitError
from seldkit.geometry import direction, great_circle_distance, unit_vector
from seldkit.synthesis.measured_responses import MeasuredResponses
from seldkit.synthesis.sofa_file import read_sofa
from seldkit.synthesis.sofa_receivers import receiver_array
from synthesis.sofa_making import (
    ATTRIBUTES,
    CAPSULES,
    CARTESIAN,
    SPHERICAL,
    capsule_responses,
    foa_responses,
    room_variables,
    write_raw,
)

pytest.importorskip("h5py")
pytestmark = pytest.mark.usefixtures("in_one_process")
AZIMUTHS = np.arange(-180.0, 180.0, 15.0)
ELEVATIONS = np.linspace(-30.0, 30.0, len(AZIMUTHS))
DIRECTIONS = unit_vector(AZIMUTHS, ELEVATIONS)


def array_file(path: Path, responses: np.ndarray, receivers: Any, **changes: Any) -> Path:
    """24 directions around a listener at (3, 2, 1.5) that points along y."""
    turned = DIRECTIONS @ np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    variables = {
        "SourcePosition": (2.0 * turned + [3.0, 2.0, 1.5], CARTESIAN),
        "ReceiverPosition": receivers,
        "Data.IR": responses,
        "Data.Delay": None,
    }
    return write_raw(path, ATTRIBUTES, room_variables() | variables | changes)


def intensity_errors(measured: MeasuredResponses, band: slice = slice(None)) -> np.ndarray:
    spectrum = np.fft.rfft(measured.responses)[..., band]
    intensity = np.real(spectrum[:, :1].conj() * spectrum[:, 1:]).sum(axis=2)[:, [2, 0, 1]]
    return great_circle_distance(*direction(intensity), AZIMUTHS, ELEVATIONS)


HARMONICS = {"Type": "spherical harmonics", "Units": "degree, degree, metre"}
AT_ONE_POINT = (np.zeros((4, 3, 1)), CARTESIAN)


@pytest.mark.parametrize("scale", [1.0, 3.0**0.5])
@pytest.mark.parametrize("receivers", [AT_ONE_POINT, (np.zeros((4, 3, 1)), HARMONICS), None])
def test_ambisonics_become_sn3d(receivers: Any, scale: float, tmp_path: Path) -> None:
    responses = foa_responses(DIRECTIONS) * np.array([1.0, scale, scale, scale])[:, None]
    measured = MeasuredResponses.from_file(array_file(tmp_path / "a.sofa", responses, receivers))
    assert measured.layout.name == "foa"
    assert measured.responses == pytest.approx(foa_responses(DIRECTIONS))
    assert intensity_errors(measured).max() < 0.01


def test_higher_orders_are_reduced_to_the_first(tmp_path: Path) -> None:
    responses = np.concatenate([foa_responses(DIRECTIONS), np.ones((24, 5, 64))], axis=1)
    path = array_file(tmp_path / "a.sofa", responses, (np.zeros((9, 3, 1)), HARMONICS))
    assert MeasuredResponses.from_file(path).responses == pytest.approx(foa_responses(DIRECTIONS))


def test_fuma_order_is_recognized_by_the_directions(tmp_path: Path) -> None:
    fuma = foa_responses(DIRECTIONS)[:, [0, 3, 1, 2]] * np.array([0.5**0.5, 1.0, 1.0, 1.0])[:, None]
    measured = MeasuredResponses.from_file(array_file(tmp_path / "a.sofa", fuma, AT_ONE_POINT))
    assert measured.responses == pytest.approx(foa_responses(DIRECTIONS))
    assert "channel order W X Y Z assumed" in measured.notes[0]


@pytest.mark.parametrize("directional", [0.3, 0.5, 0.7])
def test_a_tetrahedron_is_converted(directional: float, tmp_path: Path) -> None:
    responses = capsule_responses(DIRECTIONS, 24000.0, directional)
    path = array_file(tmp_path / "a.sofa", responses, (CAPSULES[:, :, None], SPHERICAL))
    measured = MeasuredResponses.from_file(path)
    assert measured.layout.name == "foa"
    assert intensity_errors(measured, slice(1, 7)).max() < 3.0  # up to 1.2 kHz
    assert "A-format is converted" in measured.notes[0]


def test_the_capsules_may_be_in_any_order(tmp_path: Path) -> None:
    order = [2, 0, 3, 1]
    responses = capsule_responses(DIRECTIONS, 24000.0)[:, order]
    path = array_file(tmp_path / "a.sofa", responses, (CAPSULES[order][:, :, None], SPHERICAL))
    assert intensity_errors(MeasuredResponses.from_file(path), slice(1, 7)).max() < 3.0


def test_the_left_of_two_receivers_is_first(tmp_path: Path) -> None:
    variables = room_variables()
    positions, attributes = variables["ReceiverPosition"]
    variables |= {
        "ReceiverPosition": (positions[::-1], attributes),
        "Data.IR": variables["Data.IR"][:, ::-1],
    }
    measured = MeasuredResponses.from_file(write_raw(tmp_path / "a.sofa", ATTRIBUTES, variables))
    assert measured.responses == pytest.approx(room_variables()["Data.IR"])
    assert measured.azimuth == pytest.approx([-60.0, -20.0, 20.0, 60.0])
    assert not measured.azimuth_reversed


def test_equal_levels_do_not_reverse_the_azimuth(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    variables = room_variables() | {"Data.IR": 1.0 + 0.01 * rng.standard_normal((4, 2, 32))}
    measured = MeasuredResponses.from_file(write_raw(tmp_path / "a.sofa", ATTRIBUTES, variables))
    assert not measured.azimuth_reversed


CASES = [
    ("one receiver", np.ones((24, 1, 32)), None, "got one receiver"),
    ("em32", np.ones((24, 32, 32)), None, "got 32 receivers"),
    (
        "omnidirectional tetrahedron",
        capsule_responses(DIRECTIONS, 24000.0, 0.0),
        (CAPSULES[:, :, None], SPHERICAL),
        r"tetrahedron \(A-format\) of capsules without directivity",
    ),
    (
        "wrong positions of the capsules",
        capsule_responses(DIRECTIONS, 24000.0)[:, [1, 0, 3, 2]],
        (CAPSULES[:, :, None], SPHERICAL),
        r"intensity vectors .* a tetrahedron \(A-format\)",
    ),
    (
        "large tetrahedron",
        capsule_responses(DIRECTIONS, 24000.0),
        (CAPSULES[:, :, None] * [[1], [1], [10]], SPHERICAL),
        "a radius of 0.2 m",
    ),
    (
        "square",
        foa_responses(DIRECTIONS),
        (0.1 * np.array([[1.0, 1, 0], [1, -1, 0], [-1, 1, 0], [-1, -1, 0]])[:, :, None], CARTESIAN),
        "four receivers of another geometry",
    ),
    (
        "rotated ambisonics",
        foa_responses(-DIRECTIONS),
        (np.zeros((4, 3, 1)), HARMONICS),
        "intensity vectors in the directions of the sources for spherical harmonics",
    ),
    ("ambisonics of another kind", foa_responses(DIRECTIONS)[:, [3, 2, 1, 0]], AT_ONE_POINT, "as W X Y Z"),
    ("five harmonics", np.ones((24, 5, 32)), (np.zeros((5, 3, 1)), HARMONICS), "with 5 coefficients"),
    (
        "one above the other",
        np.ones((24, 2, 32)),
        ([[[0.0], [0.0], [0.1]], [[0.0], [0.0], [-0.1]]], CARTESIAN),
        "two receivers in the median plane",
    ),
]


@pytest.mark.parametrize(
    ("responses", "receivers", "error"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_other_receivers_are_refused_by_name(
    responses: np.ndarray, receivers: Any, error: str, tmp_path: Path
) -> None:
    path = array_file(tmp_path / "a.sofa", responses, receivers)
    with pytest.raises(SeldkitError, match=error):
        receiver_array(read_sofa(path))


def test_two_distances_in_one_direction_have_their_own_responses(tmp_path: Path) -> None:
    responses = np.zeros((4, 2, 32))
    responses[np.arange(4), :, np.arange(4)] = 1.0
    positions = np.array([[10.0, 0.0, 1.0], [10.0, 0.0, 3.0], [10.2, 0.0, 2.0], [60.0, 0.0, 2.9]])
    path = write_raw(
        tmp_path / "a.sofa",
        ATTRIBUTES,
        room_variables()
        | {
            "ListenerPosition": None,
            "ListenerView": None,
            "SourcePosition": (positions, SPHERICAL),
            "Data.IR": responses,
        },
    )
    measured = MeasuredResponses.from_file(path)
    assert [measured.nearest(*position) for position in positions] == [0, 1, 2, 3]
    impulse = np.zeros(1)
    impulse[0] = 1.0
    out = measured.render(impulse, np.array([10.0]), np.zeros(1), np.array([3.1]))
    assert out[0].argmax() == 1


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = write_raw(tmp_path / "a.sofa", ATTRIBUTES, room_variables())
    assert len(MeasuredResponses.from_file(path).azimuth) == 4
    write_raw(path, ATTRIBUTES, room_variables(6))
    assert len(MeasuredResponses.from_file(path).azimuth) == 6
