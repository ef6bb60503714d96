import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
    os.environ.setdefault(name, "1")  # the test processes share the cores; before anything is imported

import pytest  # noqa: E402

from cli.commands import Command  # noqa: E402


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Runs a subcommand: exit status, standard output, standard error."""
    return Command(monkeypatch, capfd)


@pytest.fixture
def in_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves out the reading of SOFA files in another process, which takes time."""
    monkeypatch.setattr("seldkit.synthesis.sofa_file.check_readable", lambda path: None)
