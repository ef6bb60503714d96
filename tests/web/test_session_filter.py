import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette")

from seldkit.web.detection_job import BYTES_PER_MEGABYTE, Limits
from seldkit.web.session_files import SessionFiles
from seldkit.web.session_filter import MAX_BODY_BYTES, SessionFilter
from seldkit.web.upload_quota import UploadQuota

API = "/gradio_api"


class Application:
    """Records the requests that pass the filter, and stores uploads as Gradio does."""

    def __init__(self, files: SessionFiles) -> None:
        self.files = files
        self.requests: list[tuple[str, bytes]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", scope["method"] == "POST"
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                (self.files.folder / "tmp123").write_bytes(body)
                raise ConnectionResetError
            body, more = body + message["body"], message.get("more_body", False)
        self.requests.append((scope["path"], body))
        if scope["path"] == f"{API}/upload":
            path = self.files.folder / f"{len(self.requests)}" / "clip.wav"
            path.parent.mkdir()
            path.write_bytes(body)
            body = json.dumps([str(path)]).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})


class Browser:
    """Sends requests with the cookie of one browser session."""

    def __init__(self, filtered: SessionFilter) -> None:
        self._filtered, self.cookie = filtered, ""

    def send(
        self, path: str, *parts: bytes, method: str = "GET", length: int | None = None, query: str = ""
    ) -> tuple[int, bytes]:
        """Returns status and body of the response."""
        return asyncio.run(self.receive(path, *parts, method=method, length=length, query=query))

    async def receive(
        self, path: str, *parts: bytes, method: str = "GET", length: int | None = None, query: str = ""
    ) -> tuple[int, bytes]:
        remaining, sent = list(parts), list[Any]()

        async def receive() -> Any:
            if not remaining:
                await asyncio.sleep(60.0)
            return {"type": "http.request", "body": remaining.pop(0), "more_body": bool(remaining)}

        async def send(message: Any) -> None:
            sent.append(message)

        size = sum(map(len, parts)) if length is None else length
        headers = [(b"host", b"127.0.0.1:7860"), (b"cookie", self.cookie.encode())]
        headers += [(b"content-length", str(size).encode())] if method == "POST" and size >= 0 else []
        scope = {
            "type": "http",
            "path": path,
            "method": method,
            "headers": headers,
            "query_string": query.encode(),
        }
        await self._filtered(scope, receive, send)
        for name, value in sent[0]["headers"]:
            if name == b"set-cookie":
                self.cookie = value.decode().split(";")[0]
        return sent[0]["status"], b"".join(message["body"] for message in sent[1:])

    def open(self) -> "Browser":
        assert self.send("/")[0] == 200
        return self

    def upload(self, content: bytes = b"audio") -> str:
        status, body = self.send(f"{API}/upload", content, method="POST")
        assert status == 200, body
        return str(json.loads(body)[0])

    def run(self, *data: object, page: object = "page1", path: str = "queue/join", **more: object) -> int:
        body = {"data": list(data), "session_hash": page, "fn_index": 3, **more}
        return self.send(f"{API}/{path}", json.dumps(body).encode(), method="POST")[0]


@pytest.fixture
def files(tmp_path: Path) -> SessionFiles:
    return SessionFiles(tmp_path.resolve() / "files")


@pytest.fixture
def application(files: SessionFiles) -> Application:
    return Application(files)


@pytest.fixture
def filtered(application: Application, files: SessionFiles) -> SessionFilter:
    limits = Limits(megabytes=1, session_megabytes=2, total_megabytes=3)
    return SessionFilter(application, files, UploadQuota(files, limits))


@pytest.fixture
def browser(filtered: SessionFilter) -> Browser:
    return Browser(filtered).open()


def file(path: object, **more: object) -> dict[str, object]:
    return {"path": path, "meta": {"_type": "gradio.FileData"}, **more}


def test_uploads_of_the_same_session_are_processed(browser: Browser, application: Application) -> None:
    path = browser.upload()
    url = f"http://127.0.0.1:7860{API}/file={path}"
    for function in ("queue/join", "run/predict"):
        assert browser.run(None, file(path, url=url, size=5), 100.5, True, path=function) == 200
    name, body = application.requests[-1]
    assert name == f"{API}/run/predict"
    assert json.loads(body) == {
        "data": [None, file(path, size=5), 100.5, True],
        "session_hash": "page1",
        "fn_index": 3,
    }
    assert browser.send(f"{API}/file={path}")[0] == 200


