"""Many files, one after the other: a bad one is named and passed over."""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape

from seldkit.errors import in_one_line
from seldkit.types import CountProgress, SecondsProgress

ANNOTATED = ".annotated.mp4"
"""How names of annotated videos end, so that none has its source's name."""
LISTENING = ".listening"
"""How names of listening checks end before the suffix."""
SAME_NAME_ERROR = "two inputs with the same name would be written to one file; run them one by one"
MEDIA_SUFFIXES = frozenset(
    {".3gp", ".aac", ".ac3", ".aif", ".aiff", ".avi", ".caf", ".flac", ".flv", ".m2ts", ".m4a", ".m4v"}
    | {".mka", ".mkv", ".mov", ".mp3", ".mp4", ".mpeg", ".mpg", ".mts", ".oga", ".ogg", ".ogv", ".opus"}
    | {".ts", ".w64", ".wav", ".webm", ".wma", ".wmv"}
)
"""What a folder is searched for; a file that is named is tried whatever its suffix."""


def console() -> Console:
    """Where results go: standard output, wide enough for a table when it is not a terminal."""
    return Console(width=None if sys.stdout.isatty() else 160, highlight=False, soft_wrap=False)


def plain(text: object) -> str:
    """Text for the console in which nothing is markup and nothing moves the cursor."""
    return escape("".join(sign if sign.isprintable() else "?" for sign in str(text)))


def find_media(inputs: Iterable[Path]) -> Iterator[tuple[Path, Path]]:
    """Each media file with the path that its results take below the output folder, without suffix.

    Files below a folder keep their subfolders; annotated videos and listening checks there, results
    themselves, are passed over. A folder without any is given as it is, to be refused in turn.
    """
    for given in inputs:
        found = sorted(_media_below(given)) if is_folder(given) else []
        if found:
            yield from ((path, path.relative_to(given).with_suffix("")) for path in found)
        else:
            yield given, Path(given.stem)


def _media_below(folder: Path) -> Iterator[Path]:
    return (
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in MEDIA_SUFFIXES and not _is_result(path) and path.is_file()
    )


def _is_result(path: Path) -> bool:
    return path.name.endswith(ANNOTATED) or path.stem.endswith(LISTENING)


@contextmanager
def counted(what: str) -> Iterator[CountProgress]:
    """A bar over so many of so many, on standard error and only on a terminal."""
    from rich.progress import Progress

    screen = Console(stderr=True)
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


@contextmanager
def seconds_bar(name: str, seconds: float | None) -> Iterator[SecondsProgress]:
    """A bar over a file's length, on standard error and only on a terminal."""
    from rich.progress import Progress

    screen = Console(stderr=True)
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as bars:
        task = bars.add_task(plain(name), total=seconds)
        yield lambda done: bars.update(task, completed=done)


def pixels(size: str) -> tuple[int, int]:
    """Width and height of "640x360"; a wrong one is wrong usage."""
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", size)
    if found is None:
        raise typer.BadParameter(f"expected a size such as 640x360, got '{size}'")
    return int(found[1]), int(found[2])


def report(failures: Sequence[Exception]) -> None:
    """Say what failed and exit with status 1, if anything did."""
    if failures and "--debug" in sys.argv:
        raise failures[0]
    for failure in failures:
        typer.echo(f"error: {in_one_line(failure)}", err=True)
    if failures:
        raise typer.Exit(1)


def is_folder(path: Path) -> bool:
    """Whether a path is a folder; False for what cannot be looked at: its reader will say so."""
    try:
        return path.is_dir()
    except OSError:
        return False


def for_each(paths: list[Path], work: Callable[[Path], None]) -> None:
    """Do `work` for every path; errors are said at once and, after several paths, again at the end.

    Exits with status 1 if anything failed.
    """
    failures: list[str] = []
    for path in paths:
        try:
            work(path)
        except Exception as problem:
            if "--debug" in sys.argv:
                raise
            failures.append(in_one_line(problem))
            typer.echo(f"error: {failures[-1]}", err=True)
    if failures and len(paths) > 1:
        typer.echo(f"{len(failures)} of {len(paths)} failed:", err=True)
        for failure in failures:
            typer.echo(f"  {failure}", err=True)
    if failures:
        raise typer.Exit(1)
