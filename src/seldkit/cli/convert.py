"""seldkit convert: annotation files from one format to another."""

from pathlib import Path
from typing import Annotated

import typer

from seldkit.cli.batch import SAME_NAME_ERROR, for_each, is_folder
from seldkit.cli.class_options import Classes, vocabulary_of
from seldkit.files import is_temporary


def convert(
    inputs: Annotated[list[Path], typer.Argument(help="Annotation files, or folders of them.")],
    to: Annotated[
        str,
        typer.Option(
            help="Format to write, such as dcase2025, json, vtt, srt, eaf, textgrid, rttm or jsonl. "
            "An unknown name lists all formats."
        ),
    ],
    source_format: Annotated[
        str | None,
        typer.Option("--from", help="Format to read. Default: recognized by the suffix or the content."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder to write to. Default: the folder of each file.")
    ] = None,
    frames: Annotated[
        int,
        typer.Option(
            min=1,
            help="Smallest length of a clip in frames of 100 ms, for formats that do not store the length.",
        ),
    ] = 1,
    classes: Classes = None,
) -> None:
    """Convert annotation files from one format to another.

    Frame tables become events, and events become frame tables, where the target format requires it.
    """
    from seldkit.formats import convert_file, format_names, format_suffix

    suffix, vocabulary = format_suffix(to), vocabulary_of(classes)
    suffixes = sorted({format_suffix(name) for name in format_names()}, key=len, reverse=True)
    targets = {
        path: _target(path, _without_suffix(relative, suffixes), output, suffix)
        for path, relative in _find(inputs, suffixes)
    }
    if len(set(targets.values())) < len(targets):
        raise typer.BadParameter(SAME_NAME_ERROR)

    def convert_one(path: Path) -> None:
        convert_file(path, targets[path], to, source_format=source_format, frames=frames, classes=vocabulary)

    for_each(list(targets), convert_one)


def _find(inputs: list[Path], suffixes: list[str]) -> list[tuple[Path, Path]]:
    """Each annotation file with its path below the output folder."""
    endings = tuple(suffix.lower() for suffix in suffixes)
    files_found = []
    for path in inputs:
        if is_folder(path):
            files = (file for file in sorted(path.rglob("*")) if file.name.lower().endswith(endings))
            files_found += [
                (file, file.relative_to(path)) for file in files if file.is_file() and not is_temporary(file)
            ]
        else:
            files_found.append((path, Path(path.name)))
    return files_found


def _without_suffix(path: Path, suffixes: list[str]) -> Path:
    for suffix in suffixes:
        if path.name.lower().endswith(suffix.lower()):
            return path.with_name(path.name[: -len(suffix)])
    return path.with_suffix("")


def _target(path: Path, relative: Path, output: Path | None, suffix: str) -> Path:
    folder = path.parent if output is None else output / relative.parent
    target = folder / f"{relative.name}{suffix}"
    if target.resolve() == path.resolve():
        raise typer.BadParameter(f"{path} would be overwritten; give another folder with --output")
    return target
