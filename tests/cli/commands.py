"""Runs the command as a user does, without a new process for each call."""

import sys
from dataclasses import dataclass

import pytest

from seldkit.cli import main


@dataclass(frozen=True)
class Result:
    """Exit status and what was printed."""

    status: int
    out: str
    err: str


class Command:
    """`command("detect", "clip.mp4")` gives its `Result`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capfd = monkeypatch, capfd

    def __call__(self, *arguments: object) -> Result:
        self._monkeypatch.setattr(sys, "argv", ["seldkit", *map(str, arguments)])
        self._capfd.readouterr()
        try:
            main()
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        printed = self._capfd.readouterr()
        return Result(status, printed.out, printed.err)
