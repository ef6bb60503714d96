"""Uploads and results of each open page, deleted when the page is closed."""

import os
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final

from seldkit.errors import SeldkitError

MAX_UNUSED_SECONDS: Final = 3600.0
"""Age at which an upload that belongs to no page is deleted: its page was closed during the upload."""
MAX_NAME_BYTES: Final = 100
"""Maximum length of a file name: suffixes are appended to it, and file systems allow 255 bytes."""
MAX_SUFFIX_BYTES: Final = 10
_UNSAFE_CHARACTERS: Final = '\\/:*?"<>|'
_JOB_PREFIX: Final = "job-"


class SessionFiles:
    """Files of all sessions in one folder: uploads, which Gradio writes there, and one folder for each job.

    Args:
        folder: Folder, created if it does not exist.

    Attributes:
        folder: Folder of the files.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._entries: dict[str, set[Path]] = {}
        self._lock = Lock()
        folder.mkdir(mode=0o700, exist_ok=True)

    def register(self, session: str, path: Path) -> None:
        """Assigns an upload to a session; it is deleted with the session.

        Args:
            session: Identifier of the session.
            path: File within the folder.

        Raises:
            ValueError: The file is outside the folder.
        """
        with self._lock:
            self._entries.setdefault(session, set()).add(self._entry(path))

    def copy(self, session: str, source: Path) -> Path:
        """Copies a file into the folder as if it had been uploaded.

        Args:
            session: Identifier of the session.
            source: File to copy.

        Returns:
            Path of the copy.
        """
        path = self.folder / secrets.token_hex(16) / source.name
        path.parent.mkdir(mode=0o700)
        self.register(session, path)
        return Path(shutil.copyfile(source, path))

    def create_job(self, session: str, upload: Path, name: str = "") -> tuple[Path, str]:
        """Creates the folder of a job that contains an upload under a safe name.

        Folders of earlier jobs of the session are deleted. The upload is kept, so that it can be used again.

        Args:
            session: Identifier of the session.
            upload: Uploaded file.
            name: File name to use instead of that of the upload.

        Returns:
            Folder of the job, and name of the recording in it.

        Raises:
            SeldkitError: The upload was deleted.
        """
        self._delete(session, lambda entry: entry.name.startswith(_JOB_PREFIX))
        folder = self.folder / f"{_JOB_PREFIX}{secrets.token_hex(16)}"
        self.register(session, folder / "any")
        folder.mkdir(mode=0o700)
        name = safe_name(name or upload.name)
        try:
            os.link(upload, folder / name)
        except FileNotFoundError:
            raise SeldkitError(f"{name}: deleted after one hour without use; upload it again") from None
        return folder, name

    def close_session(self, session: str) -> None:
        """Deletes all files of a session.

        Args:
            session: Identifier of the session.
        """
        self._delete(session, lambda entry: True)
        with self._lock:
            self._entries.pop(session, None)

    def delete_unused(self) -> None:
        """Deletes old files that belong to no session."""
        with self._lock:
            used = set().union(*self._entries.values())
        for entry in self.folder.iterdir():
            if entry not in used and time.time() - entry.lstat().st_mtime > MAX_UNUSED_SECONDS:
                _delete_entry(entry)

    def _entry(self, path: Path) -> Path:
        """Returns the direct child of the folder that contains a path."""
        parts = path.relative_to(self.folder).parts
        if not parts or ".." in parts:
            raise ValueError(f"{path}: expected a path within {self.folder}")
        return self.folder / parts[0]

    def _delete(self, session: str, condition: Callable[[Path], bool]) -> None:
        with self._lock:
            entries = self._entries.get(session, set())
            deleted = {entry for entry in entries if condition(entry)}
            entries -= deleted
            others = set().union(*self._entries.values())
        for entry in deleted - others:
            _delete_entry(entry)


def _delete_entry(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry, ignore_errors=True)
    else:
        entry.unlink(missing_ok=True)


def safe_name(name: str) -> str:
    r"""Converts a file name from a user to a safe one.

    The result contains no separators, control characters or direction marks and does not start with a dot.

    Examples:
        >>> safe_name("../../a\nb.mp4")
        '_.._a_b.mp4'

    Args:
        name: Any text.

    Returns:
        File name with at most `MAX_NAME_BYTES` bytes including its suffix.
    """
    characters = (
        character if character.isprintable() and character not in _UNSAFE_CHARACTERS else "_"
        for character in name
    )
    safe = "".join(characters).strip(" .") or "recording"
    stem, dot, suffix = safe.rpartition(".")
    if not dot or len(suffix.encode()) > MAX_SUFFIX_BYTES:
        stem, suffix = safe, ""
    return _truncate(stem, MAX_NAME_BYTES - len((dot + suffix).encode())) + (dot + suffix if suffix else "")


def _truncate(text: str, max_bytes: int) -> str:
    return text.encode()[:max_bytes].decode("utf-8", "ignore")