@pytest.mark.parametrize(
    "value",
    [
        *(file("/etc/passwd"), file(""), file(None), file(7), file(["/etc/passwd"]), {"url": "http://x"}, {}),
        *("/etc/passwd", "text", [], [file("/etc/passwd")], {"video": file("/etc/passwd")}),
        *(file("file:///etc/passwd"), file("http://example.org/x"), file("../files"), file("a\0b")),
    ],
)
def test_other_values_are_refused_before_the_application(
    browser: Browser, application: Application, value: object
) -> None:
    path, before = browser.upload(), len(application.requests)
    for function in ("queue/join", "run/predict"):
        assert browser.run(file(path), value, path=function) == 403
    assert len(application.requests) == before


def test_every_other_name_of_an_upload_is_refused(browser: Browser, files: SessionFiles) -> None:
    path = browser.upload()
    (files.folder / "link").symlink_to(Path(path).parent)
    for name in (
        path.replace("/files/", "/files/../files/"),
        path.replace("/files/", "//files/"),
        f"{path}/.",
        str(files.folder / "link" / "clip.wav"),
        str(Path(path).parent),
        str(files.folder),
    ):
        assert browser.run(file(name)) == 403
        assert browser.send(f"{API}/file={name}")[0] == 403


def test_uploads_and_pages_of_another_browser_session_are_refused(
    browser: Browser, filtered: SessionFilter, files: SessionFiles
) -> None:
    path, other = browser.upload(), Browser(filtered).open()
    assert browser.run(file(path)) == 200
    folder, name = files.create_job("page1", Path(path))
    assert browser.send(f"{API}/file={folder / name}")[0] == 200
    assert other.run(file(path), page="page2") == 403
    assert other.send(f"{API}/file={path}")[0] == 403
    assert other.send(f"{API}/file={folder / name}")[0] == 403
    assert other.run(page="page1") == 403
    assert other.send(f"{API}/heartbeat/page1")[0] == 403
    assert other.send(f"{API}/queue/data", query="session_hash=page1")[0] == 403
    cancel = json.dumps({"session_hash": "page1", "fn_index": 3, "event_id": "x"}).encode()
    assert other.send(f"{API}/cancel", cancel, method="POST")[0] == 403
    assert browser.send(f"{API}/heartbeat/page1")[0] == 200
    assert browser.send(f"{API}/queue/data", query="session_hash=page1")[0] == 200
    assert browser.send(f"{API}/cancel", cancel, method="POST")[0] == 200


@pytest.mark.parametrize("cookie", ["", "seldkit-7860=x.y", "seldkit-7860=ü", "seldkit-80={}", "{};x"])
def test_requests_without_a_valid_cookie_are_refused(
    filtered: SessionFilter, application: Application, cookie: str
) -> None:
    other = Browser(filtered)
    assert other.send("/assets/index.js")[0] == 200
    before = len(application.requests)
    other.cookie = cookie.format(".")
    assert other.send(f"{API}/upload", b"audio", method="POST")[0] == 403
    assert other.send(f"{API}/heartbeat/page1")[0] == 403
    assert other.run() == 403
    assert len(application.requests) == before


def test_the_cookie_is_kept_and_is_not_available_to_scripts(filtered: SessionFilter) -> None:
    browser = Browser(filtered).open()
    first = browser.cookie
    assert first.startswith("seldkit-7860=")
    assert browser.open().cookie == first
    assert Browser(filtered).open().cookie != first


@pytest.mark.parametrize("kind", ["fifo", "folder", "link", "missing"])
def test_uploads_that_became_irregular_files_are_refused(browser: Browser, kind: str, tmp_path: Path) -> None:
    path = Path(browser.upload())
    path.unlink()
    (tmp_path / "other").write_text("other")
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(tmp_path / "other")
    assert browser.run(file(str(path))) == 403
    assert browser.send(f"{API}/file={path}")[0] == 403


