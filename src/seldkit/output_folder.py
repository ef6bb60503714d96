"""The folder of a data set that is being made: what it is made of, and what a killed process left behind."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from seldkit.errors import DatasetError
from seldkit.files import locked, replacing


@contextmanager
def locked_output_folder(
    output: Path, record: str, folders: Iterable[str], settings: Mapping[str, Any], others: Iterable[str] = ()
) -> Iterator[None]:
    """Have `output` to oneself for the clips of one making; unfinished files of a killed one are removed.

    record: name of the file that keeps the settings: all that the clips depend on but their number, for JSON.
    folders: those of `output` that are written into. others: settings that are told without their value.
    Raises DatasetError where the folder holds clips of other settings, or another process is writing into it.
    """
    folders = tuple(folders)
    _require_same(output, record, folders, json.loads(json.dumps(settings)), tuple(others))
    with locked(output / ".lock", f"{output}: another process is writing to this folder; wait for it"):
        _sweep(output, folders)
        yield


def _require_same(
    output: Path, record: str, folders: tuple[str, ...], told: dict[str, Any], others: tuple[str, ...]
) -> None:
    path = output / record
    if path.exists():
        before = _read(path)
        for name in told:
            if before.get(name) != told[name]:
                raise DatasetError(f"{path}: {_difference(name, told[name], before.get(name), others)}")
        return
    if any((output / folder).exists() for folder in folders):
        raise DatasetError(
            f"{output}: expected an empty folder or one that was begun before, got another data set; "
            "give another --output"
        )
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(told, indent=1) + "\n")


def _sweep(output: Path, folders: tuple[str, ...]) -> None:
    for folder in folders:
        for path in (output / folder).rglob(".*.part.*"):
            path.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text())
    except (OSError, ValueError) as problem:
        raise DatasetError(f"{path}: cannot be read ({problem}); give another --output") from None
    return read if isinstance(read, dict) else {}


def _difference(name: str, told: object, before: object, others: tuple[str, ...]) -> str:
    if name in others:
        return f"expected the same {name} as before, got other {name}; give another --output"
    return (
        f"expected one with {name} {json.dumps(told)}, got one with {name} {json.dumps(before)}; "
        "give another --output"
    )
