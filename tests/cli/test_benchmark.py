"""seldkit benchmark and calibrate: error messages."""

from pathlib import Path

import pytest

from cli.commands import Command


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["benchmark", "--model", "nothing-there"], "nothing-there: expected"),
        (["benchmark", "--data", "nowhere"], "nowhere"),
        (["benchmark", "--data", "a=x", "--data", "a=y"], "second dataset named 'a'"),
        (["benchmark", "--card", "no-card.md"], "no-card.md: expected a model card"),
        (["calibrate", "default", "--data", "nowhere"], "add --output"),
        (["calibrate", "nothing-there", "--data", "nowhere"], "nothing-there"),
        (["calibrate", "default", "--data", "nowhere", "--output", "out"], "nowhere"),
    ],
)
def test_errors_are_reported_in_one_line(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = command(*arguments)
    assert result.status == 1
    assert said in result.err
    assert result.err.count("\n") == 1
    assert "fault of seldkit" not in result.err
    assert not (tmp_path / "out").exists()
