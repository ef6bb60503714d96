"""What each open page has uploaded and found, deleted when the page is closed."""

import os
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final

from seldkit.errors import SeldkitError
from seldkit.web.names import safe_name

ORPHANED: Final = 3600.0
"""Seconds after which an upload that no page knows is deleted: its page was closed while it came."""


class SessionFiles:
    """The files of all sessions, in one folder: uploads, which Gradio puts there, and a folder a job."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._held: dict[str, set[Path]] = {}
        self._lock = Lock()
        folder.mkdir(mode=0o700, exist_ok=True)

    def hold(self, session: str, path: Path) -> None:
        """An upload is a session's: it goes with it."""
        with self._lock:
            self._held.setdefault(session, set()).add(self._entry(path))

    def copy(self, session: str, source: Path) -> Path:
        """A copy of a file of ours, as if it had been uploaded."""
        path = self.folder / secrets.token_hex(16) / source.name
        path.parent.mkdir(mode=0o700)
        self.hold(session, path)
        return Path(shutil.copyfile(source, path))

    def job(self, session: str, upload: Path, name: str = "") -> tuple[Path, str]:
        """A new folder for a session, with the upload in it under a safe name; former ones are removed.

        name: instead of the upload's. The upload itself stays, for another go. Raises SeldkitError where it
        is there no more.
        """
        self._drop(session, lambda entry: entry.name.startswith("job-"))
        folder = self.folder / f"job-{secrets.token_hex(16)}"
        self.hold(session, folder / "any")
        folder.mkdir(mode=0o700)
        name = safe_name(name or upload.name)
        try:
            os.link(upload, folder / name)
        except FileNotFoundError:
            raise SeldkitError(f"{name}: deleted after an hour without use; give it again") from None
        return folder, name

    def clear(self, session: str) -> None:
        """Delete all that a session holds."""
        self._drop(session, lambda entry: True)
        with self._lock:
            self._held.pop(session, None)

    def sweep(self) -> None:
        """Delete what is old and no session's."""
        with self._lock:
            held = set().union(*self._held.values())
        for entry in self.folder.iterdir():
            if entry not in held and time.time() - entry.lstat().st_mtime > ORPHANED:
                _delete(entry)

    def _entry(self, path: Path) -> Path:
        """The folder right in this one that a path lies in. Raises ValueError where it lies elsewhere."""
        parts = path.relative_to(self.folder).parts
        if not parts or ".." in parts:
            raise ValueError(f"{path}: expected a path within {self.folder}")
        return self.folder / parts[0]

    def _drop(self, session: str, chosen: Callable[[Path], bool]) -> None:
        with self._lock:
            held = self._held.get(session, set())
            dropped = {entry for entry in held if chosen(entry)}
            held -= dropped
            others = set().union(*self._held.values())
        for entry in dropped - others:
            _delete(entry)


def _delete(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry, ignore_errors=True)
    else:
        entry.unlink(missing_ok=True)
