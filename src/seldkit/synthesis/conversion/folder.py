"""The folder of a conversion: which conversion it is, and what a killed one left behind."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from seldkit.errors import DatasetError
from seldkit.files import replacing
from seldkit.synthesis.conversion.clips import FOLDERS

RECORD: Final = "conversion.json"


def require_same(output: Path, settings: Mapping[str, Any]) -> None:
    """Raise DatasetError where `output` holds clips of another conversion; else note which this one is.

    settings: all that the clips depend on but their number, for JSON.
    """
    path = output / RECORD
    told = json.loads(json.dumps(settings))
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


def sweep(output: Path) -> None:
    """Remove the unfinished files of processes that were killed."""
    unfinished = re.compile(r"\..+\.(\d+)\.part(\.wav|\.mp4|\.csv)")
    for folder in FOLDERS.values():
        for path in (output / folder).rglob(".*.part.*"):
            found = unfinished.fullmatch(path.name)
            if found and not _runs(int(found[1])):
                path.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text())
    except (OSError, ValueError) as problem:
        raise DatasetError(f"{path}: cannot be read ({problem}); give another --output") from None
    return read if isinstance(read, dict) else {}


def _words(name: str, value: object) -> str:
    return "other recordings" if name == "recordings" else f"{name} {json.dumps(value)}"


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return process != os.getpid()
