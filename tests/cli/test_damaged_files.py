"""Every damaged or odd file that the tests know, through the command: no traceback, and the batch goes on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bad_input.media import READ, REFUSED
from bad_input.metadata import ROWS
from bad_input.models import BAD_MODELS, MARKER, good_model
from cli.commands import Command, Result

ROOT = os.geteuid() == 0


def assert_said(result: Result, failed: int, total: int) -> None:
    assert "Traceback" not in result.err + result.out
    assert "a bug in seldkit" not in result.err
    assert result.status == (1 if failed else 0)
    lines = result.err.splitlines()
    assert len([line for line in lines if line.startswith("error: ")]) == failed
    if failed and total > 1:
        assert f"{failed} of {total} failed:" in lines


def test_there_are_more_than_a_hundred() -> None:
    assert len(REFUSED) + len(READ) + len(ROWS) + len(BAD_MODELS) > 200


def test_detect_survives_all_damaged_media(command: Command, tmp_path: Path) -> None:
    paths: list[Path] = []
    refused = 0
    for number, row in enumerate([*REFUSED, *READ]):
        if ROOT and row.name == "no permission":
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        paths.append(row.build(folder))
        refused += row.error is not None
    model = good_model(tmp_path)
    result = command("detect", *paths, "--model", model)
    assert_said(result, refused, len(paths))
    assert result.out.count(" s, ") >= len(paths) - refused
    result = command("inspect", *[path for path in paths if path.suffix not in (".csv", ".json")])
    assert "Traceback" not in result.err + result.out
    assert "a bug in seldkit" not in result.err


def test_inspect_reports_all_damaged_metadata(command: Command, tmp_path: Path) -> None:
    paths = [row.build(tmp_path) for row in ROWS]
    result = command("inspect", *paths)
    assert "Traceback" not in result.err + result.out
    assert "a bug in seldkit" not in result.err
    assert result.out.count("! ") + result.err.count("error: ") >= sum(row.error is not None for row in ROWS)


@pytest.mark.parametrize("subcommand", ["detect", "inspect"])
def test_bad_models_are_refused_and_run_nothing(command: Command, tmp_path: Path, subcommand: str) -> None:
    for number, row in enumerate(BAD_MODELS):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = row.build(folder)
        arguments = ["detect", "x.wav", "--model", path] if subcommand == "detect" else ["inspect", path]
        result = command(*arguments)
        assert "Traceback" not in result.err + result.out, row.name
        assert "a bug in seldkit" not in result.err, row.name
        if subcommand == "detect":
            assert result.status == 1, row.name
            assert result.err.count("\n") == 1, row.name
    assert not list(tmp_path.rglob(MARKER))


def test_a_fresh_process_exits_1_after_a_bad_file(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(b"no video")
    model = good_model(tmp_path)
    run = [
        sys.executable,
        "-c",
        "from seldkit.cli import main; main()",
        "detect",
        "x.mp4",
        "--model",
        str(model),
    ]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: x.mp4: ")
    assert done.stderr.count("\n") == 1


def test_help_and_import_need_neither_torch_nor_any_room(tmp_path: Path) -> None:
    heavy = {"torch", "av", "scipy", "matplotlib"}
    code = f"import sys, seldkit, seldkit.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
