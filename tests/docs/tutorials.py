"""Runs the code blocks of the tutorials in order.

`python tests/docs/tutorials.py [NAME…]` updates the output in the pages.

A block with a title is a file that the reader writes. A ```console block contains commands after "$ ",
each followed by its standard output. A ```python block is run; a ```text block directly after it is its
output. The output must equal that of the page, where a line "…" stands for any number of lines. A
comment before a block permits differences: `<!-- numbers differ -->` in numbers,
`<!-- output differs -->` in everything. `<!-- not run -->` marks installation commands, which are not run.
"""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "tutorials"
CHAINS = [["first-detection"], ["train-on-your-own-data", "add-an-encoder", "compare-two-systems"]]
"""Pages of a chain are run in the same folder, one after the other."""

COLUMNS = "100"
_BAR = re.compile(r"^Epoch \d+/\d+ .*\n(?: {40,}.*\n)*", re.MULTILINE)
"""Progress bar of Lightning with scores; a terminal overwrites it."""
_FENCE = re.compile(
    r"(?:^<!-- (?P<mark>[a-z ]+) -->\n)?^```(?P<kind>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n"
    r"(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Step:
    """A file to write, or a command or Python code to run.

    Attributes:
        kind: "file", "command" or "python".
        text: Contents of the file, the command, or the code.
        title: Name of the file.
        mark: Permitted differences of the output, from the comment before the block.
        shown: Start and end of the output in the text of the page; None if nothing may be printed.
    """

    kind: str
    text: str
    title: str = ""
    mark: str = ""
    shown: tuple[int, int] | None = None


@dataclass(frozen=True)
class Result:
    """A step and its output."""

    step: Step
    printed: str


def steps(page: str) -> list[Step]:
    """Parses the text of a page. Raises ValueError if a block is of no known kind."""
    parsed: list[Step] = []
    for fence in _FENCE.finditer(page):
        kind, mark, title = fence["kind"], fence["mark"] or "", fence["title"]
        if mark == "not run":
            assert fence["body"].startswith("$ pip install"), fence["body"]
        elif title:
            parsed.append(Step("file", fence["body"], title))
        elif kind == "console":
            parsed += _commands(fence["body"], fence.start("body"), mark)
        elif kind == "python":
            parsed.append(Step("python", fence["body"]))
        elif kind == "text" and parsed and parsed[-1].kind == "python" and parsed[-1].shown is None:
            parsed[-1] = Step("python", parsed[-1].text, mark=mark, shown=fence.span("body"))
        else:
            raise ValueError(f"block that no test runs: {fence[0][:80]!r}")
    return parsed


def _commands(body: str, start: int, mark: str) -> Iterator[Step]:
    parts = re.compile(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
    for part in parts.finditer(body):
        yield Step("command", part[1], mark=mark, shown=(start + part.start(2), start + part.end(2)))


def run(page: str, folder: Path) -> list[Result]:
    """Runs all steps of a page in a folder. Raises AssertionError if a command fails."""
    names: dict[str, Any] = {"__name__": "tutorial"}
    return [Result(step, _printed(step, folder, names)) for step in steps(page)]


def _printed(step: Step, folder: Path, names: dict[str, Any]) -> str:
    if step.kind == "file":
        (folder / step.title).write_text(step.text, encoding="utf-8")
        return ""
    printed = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        if step.kind == "python":
            exec(compile(step.text, "tutorial", "exec"), names)
        else:
            _command(shlex.split(step.text.replace("\\\n", " ")))
    return "".join(f"{line.rstrip()}\n" for line in _BAR.sub("", printed.getvalue()).splitlines())


def _command(words: list[str]) -> None:
    """Runs `seldkit …` in this process, which saves imports, and `python …` in a new one."""
    if words[0] == "python":
        process = subprocess.run([sys.executable, *words[1:]], capture_output=True, text=True)
        assert process.returncode == 0, process.stderr
        print(process.stdout, end="")
        return
    assert words[0] == "seldkit", words
    from seldkit.cli import main

    before, errors, status = sys.argv, io.StringIO(), None
    sys.argv = words
    try:
        with contextlib.redirect_stderr(errors):
            main()
    except SystemExit as end:
        status = end.code
    finally:
        sys.argv = before
    if status:
        raise AssertionError(errors.getvalue())


def differences(page: str, results: list[Result]) -> list[str]:
    """Describes each output that differs from the page."""
    described = []
    for step, printed in ((result.step, result.printed) for result in results):
        shown = page[slice(*step.shown)] if step.shown else ""
        if step.mark == "output differs":
            same = bool(printed.strip()) and bool(shown.strip())
        else:
            numbers = step.mark == "numbers differ"
            same = re.fullmatch(_pattern(_alike(shown, numbers)), _alike(printed, numbers)) is not None
        if not same:
            described.append(f"{step.text}\nshown:\n{shown}\nprinted:\n{printed}")
    return described


def _alike(text: str, numbers: bool) -> str:
    """Removes empty lines and, if numbers may differ, replaces the numbers and the spaces around them."""
    if numbers:
        text = re.sub(r"[ ─━]+", " ", re.sub(r"[-−+]?\d[\d.,:]*", "#", text))
    return "".join(f"{line.strip()}\n" for line in text.splitlines() if line.strip())


def _pattern(shown: str) -> str:
    return "".join(r"(?:.*\n)*" if line == "…" else re.escape(line) + r"\n" for line in shown.splitlines())


def refreshed(page: str, results: list[Result]) -> str:
    """Replaces the outputs in the text of a page, except those with "…"."""
    for step, printed in reversed([(result.step, result.printed) for result in results]):
        if step.shown and "…\n" not in page[slice(*step.shown)]:
            page = (
                page[: step.shown[0]]
                + printed.strip("\n")
                + "\n" * bool(printed.strip())
                + page[step.shown[1] :]
            )
    return page


def prepare(folder: Path) -> None:
    """Creates the initial content of a reader's folder: the examples."""
    (folder / "examples").symlink_to(ROOT / "examples")


def main(chosen: list[str]) -> None:
    """Runs the chains of the chosen pages (default: all) and updates the output in their pages."""
    import tempfile

    os.environ["COLUMNS"] = COLUMNS
    for chain in CHAINS:
        if chosen and not set(chosen) & set(chain):
            continue
        with tempfile.TemporaryDirectory() as folder:
            prepare(Path(folder))
            for name in chain:
                path = PAGES / f"{name}.md"
                path.write_text(refreshed(path.read_text(), run(path.read_text(), Path(folder))))


if __name__ == "__main__":
    main(sys.argv[1:])
