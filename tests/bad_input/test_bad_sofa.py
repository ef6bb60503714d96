"""Every damaged or odd SOFA file is read, or refused in one line."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("h5py")

from bad_input.sofa_files import BAD_SOFA, BadSofa, mutate_variables
from cli.commands import Command
from seldkit.errors import SeldkitError
from seldkit.synthesis.measured_responses import MeasuredResponses, MeasuredRoom
from seldkit.synthesis.sofa_report import inspect_sofa
from synthesis.sofa_making import ATTRIBUTES, room_variables, write_raw


def assert_one_line(problem: SeldkitError, path: Path) -> None:
    message = str(problem)
    assert message.startswith(f"{path}: ")
    assert message.isprintable()
    assert len(message) < 400 + len(str(path))


def read_in_every_way(path: Path) -> None:
    """Reads a file; every error must be one line."""
    for read in (inspect_sofa, MeasuredResponses.from_file, MeasuredRoom.from_file):
        try:
            result = read(path)
        except SeldkitError as problem:
            assert_one_line(problem, path)
        else:
            if isinstance(result, MeasuredResponses):
                assert np.isfinite(result.responses).all()
                assert np.isfinite([result.azimuth, result.elevation, result.distance]).all()


def test_the_file_that_the_others_are_made_from_is_valid(tmp_path: Path) -> None:
    path = write_raw(tmp_path / "a.sofa", ATTRIBUTES, room_variables())
    assert inspect_sofa(path).problems == []


def test_names_are_unique() -> None:
    assert len({row.name for row in BAD_SOFA}) == len(BAD_SOFA) >= 40


@pytest.mark.usefixtures("in_one_process")
@pytest.mark.parametrize("row", BAD_SOFA, ids=lambda row: row.name)
def test_refused_in_one_line(row: BadSofa, tmp_path: Path) -> None:
    path = row.build(tmp_path)
    with pytest.raises(SeldkitError, match=row.error) as refusal:
        MeasuredResponses.from_file(path)
    assert_one_line(refusal.value, path)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.usefixtures("in_one_process")
def test_files_with_odd_variables_are_read_or_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for number in range(180):
        mutate_variables(tmp_path / f"{number}.sofa", rng)
        read_in_every_way(tmp_path / f"{number}.sofa")


def test_a_file_that_is_not_read_in_time_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr("seldkit.synthesis.sofa_probe.__file__", str(tmp_path / "slow.py"))
    monkeypatch.setattr("seldkit.synthesis.sofa_file.PROBE_SECONDS", 0.5)
    path = write_raw(tmp_path / "a.sofa", ATTRIBUTES, room_variables())
    with pytest.raises(SeldkitError, match="not readable as SOFA") as refusal:
        MeasuredResponses.from_file(path)
    assert_one_line(refusal.value, path)


def test_a_crash_of_hdf5_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "crash.py").write_text("import os\nos.abort()\n")
    monkeypatch.setattr("seldkit.synthesis.sofa_probe.__file__", str(tmp_path / "crash.py"))
    path = write_raw(tmp_path / "a.sofa", ATTRIBUTES, room_variables())
    with pytest.raises(SeldkitError, match="damaged: the HDF5 library crashed"):
        inspect_sofa(path)


def test_inspect_reports_a_damaged_file_in_one_line(command: Command, tmp_path: Path) -> None:
    (tmp_path / "a.sofa").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(200))
    result = command("inspect", tmp_path / "a.sofa")
    assert result.status == 1
    assert "a.sofa: not readable as SOFA" in result.err
    assert "Traceback" not in result.err
