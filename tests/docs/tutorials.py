"""The tutorials' blocks of code, run in order as a reader would.

`python tests/docs/tutorials.py` writes what they print into the pages.

A fence with a title is a file that the reader writes. ```console holds commands behind "$ " and what each
prints on standard output; ```python is run, and a ```text fence right after it is what it prints. What is
printed must equal what the page shows, a line "…" standing for any lines. A comment before the fence lets it
differ: `<!-- numbers differ -->` in its numbers, `<!-- output differs -->` altogether.
`<!-- not run -->` marks what installs.
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
"""Pages that go on in the folder of the page before."""

COLUMNS = "100"
_BAR = re.compile(r"^Epoch \d+/\d+ .*\n(?: {40,}.*\n)*", re.MULTILINE)
"""Lightning's bar and the scores beside it: on a terminal it is gone when the next one comes."""
_FENCE = re.compile(
    r"(?:^<!-- (?P<mark>[a-z ]+) -->\n)?^```(?P<kind>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n"
    r"(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Step:
    """Something to do, and where on the page what it prints is shown; None where nothing may be printed.

    kind: "file", "command" or "python". mark: how the shown may differ from the printed.
    """

    kind: str
    text: str
    title: str = ""
    mark: str = ""
    shown: tuple[int, int] | None = None


@dataclass(frozen=True)
class Result:
    """A step, and what it printed."""

    step: Step
    printed: str


def steps(page: str) -> list[Step]:
    """The steps of a page's text. Raises ValueError for a fence that nothing would run."""
    found: list[Step] = []
    for fence in _FENCE.finditer(page):
        kind, mark, title = fence["kind"], fence["mark"] or "", fence["title"]
        if mark == "not run":
            assert fence["body"].startswith("$ pip install"), fence["body"]
        elif title:
            found.append(Step("file", fence["body"], title))
        elif kind == "console":
            found += _commands(fence["body"], fence.start("body"), mark)
        elif kind == "python":
            found.append(Step("python", fence["body"]))
        elif kind == "text" and found and found[-1].kind == "python" and found[-1].shown is None:
            found[-1] = Step("python", found[-1].text, mark=mark, shown=fence.span("body"))
        else:
            raise ValueError(f"a fence that no test runs: {fence[0][:80]!r}")
    return found


def _commands(body: str, start: int, mark: str) -> Iterator[Step]:
    parts = re.compile(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
    for part in parts.finditer(body):
        yield Step("command", part[1], mark=mark, shown=(start + part.start(2), start + part.end(2)))


def run(page: str, folder: Path) -> list[Result]:
    """Do all of a page's steps in a folder. Raises AssertionError for a command that fails."""
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
    """`seldkit …` in this process, which has imported what it needs; `python …` in one of its own."""
    if words[0] == "python":
        done = subprocess.run([sys.executable, *words[1:]], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        print(done.stdout, end="")
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
    """Where what was printed is not what the page shows, one description each."""
    found = []
    for step, printed in ((result.step, result.printed) for result in results):
        shown = page[slice(*step.shown)] if step.shown else ""
        if step.mark == "output differs":
            same = bool(printed.strip()) and bool(shown.strip())
        else:
            numbers = step.mark == "numbers differ"
            same = re.fullmatch(_pattern(_alike(shown, numbers)), _alike(printed, numbers)) is not None
        if not same:
            found.append(f"{step.text}\nshown:\n{shown}\nprinted:\n{printed}")
    return found


def _alike(text: str, numbers: bool) -> str:
    """What is compared: without empty lines and, where numbers differ, without them and the spaces around."""
    if numbers:
        text = re.sub(r"[ ─━]+", " ", re.sub(r"[-−+]?\d[\d.,:]*", "#", text))
    return "".join(f"{line.strip()}\n" for line in text.splitlines() if line.strip())


def _pattern(shown: str) -> str:
    return "".join(r"(?:.*\n)*" if line == "…" else re.escape(line) + r"\n" for line in shown.splitlines())


def refreshed(page: str, results: list[Result]) -> str:
    """The page with what was printed in the place of what it shows, but for outputs with "…"."""
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
    """What a reader's folder holds at first: the examples."""
    (folder / "examples").symlink_to(ROOT / "examples")


def main(chosen: list[str]) -> None:
    """Run the chains with the chosen pages (all by default) and write what they print into them."""
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
