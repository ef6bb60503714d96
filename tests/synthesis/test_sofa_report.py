"""`seldkit inspect` of SOFA files."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cli.commands import Command
from paths import SHARED, needs_shared
from seldkit.synthesis.sofa_report import inspect_sofa
from synthesis.sofa_making import ATTRIBUTES, CARTESIAN, room_variables, write_raw

pytest.importorskip("h5py")
pytestmark = pytest.mark.usefixtures("in_one_process")


def test_the_geometry_is_reported(command: Command, tmp_path: Path) -> None:
    path = write_raw(tmp_path / "room.sofa", ATTRIBUTES, room_variables() | {"Data.Delay": [[0.0, 5.5]]})
    result = command("inspect", path)
    assert (result.status, result.err) == (0, "")
    for line in (
        "convention               SingleRoomSRIR",
        "receivers                two receivers, left and right",
        "receiver positions       (0 0.1 0), (0 -0.1 0)",
        "listener views           90.0° 0.0°",
        "azimuth                  -60, 60",
        "distance                 2, 2",
        "delay                    0, 5.5",
        "no problems found",
    ):
        assert line in result.out


def test_the_geometry_is_plotted_and_written_as_json(command: Command, tmp_path: Path) -> None:
    path = write_raw(tmp_path / "room.sofa", ATTRIBUTES, room_variables())
    result = command("inspect", path, "--plot", tmp_path / "room.png", "--json", "-")
    report = json.loads(result.out)
    assert report["azimuth"] == [-60.0, 60.0]
    assert report["listener_positions"] == 1
    assert Image.open(tmp_path / "room.png").size[0] > 1000


def test_many_views_are_counted(tmp_path: Path) -> None:
    angle = np.linspace(0.0, 2.0, 4)
    views = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    path = write_raw(tmp_path / "a.sofa", ATTRIBUTES, room_variables() | {"ListenerView": (views, CARTESIAN)})
    assert inspect_sofa(path).listener_views[3] == "1 more"


def test_receivers_that_cannot_be_used_are_a_problem(tmp_path: Path) -> None:
    variables = room_variables() | {"Data.IR": np.ones((4, 3, 16)), "Data.Delay": None}
    variables["ReceiverPosition"] = (np.ones((3, 3, 1)), CARTESIAN)
    report = inspect_sofa(write_raw(tmp_path / "a.sofa", ATTRIBUTES, variables))
    assert report.receivers == "3"
    assert "got 3 receivers" in report.problems[0]


@needs_shared
def test_a_reversed_azimuth_is_a_problem() -> None:
    report = inspect_sofa(SHARED / "data" / "spatial" / "UniS_Anechoic_BRIR_16k.sofa")
    assert report.azimuth_reversed
    assert "positive to the right" in report.problems[0]
