"""Output folder of a dataset: a record of its settings, a lock, and removal of unfinished files."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from seldkit.errors import DatasetError
from seldkit.files import locked, read_regular_file, replacing

MAX_RECORD_BYTES: Final = 64 * 1024 * 1024
"""Size in bytes of the largest record of settings that is read."""


@contextmanager
def locked_output_folder(
    output: Path,
    record: str,
    folders: Iterable[str],
    settings: Mapping[str, object],
    summarized: Iterable[str] = (),
) -> Iterator[None]:
    """Locks an output folder and removes unfinished files of interrupted processes.

    Args:
        output: The folder.
        record: Name of the file that stores the settings.
        folders: Subfolders to which files are written.
        settings: Everything on which the files depend, apart from their number, as JSON values.
        summarized: Settings whose values are not shown in error messages.

    Yields:
        None, while the folder is locked.

    Raises:
        DatasetError: The folder holds files of other settings, or another process is writing to it.
    """
    folders = tuple(folders)
    _require_same_settings(output, record, folders, json.loads(json.dumps(settings)), tuple(summarized))
    with locked(output / ".lock", f"{output}: another process is writing to this folder; wait for it"):
        _remove_unfinished(output, folders)
        yield


def _require_same_settings(
    output: Path,
    record: str,
    folders: tuple[str, ...],
    settings: dict[str, object],
    summarized: tuple[str, ...],
) -> None:
    path = output / record
    if path.exists():
        stored = _read(path)
        for name, value in settings.items():
            if stored.get(name) != value:
                raise DatasetError(f"{path}: {_difference(name, value, stored.get(name), summarized)}")
        return
    if any((output / folder).exists() for folder in folders):
        raise DatasetError(
            f"{output}: expected an empty folder or one of an interrupted run, got another dataset; use "
            "another --output"
        )
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(settings, indent=1) + "\n")


def _remove_unfinished(output: Path, folders: tuple[str, ...]) -> None:
    for folder in folders:
        for path in (output / folder).rglob(".*.part.*"):
            path.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, object]:
    try:
        content = json.loads(read_regular_file(path, MAX_RECORD_BYTES))
    except (OSError, ValueError) as problem:
        raise DatasetError(f"{path}: cannot be read ({problem}); use another --output") from None
    return content if isinstance(content, dict) else {}


def _difference(name: str, value: object, stored: object, summarized: tuple[str, ...]) -> str:
    if name in summarized:
        return f"expected the same {name} as before, got other {name}; use another --output"
    return f"expected {name} {json.dumps(value)}, got {name} {json.dumps(stored)}; use another --output"
