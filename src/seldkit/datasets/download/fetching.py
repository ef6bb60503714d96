"""Download of a file with resumption and verification."""

import hashlib
import http.client
import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seldkit.errors import DatasetError
from seldkit.files import replacing
from seldkit.types import CountProgress

CHECKSUMS_FILE: Final = "checksums.json"
"""File with the SHA-256 checksums of the files in a folder for which no checksum is published."""
MAX_ATTEMPTS: Final = 5
"""Number of attempts to download a file."""
_CHUNK_BYTES: Final = 1 << 20
_STATUS_PARTIAL_CONTENT: Final = 206
_STATUS_RANGE_NOT_SATISFIABLE: Final = 416


@dataclass(frozen=True)
class FetchedFile:
    """A downloaded file.

    Attributes:
        path: The file.
        sha256: Its SHA-256 checksum, hexadecimal.
        recorded: Whether no checksum was known and this one has been recorded.
    """

    path: Path
    sha256: str
    recorded: bool


def fetch(
    url: str,
    path: Path,
    *,
    md5: str | None = None,
    size: int | None = None,
    progress: CountProgress | None = None,
    pause_seconds: float = 1.0,
) -> FetchedFile:
    """Downloads a file and verifies its checksum. An existing file is only verified.

    An interrupted download is resumed if the server supports it and the file has not changed. The file is
    visible under its name only after its size and checksum have been verified. Without an `md5`, its SHA-256
    checksum is compared with the one in ``checksums.json`` in the folder; the first download records it
    there.

    Args:
        url: URL, http or https.
        path: File to be written.
        md5: Expected MD5 checksum, hexadecimal. None: unknown.
        size: Expected size in bytes. None: unknown.
        progress: Called with the number of received bytes and the size in bytes, if known.
        pause_seconds: Time in seconds before the second attempt; it doubles for each further one.

    Returns:
        The file.

    Raises:
        DatasetError: If the file cannot be downloaded, or its size or checksum differs.
    """
    if not url.startswith(("https://", "http://")):
        raise DatasetError(f"{url}: expected a URL that begins with https://")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return _verified(path, path, md5)
    part = path.with_name(f"{path.name}.part")
    for attempt in range(MAX_ATTEMPTS):
        try:
            _continue(url, part, md5 is not None, size, progress)
            break
        except (OSError, http.client.HTTPException) as problem:
            if attempt + 1 == MAX_ATTEMPTS or _is_final(problem):
                raise DatasetError(f"{url}: {_reason(problem)}; run it again to resume") from None
            time.sleep(pause_seconds * 2**attempt)
    if size is not None and part.stat().st_size != size:
        found = part.stat().st_size
        part.unlink()
        raise DatasetError(f"{url}: expected {size} bytes, got {found}; the file was deleted, run it again")
    return _verified(part, path, md5)


def _continue(url: str, part: Path, known: bool, size: int | None, progress: CountProgress | None) -> None:
    """Downloads the rest of a file. known: whether its checksum is known, so that a change is detected."""
    tag = part.with_name(f"{part.name}.tag")
    offset = part.stat().st_size if part.exists() else 0
    if size is not None and offset == size:
        return
    known_tag = tag.read_text() if tag.exists() else ""
    request = urllib.request.Request(url, headers={"User-Agent": "seldkit"})
    if offset and (known_tag or known):
        request.add_header("Range", f"bytes={offset}-")
        if known_tag:
            request.add_header("If-Range", known_tag)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            resumed = response.status == _STATUS_PARTIAL_CONTENT and _starts_at(response, offset)
            tag.write_text(response.headers.get("ETag") or response.headers.get("Last-Modified") or "")
            _receive(response, part, offset if resumed else 0, progress)
    except urllib.error.HTTPError as error:
        if error.code != _STATUS_RANGE_NOT_SATISFIABLE or not offset:
            raise
        part.unlink()  # longer than the file on the server, which has changed
        raise ConnectionError("the file has changed since the download began") from None
    tag.unlink(missing_ok=True)


def _starts_at(response: http.client.HTTPResponse, offset: int) -> bool:
    return str(response.headers.get("Content-Range", "")).startswith(f"bytes {offset}-")


def _receive(
    response: http.client.HTTPResponse, part: Path, offset: int, progress: CountProgress | None
) -> None:
    length = response.headers.get("Content-Length")
    total = None if length is None else offset + int(length)
    done = offset
    with part.open("ab" if offset else "wb") as file:
        while chunk := response.read(_CHUNK_BYTES):
            file.write(chunk)
            done += len(chunk)
            if progress is not None:
                progress(done, total)
    if total is not None and done < total:
        raise ConnectionError(f"the connection ended after {done} of {total} bytes")


def _verified(file: Path, path: Path, md5: str | None) -> FetchedFile:
    """Verifies a checksum and renames the file; records the checksum if none is known."""
    found_md5, sha256 = checksums(file)
    known = recorded_checksums(path.parent).get(path.name)
    wrong = found_md5 != md5 if md5 is not None else known is not None and sha256 != known
    if wrong:
        expected, got = (md5, found_md5) if md5 is not None else (known, sha256)
        hint = "delete it and download it again" if file == path else "it was deleted, run it again"
        if file != path:
            file.unlink()
        raise DatasetError(f"{path}: expected the checksum {expected}, got {got}; {hint}")
    file.replace(path)
    first = md5 is None and known is None
    if first:
        _record(path, sha256)
    return FetchedFile(path, sha256, first)


def checksums(path: Path) -> tuple[str, str]:
    """Computes the checksums of a file.

    Args:
        path: The file.

    Returns:
        MD5 and SHA-256, hexadecimal.
    """
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            md5.update(chunk)
            sha256.update(chunk)
    return md5.hexdigest(), sha256.hexdigest()


def recorded_checksums(folder: Path) -> dict[str, str]:
    """Reads the checksums that earlier downloads have recorded.

    Args:
        folder: Folder of the downloads.

    Returns:
        SHA-256 checksums by file name, hexadecimal.

    Raises:
        DatasetError: If the file of checksums is damaged.
    """
    path = folder / CHECKSUMS_FILE
    if not path.exists():
        return {}
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): str(value) for name, value in values.items()}
    except (OSError, ValueError, AttributeError):
        raise DatasetError(
            f"{path}: expected names and checksums as JSON, found something else; correct or delete it"
        ) from None


def _record(path: Path, sha256: str) -> None:
    values = {**recorded_checksums(path.parent), path.name: sha256}
    with replacing(path.parent / CHECKSUMS_FILE) as temporary:
        temporary.write_text(json.dumps(values, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _is_final(problem: Exception) -> bool:
    """Whether further attempts are useless, because the server has rejected the request."""
    return isinstance(problem, urllib.error.HTTPError) and 400 <= problem.code < 500 and problem.code != 429


def _reason(problem: Exception) -> str:
    if isinstance(problem, urllib.error.HTTPError):
        return f"the server returned status {problem.code} {problem.reason}"
    if isinstance(problem, urllib.error.URLError):
        return f"cannot be reached ({problem.reason})"
    return " ".join(str(problem).split()) or type(problem).__name__
