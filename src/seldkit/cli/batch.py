"""Commands for many files: a failed file is reported and skipped."""

import re
import sys
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape

from seldkit.errors import in_one_line
from seldkit.files import is_temporary
from seldkit.types import CountProgress, SecondsProgress

ANNOTATED_VIDEO_ENDING = ".annotated.mp4"
"""End of the names of annotated videos."""
PLAYER_COPY_ENDING = ".player.mp4"
"""End of the names of copies of recordings for the player of a report."""
AURALIZATION_ENDING = ".listening"
"""End of the names of auralizations, before the suffix."""
SAME_NAME_ERROR = "two inputs with the same name would be written to one file; run them one by one"
MEDIA_SUFFIXES = frozenset(
    {".3gp", ".aac", ".ac3", ".aif", ".aiff", ".amb", ".avi", ".caf", ".flac", ".flv", ".m2ts", ".m4a"}
    | {".m4v", ".mka", ".mkv", ".mov", ".mp3", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".oga", ".ogg"}
    | {".ogv", ".opus", ".ts", ".w64", ".wav", ".webm", ".wma", ".wmv"}
)
"""Suffixes of the files that are processed in a folder; a file that is given directly may have any."""


def console() -> Console:
    """Returns the console for results: standard output, wide enough for tables if it is not a terminal.

    Returns:
        The console.
    """
    return Console(width=None if sys.stdout.isatty() else 160, highlight=False, soft_wrap=False)


def plain(text: object) -> str:
    """Escapes text for the console: no markup and no control characters.

    Args:
        text: Any object.

    Returns:
        The escaped text.
    """
    return escape("".join(sign if sign.isprintable() else "?" for sign in str(text)))


def find_media(inputs: Iterable[Path]) -> Iterator[tuple[Path, Path]]:
    """Finds media files.

    Files in a folder keep their subfolders; annotated videos and auralizations in it are skipped. A folder
    without media files is yielded itself, so that it is reported later.

    Args:
        inputs: Files and folders.

    Yields:
        Each media file, with the path of its results below the output folder, without suffix.
    """
    for path in inputs:
        files = sorted(_media_in(path)) if is_folder(path) else []
        if files:
            yield from ((file, file.relative_to(path).with_suffix("")) for file in files)
        else:
            yield path, Path(path.stem)


def _media_in(folder: Path) -> Iterator[Path]:
    return (
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in MEDIA_SUFFIXES and not _is_result(path) and path.is_file()
    )


def _is_result(path: Path) -> bool:
    videos = (ANNOTATED_VIDEO_ENDING, PLAYER_COPY_ENDING)
    endings = path.name.endswith(videos) or path.stem.endswith(AURALIZATION_ENDING)
    return endings or is_temporary(path)


@contextmanager
def counted(what: str) -> Iterator[CountProgress]:
    """Shows a progress bar over items on standard error, if it is a terminal.

    Args:
        what: Name of the items.

    Yields:
        The progress callback.
    """
    from rich.progress import Progress

    screen = Console(stderr=True)
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


@contextmanager
def seconds_bar(name: str, seconds: float | None) -> Iterator[SecondsProgress]:
    """Shows a progress bar over the length of a file on standard error, if it is a terminal.

    Args:
        name: Name of the file.
        seconds: Length in seconds; None if unknown.

    Yields:
        The progress callback.
    """
    from rich.progress import Progress

    screen = Console(stderr=True)
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as bars:
        task = bars.add_task(plain(name), total=seconds)
        yield lambda done: bars.update(task, completed=done)


def parse_size(size: str) -> tuple[int, int]:
    """Parses an image size.

    Args:
        size: For example "640x360".

    Returns:
        Width and height in pixels.

    Raises:
        BadParameter: The text is not a size.
    """
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", size)
    if match is None:
        raise typer.BadParameter(f"expected a size such as 640x360, got '{size}'")
    return int(match[1]), int(match[2])


def report(failures: Sequence[Exception]) -> None:
    """Prints errors and exits with status 1, if there are any.

    Args:
        failures: The errors.

    Raises:
        Exit: There are errors.
    """
    if failures and "--debug" in sys.argv:
        raise failures[0]
    for failure in failures:
        typer.echo(f"error: {in_one_line(failure)}", err=True)
    if failures:
        raise typer.Exit(1)


def is_folder(path: Path) -> bool:
    """Returns whether a path is a folder.

    Args:
        path: Any path.

    Returns:
        False also if the path cannot be accessed, which is reported when it is read.
    """
    try:
        return path.is_dir()
    except OSError:
        return False


def for_each(paths: list[Path], work: Callable[[Path], None]) -> None:
    """Processes every path; prints errors at once and, for several paths, again at the end.

    Args:
        paths: The paths.
        work: Processes one path.

    Raises:
        Exit: At least one path failed (status 1).
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


def unique_stems(files: Mapping[Path, Path]) -> dict[Path, Path]:
    """Returns the paths of results without suffix; files with the same stem keep their own suffix in it.

    Args:
        files: Path of the results below the output folder, without suffix, by file.

    Returns:
        The same, with unique paths unless two files have the same name.
    """
    counts = Counter(files.values())
    return {path: stem if counts[stem] == 1 else stem.with_name(path.name) for path, stem in files.items()}


def print_new_notes(path: Path, notes: Iterable[str], known: Container[str]) -> None:
    """Prints the notes of a written file to standard error.

    Args:
        path: The written file.
        notes: Notes about it.
        known: Notes that have been printed before.
    """
    for note in notes:
        if note not in known:
            typer.echo(f"{path.name}: {note}", err=True)
