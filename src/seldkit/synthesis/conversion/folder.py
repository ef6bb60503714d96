"""The folder of a conversion: which conversion it is, and what a killed one left behind."""

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from seldkit.errors import DatasetError
from seldkit.files import replacing
from seldkit.synthesis.conversion.clips import FOLDERS

RECORD: Final = "conversion.json"


@contextmanager
def conversion_folder(output: Path, settings: Mapping[str, Any]) -> Iterator[None]:
    """Have `output` to oneself for the clips of one conversion; unfinished files of a killed one are removed.

    settings: all that the clips depend on but their number, for JSON. Raises DatasetError where the folder
    holds other clips, or another process is converting into it.
    """
    _require_same(output, json.loads(json.dumps(settings)))
    with (output / RECORD).open("rb") as file:
        try:
            fcntl.flock(
                file, fcntl.LOCK_EX | fcntl.LOCK_NB
            )  # the system takes it from a process that is killed
        except OSError:
            raise DatasetError(
                f"{output}: another process is converting into this folder; wait for it"
            ) from None
        _sweep(output)
        yield


def _require_same(output: Path, told: dict[str, Any]) -> None:
    path = output / RECORD
    if path.exists():
        before = _read(path)
        for name in told:
            if before.get(name) != told[name]:
                raise DatasetError(
                    f"{path}: expected a conversion with {_words(name, told[name])}, got one with "
                    f"{_words(name, before.get(name))}; give another --output"
                )
        return
    if any((output / folder).exists() for folder in FOLDERS.values()):
        raise DatasetError(
            f"{output}: expected an empty folder or an earlier conversion, got another data set; "
            "give another --output"
        )
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(told, indent=1))


def _sweep(output: Path) -> None:
    for folder in FOLDERS.values():
        for path in (output / folder).rglob(".*.part.*"):
            path.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text())
    except (OSError, ValueError) as problem:
        raise DatasetError(f"{path}: cannot be read ({problem}); give another --output") from None
    return read if isinstance(read, dict) else {}


def _words(name: str, value: object) -> str:
    return "other recordings" if name == "recordings" else f"{name} {json.dumps(value)}"
