"""Uploads and results of each open page, deleted when the page is closed."""

import os
import secrets
import shutil
import stat
import time
from collections.abc import Callable
from contextlib import suppress
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

    A session is one open page. Its files are deleted when it is closed. A browser session, which a cookie
    identifies, has one or more pages; it may only use files that were uploaded or computed in it.

    Args:
        folder: Folder, created if it does not exist.

    Attributes:
        folder: Folder of the files.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._entries: dict[str, set[Path]] = {}
        self._browsers: dict[str, str] = {}
        self._uploads: dict[str, set[Path]] = {}
        self._lock = Lock()
        folder.mkdir(mode=0o700, exist_ok=True)

    def open_page(self, session: str, browser: str) -> bool:
        """Assigns a new session to a browser session.

        Args:
            session: Identifier of the session.
            browser: Identifier of the browser session.

        Returns:
            Whether the session belongs to the browser session.
        """
        with self._lock:
            return self._browsers.setdefault(session, browser) == browser

    def add_upload(self, browser: str, path: Path) -> None:
        """Records that a file was uploaded in a browser session.

        Args:
            browser: Identifier of the browser session.
            path: File within the folder.

        Raises:
            ValueError: The file is outside the folder.
        """
        self._entry(path)
        with self._lock:
            self._uploads.setdefault(browser, set()).add(path)

    def is_upload(self, browser: str, path: str) -> bool:
        """Checks whether a browser session may process a file.

        Args:
            browser: Identifier of the browser session.
            path: Any text.

        Returns:
            Whether it is the path of a regular file that was uploaded in the browser session.
        """
        with self._lock:
            uploads = {str(upload) for upload in self._uploads.get(browser, ())}
        return path in uploads and self._size(Path(path)) is not None

    def is_readable(self, browser: str, path: str) -> bool:
        """Checks whether a browser session may download a file.

        Args:
            browser: Identifier of the browser session.
            path: Any text.

        Returns:
            Whether it is the path of a regular file that was uploaded or computed in the browser session.
        """
        with self._lock:
            pages = [page for page, owner in self._browsers.items() if owner == browser]
            entries = set[Path]().union(*(self._entries.get(page, ()) for page in pages))
        file = Path(path)
        is_result = file.parent.name.startswith(_JOB_PREFIX) and file.parent in entries and str(file) == path
        return self._size(file) is not None if is_result else self.is_upload(browser, path)

    def upload_bytes(self, browser: str) -> int:
        """Measures the uploads of a browser session.

        Args:
            browser: Identifier of the browser session.

        Returns:
            Total size in bytes.
        """
        with self._lock:
            uploads = list(self._uploads.get(browser, ()))
        sizes = {path: self._size(path) for path in uploads}
        deleted = {path for path, size in sizes.items() if size is None}
        with self._lock:
            self._uploads.get(browser, set()).difference_update(deleted)
        return sum(size or 0 for size in sizes.values())

    def total_bytes(self) -> int:
        """Measures the uploads and results of all sessions without incomplete uploads.

        Returns:
            Total size in bytes. A file with several names counts once.
        """
        sizes: dict[tuple[int, int], int] = {}
        for path in self.folder.glob("*/**/*"):
            with suppress(OSError):  # deleted in the meantime
                status = path.lstat()
                sizes[status.st_dev, status.st_ino] = status.st_size
        return sum(sizes.values())

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
        with self._lock:
            browser = self._browsers.get(session)
        if browser is not None:
            self.add_upload(browser, path)
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
            SeldkitError: The upload was deleted, or is not a regular file.
        """
        self._delete(session, lambda entry: entry.name.startswith(_JOB_PREFIX))
        folder = self.folder / f"{_JOB_PREFIX}{secrets.token_hex(16)}"
        self.register(session, folder / "any")
        folder.mkdir(mode=0o700)
        name = safe_name(name or upload.name)
        try:
            # The file is checked after the link is made, so that it cannot be exchanged in between.
            os.link(upload, folder / name, follow_symlinks=False)
        except FileNotFoundError:
            raise SeldkitError(f"{name}: deleted after one hour without use; upload it again") from None
        except PermissionError:  # of folders, and of some irregular files
            raise _not_regular(name) from None
        if self._size(folder / name) is None:
            (folder / name).unlink()
            raise _not_regular(name)
        return folder, name

    def close_session(self, session: str) -> None:
        """Deletes all files of a session.

        Args:
            session: Identifier of the session.
        """
        self._delete(session, lambda entry: True)
        with self._lock:
            self._entries.pop(session, None)
            self._browsers.pop(session, None)

    def delete_incomplete(self) -> None:
        """Deletes incomplete uploads, which are the files without a folder. No upload may be in progress."""
        for entry in self.folder.iterdir():
            if not entry.is_dir():
                _delete_entry(entry)

    def delete_unused(self) -> None:
        """Deletes old files that belong to no session."""
        with self._lock:
            used = set().union(*self._entries.values())
        for entry in self.folder.iterdir():
            with suppress(FileNotFoundError):  # deleted in the meantime
                if entry not in used and time.time() - entry.lstat().st_mtime > MAX_UNUSED_SECONDS:
                    _delete_entry(entry)

    def _entry(self, path: Path) -> Path:
        """Returns the direct child of the folder that contains a path."""
        parts = path.relative_to(self.folder).parts
        if not parts or ".." in parts:
            raise ValueError(f"{path}: expected a path within {self.folder}")
        return self.folder / parts[0]

    def _size(self, path: Path) -> int | None:
        """Returns the size of a regular file in a folder of this folder, None for anything else."""
        try:
            folder, file = path.parent.lstat(), path.lstat()
        except (OSError, ValueError):
            return None
        is_regular = stat.S_ISREG(file.st_mode) and stat.S_ISDIR(folder.st_mode)
        return file.st_size if is_regular and path.parent.parent == self.folder else None

    def _delete(self, session: str, condition: Callable[[Path], bool]) -> None:
        with self._lock:
            entries = self._entries.get(session, set())
            deleted = {entry for entry in entries if condition(entry)}
            entries -= deleted
            others = set().union(*self._entries.values())
        for entry in deleted - others:
            _delete_entry(entry)


def _not_regular(name: str) -> SeldkitError:
    return SeldkitError(
        f"{name}: expected a regular file, got a folder, link, pipe or device; upload it again"
    )


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