def test_irregular_results_are_refused(browser: Browser, files: SessionFiles, tmp_path: Path) -> None:
    path = Path(browser.upload())
    assert browser.run() == 200
    folder, _ = files.create_job("page1", path)
    os.mkfifo(folder / "pipe.csv")
    (folder / "link.csv").symlink_to("/etc/passwd")
    for name in ("pipe.csv", "link.csv", "missing.csv", "..", ""):
        assert browser.send(f"{API}/file={folder}/{name}")[0] == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"no JSON", 400),
        (b"[]", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'{"data": [' + b"9" * 5000 + b'], "session_hash": "page1"}', 400),
        (b'{"data": {}, "session_hash": "page1"}', 403),
        (b'{"data": []}', 403),
        (b'{"data": [], "session_hash": 7}', 403),
        (b'{"data": [], "session_hash": "../x"}', 403),
        (b'{"data": [], "session_hash": "page1", "fn_index": {"path": "/etc/passwd"}}', 400),
        (b" " * (MAX_BODY_BYTES + 1), 413),
    ],
)
def test_invalid_requests_are_refused(
    browser: Browser, application: Application, body: bytes, status: int
) -> None:
    before = len(application.requests)
    for path in ("queue/join", "run/predict"):
        assert browser.send(f"{API}/{path}", body, method="POST")[0] == status
    assert len(application.requests) == before


@pytest.mark.parametrize(
    ("path", "method"), [("upload", "GET"), ("queue/join", "GET"), ("queue/data", "POST"), ("file=x", "PUT")]
)
def test_other_methods_are_refused(browser: Browser, path: str, method: str) -> None:
    assert browser.send(f"{API}/{path}", method=method)[0] == 405


@pytest.mark.parametrize("path", ["upload/", "run/predict/", "run/other", "queue/joins", "file/x", "info"])
def test_other_paths_are_refused(browser: Browser, path: str) -> None:
    assert browser.send(f"{API}/{path}")[0] == 403
    assert browser.send(f"{API}/{path}", b"{}", method="POST")[0] in (403, 405)


def test_total_size_of_a_session_is_limited(browser: Browser, files: SessionFiles) -> None:
    content = bytes(BYTES_PER_MEGABYTE)
    first, _ = browser.upload(content), browser.upload(content)
    status, message = browser.send(f"{API}/upload", content, method="POST")
    assert status == 413
    assert message.decode() == (
        "expected at most 2 MB of uploads in one session, got 3 MB; reload the page, which deletes its "
        "uploads, or start the server with a larger --max-session-megabytes"
    )
    assert browser.send(f"{API}/upload", b"", method="POST", length=10**15)[0] == 413
    files.register("page1", Path(first))
    files.close_session("page1")
    browser.upload(content)


def test_total_size_of_all_sessions_is_limited(browser: Browser, filtered: SessionFilter) -> None:
    content, other = bytes(BYTES_PER_MEGABYTE), Browser(filtered).open()
    browser.upload(content)
    browser.upload(content)
    other.upload(content)
    status, message = other.send(f"{API}/upload", content, method="POST")
    assert status == 413
    assert message.decode() == (
        "expected at most 3 MB of uploads and results in all sessions, got 4 MB; close other pages, or "
        "start the server with a larger --max-total-megabytes"
    )


def test_uploads_in_progress_count(browser: Browser) -> None:
    content = bytes(BYTES_PER_MEGABYTE)

    async def three() -> list[int]:
        uploads = [browser.receive(f"{API}/upload", content, method="POST") for _ in range(3)]
        return sorted(status for status, _ in await asyncio.gather(*uploads))

    assert asyncio.run(three()) == [200, 200, 413]


@pytest.mark.parametrize("length", [-1])
def test_uploads_of_unknown_size_are_refused(browser: Browser, length: int) -> None:
    assert browser.send(f"{API}/upload", b"audio", method="POST", length=length)[0] == 411


def test_stalled_uploads_are_ended_and_deleted(
    browser: Browser, files: SessionFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seldkit.web.session_filter.MAX_STALL_SECONDS", 0.1)
    status, message = browser.send(f"{API}/upload", method="POST", length=1000)
    assert (status, message) == (408, b"no data for 0.1 s: upload the file again")
    assert not list(files.folder.iterdir())
    browser.upload()


def test_a_stalled_upload_does_not_block_other_requests(browser: Browser) -> None:
    async def both() -> tuple[int, bytes]:
        stalled = asyncio.create_task(browser.receive(f"{API}/upload", method="POST", length=1000))
        await asyncio.sleep(0)
        done = await asyncio.wait_for(browser.receive(f"{API}/heartbeat/page1"), 5.0)
        stalled.cancel()
        return done

    assert asyncio.run(both())[0] == 200


def test_uploads_need_free_disk_space(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seldkit.web.upload_quota.MIN_FREE_BYTES", 10**18)
    status, message = browser.send(f"{API}/upload", b"audio", method="POST")
    assert status == 413
    assert message.startswith(b"the disk is almost full; ")
