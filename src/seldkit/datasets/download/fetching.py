"""One file from a server to a folder: taken up where it stopped, and checked."""

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
"""Of the files in a folder whose checksums nobody had said before: name to SHA-256."""
MAX_ATTEMPTS: Final = 5
_CHUNK_BYTES: Final = 1 << 20
_PARTIAL, _TOO_FAR = 206, 416


@dataclass(frozen=True)
class FetchedFile:
    """A file that is there and whole. recorded: whether its checksum was unknown and is now recorded."""

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
    pause: float = 1.0,
) -> FetchedFile:
    """Download `url` to `path`, or see that it is there already.

    A download that was broken off goes on where it stopped (if the server can, and the file there is still
    the same one), also within one call: `MAX_ATTEMPTS` times, with pauses of `pause` seconds and longer. The
    file gets its name only when its size and checksum are right. Without an `md5`, its SHA-256 is compared
    with the one in the folder's `checksums.json`, or recorded there the first time. Raises DatasetError.
    """
    if not url.startswith(("https://", "http://")):
        raise DatasetError(f"{url}: expected an address that begins with https://")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return _checked(path, path, md5)
    part = path.with_name(f"{path.name}.part")
    for attempt in range(MAX_ATTEMPTS):
        try:
            _continue(url, part, md5 is not None, size, progress)
            break
        except (OSError, http.client.HTTPException) as problem:
            if attempt + 1 == MAX_ATTEMPTS or _is_final(problem):
                raise DatasetError(f"{url}: {_words(problem)}; what is there is kept, run it again") from None
            time.sleep(pause * 2**attempt)
    if size is not None and part.stat().st_size != size:
        found = part.stat().st_size
        part.unlink()
        raise DatasetError(f"{url}: expected {size} bytes, got {found}; the file was thrown away")
    return _checked(part, path, md5)


def _continue(url: str, part: Path, known: bool, size: int | None, progress: CountProgress | None) -> None:
    """Append what is missing to `part`. known: whether a checksum will tell if the file has changed since."""
    tag = part.with_name(f"{part.name}.tag")
    begun = part.stat().st_size if part.exists() else 0
    if size is not None and begun == size:
        return
    held = tag.read_text() if tag.exists() else ""
    request = urllib.request.Request(url, headers={"User-Agent": "seldkit"})
    if begun and (held or known):
        request.add_header("Range", f"bytes={begun}-")
        if held:
            request.add_header("If-Range", held)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            resumed = answer.status == _PARTIAL and _begins_at(answer, begun)
            tag.write_text(answer.headers.get("ETag") or answer.headers.get("Last-Modified") or "")
            _receive(answer, part, begun if resumed else 0, progress)
    except urllib.error.HTTPError as refusal:
        if refusal.code != _TOO_FAR or not begun:
            raise
        part.unlink()  # longer than the file: it was another one
        raise ConnectionError("the file has changed since the download began") from None
    tag.unlink(missing_ok=True)


def _begins_at(answer: http.client.HTTPResponse, begun: int) -> bool:
    return str(answer.headers.get("Content-Range", "")).startswith(f"bytes {begun}-")


def _receive(
    answer: http.client.HTTPResponse, part: Path, begun: int, progress: CountProgress | None
) -> None:
    length = answer.headers.get("Content-Length")
    total = None if length is None else begun + int(length)
    done = begun
    with part.open("ab" if begun else "wb") as file:
        while chunk := answer.read(_CHUNK_BYTES):
            file.write(chunk)
            done += len(chunk)
            if progress is not None:
                progress(done, total)
    if total is not None and done < total:
        raise ConnectionError(f"the connection ended after {done} of {total} bytes")


def _checked(held: Path, path: Path, md5: str | None) -> FetchedFile:
    """Compare a file's checksum, give it its name, and record the checksum where it is the first."""
    found_md5, sha256 = checksums(held)
    known = recorded_checksums(path.parent).get(path.name)
    wrong = found_md5 != md5 if md5 is not None else known is not None and sha256 != known
    if wrong:
        expected, got = (md5, found_md5) if md5 is not None else (known, sha256)
        mend = "delete it and download it again" if held == path else "it was thrown away; run it again"
        if held != path:
            held.unlink()
        raise DatasetError(f"{path}: expected the checksum {expected}, got {got}; {mend}")
    held.replace(path)
    first = md5 is None and known is None
    if first:
        _record(path, sha256)
    return FetchedFile(path, sha256, first)


def checksums(path: Path) -> tuple[str, str]:
    """MD5 and SHA-256 of a file, hexadecimal."""
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            md5.update(chunk)
            sha256.update(chunk)
    return md5.hexdigest(), sha256.hexdigest()


def recorded_checksums(folder: Path) -> dict[str, str]:
    """The checksums that earlier downloads into a folder recorded. Raises DatasetError."""
    path = folder / CHECKSUMS_FILE
    if not path.exists():
        return {}
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): str(value) for name, value in values.items()}
    except (OSError, ValueError, AttributeError):
        raise DatasetError(f"{path}: expected names and checksums as JSON; mend or delete it") from None


def _record(path: Path, sha256: str) -> None:
    values = {**recorded_checksums(path.parent), path.name: sha256}
    with replacing(path.parent / CHECKSUMS_FILE) as temporary:
        temporary.write_text(json.dumps(values, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _is_final(problem: Exception) -> bool:
    """Whether asking again would not help: the server has refused."""
    return isinstance(problem, urllib.error.HTTPError) and 400 <= problem.code < 500 and problem.code != 429


def _words(problem: Exception) -> str:
    if isinstance(problem, urllib.error.HTTPError):
        return f"the server answers {problem.code} {problem.reason}"
    if isinstance(problem, urllib.error.URLError):
        return f"cannot be reached ({problem.reason})"
    return " ".join(str(problem).split()) or type(problem).__name__
