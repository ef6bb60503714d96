import pytest

from cli.commands import Command


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Runs a subcommand: exit status, standard output, standard error."""
    return Command(monkeypatch, capfd)
