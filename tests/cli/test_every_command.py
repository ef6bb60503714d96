"""What holds for every subcommand, without listing them: help, descriptions, units, documentation."""

import importlib
import pkgutil
import re
from typing import get_type_hints

import pytest
import typer

import seldkit.cli
from build_site import command_page
from cli.commands import Command
from seldkit.cli import app

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
PARAMETERS = [(name, parameter) for name, command in COMMANDS.items() for parameter in command.params]
IDS = [f"{name} {parameter.name}" for name, parameter in PARAMETERS]
UNITS = re.compile(
    r"\b(number of|seconds|minutes|megabytes|degrees|frames|Hz|dB)\b"
    r"|\b(fraction|weight|threshold|seed|port)\b|\b0 .* 1\b",
    re.IGNORECASE,
)
"""What the help text of a number contains: its unit, or the kind of a number without unit."""


@pytest.fixture(scope="module")
def reference() -> str:
    return command_page()


def test_every_module_with_a_function_of_its_name_is_a_command() -> None:
    modules = [info.name for info in pkgutil.iter_modules(seldkit.cli.__path__)]
    functions = [name for name in modules if hasattr(importlib.import_module(f"seldkit.cli.{name}"), name)]
    assert sorted(COMMANDS) == functions


@pytest.mark.parametrize("name", COMMANDS)
def test_help_lists_every_option(command: Command, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    result = command(name, "--help")
    assert result.status == 0
    for parameter in COMMANDS[name].params:
        assert parameter.opts[0].lower() in result.out.lower()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_summary_and_the_reference_describe_the_command(name: str, reference: str) -> None:
    summary = COMMANDS[name].help.split("\n\n")[0]
    assert summary.endswith(".")
    assert summary[0].isupper()
    assert f"## `seldkit {name}`" in reference


@pytest.mark.parametrize(("command_name", "parameter"), PARAMETERS, ids=IDS)
def test_every_option_has_a_description(command_name: str, parameter: typer.core.TyperOption) -> None:
    assert parameter.help
    assert parameter.help.endswith(".")


@pytest.mark.parametrize(("command_name", "parameter"), PARAMETERS, ids=IDS)
def test_numbers_state_their_unit(command_name: str, parameter: typer.core.TyperOption) -> None:
    hints = get_type_hints(COMMANDS[command_name].callback)
    if re.search(r"\b(int|float)\b", str(hints.get(parameter.name))):
        assert UNITS.search(parameter.help or "")


@pytest.mark.parametrize("name", COMMANDS)
def test_an_unknown_option_is_wrong_usage(command: Command, name: str) -> None:
    result = command(name, "--no-such-option")
    assert result.status == 2
    assert "no-such-option" in result.err
    assert "Traceback" not in result.err
