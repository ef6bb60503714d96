"""Geometry and delays of SOFA files, with sofar as the independent writer and reader."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seldkit.errors import SeldkitError
from seldkit.geometry import unit_vector
from seldkit.synthesis.sofa_file import read_sofa
from synthesis.sofa_making import (
    ATTRIBUTES,
    CARTESIAN,
    SPHERICAL,
    room_variables,
    write_raw,
    write_with_sofar,
)

sofar = pytest.importorskip("sofar")
pytestmark = pytest.mark.usefixtures("in_one_process")
AZIMUTHS = np.arange(-180.0, 180.0, 45.0)
EARS = np.array([[0.0, 0.09, 0.0], [0.0, -0.09, 0.0]])[:, :, None]


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape)


def raw(path: Path, attributes: dict[str, Any] | None = None, **variables: Any) -> Path:
    """The valid room with some variables replaced; names with `__` for a dot."""
    changes = {name.replace("__", "."): value for name, value in variables.items()}
    return write_raw(path, ATTRIBUTES | (attributes or {}), room_variables() | changes)


def test_free_field_responses_equal_those_that_sofar_reads(tmp_path: Path) -> None:
    positions = np.stack([AZIMUTHS % 360, np.linspace(-40, 40, 8), np.linspace(1, 3, 8)], axis=1)
    path = write_with_sofar(
        tmp_path / "a.sofa",
        "SimpleFreeFieldHRIR",
        SourcePosition=positions,
        Data_IR=noise(8, 2, 50),
        Data_SamplingRate=44100,
        ReceiverPosition=EARS,
    )
    ours, theirs = read_sofa(path), sofar.read_sofa(str(path), verbose=False)
    assert ours.responses == pytest.approx(theirs.Data_IR)
    assert ours.sample_rate == theirs.Data_SamplingRate
    assert ours.azimuth % 360 == pytest.approx(theirs.SourcePosition[:, 0])
    assert ours.elevation == pytest.approx(theirs.SourcePosition[:, 1])
    assert ours.distance == pytest.approx(theirs.SourcePosition[:, 2])
    assert ours.receiver_positions == pytest.approx(theirs.ReceiverPosition[:, :, 0])
    assert (ours.convention, ours.data_type, ours.measurements) == ("SimpleFreeFieldHRIR", "FIR", 8)


def test_a_room_is_relative_to_the_position_and_view_of_the_listener(tmp_path: Path) -> None:
    listener, view = np.array([3.0, 2.0, 1.5]), 90.0
    sources = listener + 2.0 * unit_vector(AZIMUTHS + view, 10.0)
    path = write_with_sofar(
        tmp_path / "a.sofa",
        "SingleRoomSRIR",
        SourcePosition=sources,
        ListenerPosition=np.repeat(listener[None], 8, axis=0),
        ListenerView=[[0, 1, 0]],
        ListenerUp=[[0, 0, 1]],
        ReceiverPosition=EARS,
        ReceiverPosition_Type="cartesian",
        ReceiverPosition_Units="metre",
        Data_IR=noise(8, 2, 20),
        Data_Delay=np.zeros((1, 2)),
    )
    sofa = read_sofa(path)
    assert sofa.relative_positions == pytest.approx(2.0 * unit_vector(AZIMUTHS, 10.0))
    assert sofa.source_positions == pytest.approx(sofar.read_sofa(str(path), verbose=False).SourcePosition)


def test_one_source_and_a_turning_head(tmp_path: Path) -> None:
    """(1, C) for the source and (M, C) for the view, which is spherical, with an Up of (0°, 90°, 1)."""
    path = write_with_sofar(
        tmp_path / "a.sofa",
        "SimpleFreeFieldHRIR",
        SourcePosition=[[30, 0, 1.5]],
        ListenerView=np.stack([AZIMUTHS % 360, 0 * AZIMUTHS, 1 + 0 * AZIMUTHS], axis=1),
        ListenerView_Type="spherical",
        ListenerView_Units="degree, degree, metre",
        ListenerUp=[[0, 90, 1]],
        Data_IR=noise(8, 2, 20),
    )
    expected = (30.0 - AZIMUTHS + 180.0) % 360.0 - 180.0
    assert read_sofa(path).azimuth == pytest.approx(expected)
    assert read_sofa(path).notes == ()


def test_loudspeakers_of_a_turning_head_are_emitters(tmp_path: Path) -> None:
    """MultiSpeakerBRIR: (M, R, E, N), one response per view and loudspeaker."""
    views, speakers = np.array([0.0, 30.0, 60.0]), np.array([-90.0, 0.0, 45.0, 90.0])
    responses = noise(3, 2, 4, 16)
    emitters = np.stack(
        [2.0 * np.cos(np.radians(speakers)), 2.0 * np.sin(np.radians(speakers)), 0 * speakers], 1
    )
    path = write_raw(
        tmp_path / "a.sofa",
        {"Conventions": "SOFA", "SOFAConventions": "MultiSpeakerBRIR", "DataType": "FIRE"},
        {
            "SourcePosition": ([[0.0, 0.0, 0.0]], SPHERICAL),
            "ListenerView": (unit_vector(views), CARTESIAN),
            "ListenerUp": [[0.0, 0.0, 1.0]],
            "ReceiverPosition": (EARS, CARTESIAN),
            "EmitterPosition": (emitters[:, :, None], CARTESIAN),
            "Data.IR": responses,
            "Data.SamplingRate": [24000.0],
            "Data.Delay": np.zeros((1, 2, 4)),
        },
    )
    sofa = read_sofa(path)
    assert sofa.azimuth == pytest.approx((speakers - views[:, None]).ravel())
    assert sofa.distance == pytest.approx(2.0)
    assert sofa.responses[1 * 4 + 2] == pytest.approx(responses[1, :, 2])


def test_fir_e_has_the_emitters_last(tmp_path: Path) -> None:
    responses = noise(2, 2, 16, 3)
    emitters = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    delay = np.zeros((2, 2, 3))
    delay[1, 0, 2] = 4
    path = write_with_sofar(
        tmp_path / "a.sofa",
        "GeneralFIR-E",
        SourcePosition=[[90, 0, 1], [0, 0, 1]],
        EmitterPosition=emitters,
        ReceiverPosition=EARS[:, :, 0],
        Data_IR=responses,
        Data_Delay=delay,
    )
    sofa = read_sofa(path)
    assert sofa.relative_positions[:3] == pytest.approx(np.array([[1, 1, 0], [0, 2, 0], [0, 1, 1.0]]))
    assert sofa.responses.shape == (6, 2, 20)
    assert sofa.responses[5, 0, 4:] == pytest.approx(responses[1, 0, :, 2])
    assert sofa.responses[5, 1, :16] == pytest.approx(responses[1, 1, :, 2])


def test_emitters_turn_with_their_source(tmp_path: Path) -> None:
    path = raw(
        tmp_path / "a.sofa",
        SourcePosition=([[5.0, 2.0, 1.5]], CARTESIAN),
        SourceView=([[-1.0, 0.0, 0.0]], CARTESIAN),
        SourceUp=[[0.0, 0.0, 1.0]],
        EmitterPosition=([[[0.5], [0.0], [0.2]]], CARTESIAN),
    )
    assert read_sofa(path).source_positions == pytest.approx(np.tile([4.5, 2.0, 1.7], (4, 1)))


def test_radians_and_degrees_are_the_same_positions(tmp_path: Path) -> None:
    degrees = np.array([[30.0, 10.0, 2.0], [200.0, -20.0, 1.0], [90.0, 0.0, 3.0], [0.0, 45.0, 1.0]])
    radians = np.column_stack([np.radians(degrees[:, :2]), degrees[:, 2]])
    positions = [
        (degrees, SPHERICAL),
        (degrees, {"Type": "spherical", "Units": "degrees,degrees,meters"}),
        (radians, {"Type": "spherical", "Units": "radian, radian, metre"}),
        (degrees[:, 2:] * unit_vector(degrees[:, 0], degrees[:, 1]), CARTESIAN),
    ]
    files = [
        raw(tmp_path / f"{number}.sofa", ListenerPosition=None, SourcePosition=position)
        for number, position in enumerate(positions)
    ]
    variants = [read_sofa(path) for path in files]
    for sofa in variants:
        assert sofa.relative_positions == pytest.approx(variants[0].relative_positions)
        assert sofa.azimuth == pytest.approx([-60.0, 110.0, 0.0, -90.0])


def test_the_listener_may_lie_on_one_side(tmp_path: Path) -> None:
    path = raw(
        tmp_path / "a.sofa",
        ListenerPosition=None,
        SourcePosition=([[0.0, 0.0, 1.0]], CARTESIAN),
        ListenerView=([[1.0, 0.0, 0.0]], CARTESIAN),
        ListenerUp=[[0.0, 1.0, 0.0]],
    )
    assert read_sofa(path).azimuth == pytest.approx(-90.0)


def test_up_need_not_be_perpendicular_to_the_view(tmp_path: Path) -> None:
    path = raw(
        tmp_path / "a.sofa",
        ListenerPosition=None,
        SourcePosition=([[2.0, 0.0, 0.0]], CARTESIAN),
        ListenerView=([[1.0, 0.0, 1.0]], CARTESIAN),
        ListenerUp=[[0.0, 0.0, 1.0]],
    )
    assert read_sofa(path).elevation == pytest.approx(-45.0)


def test_the_default_up_beside_a_spherical_view_is_cartesian(tmp_path: Path) -> None:
    sofa = read_sofa(raw(tmp_path / "a.sofa", ListenerView=([[90.0, 0.0, 1.0]], SPHERICAL)))
    assert sofa.elevation == pytest.approx(0.0)
    assert "read as cartesian" in sofa.notes[0]


@pytest.mark.parametrize("rows", [1, 4])
def test_whole_delays_shift_the_responses(rows: int, tmp_path: Path) -> None:
    delay = np.stack([np.arange(rows), 3.0 + np.arange(rows)], axis=1)
    sofa = read_sofa(raw(tmp_path / "a.sofa", Data__Delay=delay))
    assert np.array_equal(np.abs(sofa.responses).argmax(axis=2)[1:3], 8 + np.broadcast_to(delay, (4, 2))[1:3])
    assert sofa.delays == pytest.approx(np.broadcast_to(delay, (4, 2)))


def test_fractional_delays_are_band_limited(tmp_path: Path) -> None:
    responses = np.zeros((4, 2, 200))
    time = np.arange(200) - 80.0
    responses[:] = np.sinc(0.5 * time) * (np.abs(time) < 60) * np.cos(np.pi * time / 120) ** 2
    sofa = read_sofa(raw(tmp_path / "a.sofa", Data__IR=responses, Data__Delay=[[10.25, 0.0]]))
    later = np.arange(211) - 90.25
    expected = np.sinc(0.5 * later) * (np.abs(later) < 60) * np.cos(np.pi * later / 120) ** 2
    assert sofa.responses[0, 0] == pytest.approx(expected, abs=1e-4)
    assert np.array_equal(sofa.responses[0, 1, :200], responses[0, 1])


OTHERS = ["SimpleHeadphoneIR", "GeneralTF", "SimpleFreeFieldHRSOS", "FreeFieldHRIR", "SingleRoomMIMOSRIR"]


@pytest.mark.parametrize("convention", OTHERS)
def test_other_conventions_are_refused_with_a_list(convention: str, tmp_path: Path) -> None:
    path = write_with_sofar(tmp_path / "a.sofa", convention)
    with pytest.raises(SeldkitError, match=f"SimpleFreeFieldHRIR, SingleRoomSRIR, .* got '{convention}'"):
        read_sofa(path)
