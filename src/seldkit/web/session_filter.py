"""ASGI middleware that gives a browser session access to its own files only, and limits uploads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seldkit.web.session_cookie import SessionCookie
from seldkit.web.session_files import SessionFiles
from seldkit.web.upload_quota import UploadQuota, UploadRefusedError

API: Final = "/gradio_api/"
"""Prefix of the paths of Gradio's functions."""
PUBLIC_PATHS: Final = (
    *("/assets/", "/static/", "/theme.css", "/favicon.ico", "/manifest.json", "/config"),
    f"{API}startup-events",
)
"""Prefixes of paths that contain nothing of a session."""
UPLOAD_PATH: Final = f"{API}upload"
PROGRESS_PATH: Final = f"{API}upload_progress"
FILE_PREFIX: Final = f"{API}file="
HEARTBEAT_PREFIX: Final = f"{API}heartbeat/"
EVENTS_PATH: Final = f"{API}queue/data"
FUNCTION_PATHS: Final = frozenset(f"{API}{path}" for path in ("run/predict", "queue/join"))
"""Paths that run an action of the page with the values of its components."""
CONTROL_PATHS: Final = frozenset(f"{API}{path}" for path in ("cancel", "reset"))
MAX_BODY_BYTES: Final = 2**20
"""Maximum size of a request that runs an action. It contains names of files, not their content."""
MAX_STALL_SECONDS: Final = 60.0
"""Time without data after which an upload is ended."""
_FILE_KEYS: Final = ("path", "orig_name", "mime_type", "size", "meta")


class SessionFilter:
    """Refuses requests for files that were not uploaded or computed in the same browser session.

    A browser session is identified by a cookie. The checks are made before the application receives the
    request; the application receives the values that were checked, not the original text.

    Args:
        app: Application behind the filter.
        files: Uploads and results of all sessions.
        quota: Limits of the total size of uploads.
    """

    def __init__(self, app: ASGIApp, files: SessionFiles, quota: UploadQuota) -> None:
        self._app, self._files, self._quota = app, files, quota
        self._cookie = SessionCookie()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles a request (ASGI interface).

        Args:
            scope: Type, path and headers of the request.
            receive: Receives the body.
            send: Sends the response.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._handle(scope, receive, send)
        except _RefusedError as refusal:
            await PlainTextResponse(str(refusal), refusal.status)(scope, receive, send)
        except UploadRefusedError as refusal:
            await PlainTextResponse(str(refusal), 413)(scope, receive, send)

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, browser = scope["path"], self._cookie.read(Headers(scope=scope))
        if path == "/":
            await self._app(scope, receive, send if browser else self._cookie.sender(send, scope))
        elif path.startswith(PUBLIC_PATHS):
            await self._app(scope, receive, send)
        elif browser is None:
            raise _RefusedError("no session: open the page with cookies enabled, then try again")
        elif path == UPLOAD_PATH:
            _require_method(scope, "POST")
            await self._upload(browser, scope, receive, send)
        elif path in FUNCTION_PATHS or path in CONTROL_PATHS:
            _require_method(scope, "POST")
            await self._run_action(browser, scope, receive, send)
        else:
            _require_method(scope, "GET", "HEAD")
            await self._check_reading(browser, scope)
            await self._app(scope, receive, send)

    async def _check_reading(self, browser: str, scope: Scope) -> None:
        """Checks a request that reads a file, events or progress."""
        path: str = scope["path"]
        if path.startswith(FILE_PREFIX):
            requested = path.removeprefix(FILE_PREFIX)
            if not await asyncio.to_thread(self._files.is_readable, browser, requested):
                raise _RefusedError("not a file of this session: reload the page")
        elif path.startswith(HEARTBEAT_PREFIX):
            self._require_page(browser, path.removeprefix(HEARTBEAT_PREFIX))
        elif path == EVENTS_PATH:
            values = parse_qs(scope.get("query_string", b"").decode("latin-1"))
            self._require_page(browser, *values.get("session_hash", [None]))
        elif path != PROGRESS_PATH:
            raise _RefusedError("unknown path")

    async def _run_action(self, browser: str, scope: Scope, receive: Receive, send: Send) -> None:
        body = _parse(await _read_body(receive))
        if "session_hash" in body or scope["path"] in FUNCTION_PATHS:
            self._require_page(browser, body.get("session_hash"))
        values = body.get("data", [])
        if not isinstance(values, list):
            raise _RefusedError("expected a list of values")
        checked = [await self._checked(browser, value) for value in values]
        # The original text is not forwarded, so that no other reading of it can differ from this one.
        text = json.dumps(_plain(body) | {"data": checked}).encode()
        await self._app(_with_length(scope, len(text)), _receive_once(text, receive), send)

    async def _checked(self, browser: str, value: object) -> object:
        """Returns the value of a component: nothing, a number or an upload of the browser session."""
        if value is None or isinstance(value, bool | int | float):
            return value
        path = value.get("path") if isinstance(value, dict) else None
        if not isinstance(path, str) or not await asyncio.to_thread(self._files.is_upload, browser, path):
            raise _RefusedError("not an upload of this session: upload the file again")
        assert isinstance(value, dict)
        return {key: value[key] for key in _FILE_KEYS if key in value}

    def _require_page(self, browser: str, *pages: object) -> None:
        for page in pages:
            if not isinstance(page, str) or not page.isalnum() or not self._files.open_page(page, browser):
                raise _RefusedError("not a page of this session: reload the page")

    async def _upload(self, browser: str, scope: Scope, receive: Receive, send: Send) -> None:
        length = Headers(scope=scope).get("content-length", "")
        if not length.isdecimal():
            raise _RefusedError("expected an upload of known size (Content-Length)", 411)
        upload, response = _UploadReceiver(receive), _BufferedResponse()
        async with self._quota.reserve(browser, int(length)):
            try:
                await self._app(scope, upload, response)
            except Exception:
                if not upload.is_stalled:
                    raise
        if upload.is_stalled:
            raise _RefusedError(f"no data for {MAX_STALL_SECONDS:g} s: upload the file again", 408)
        for path in response.uploaded_paths():
            self._files.add_upload(browser, Path(path))
        await response.send_to(send)


class _RefusedError(Exception):
    """A request that is refused, with the status of the response."""

    def __init__(self, reason: str, status: int = 403) -> None:
        super().__init__(reason)
        self.status = status


class _UploadReceiver:
    """Receives an upload; one without data for `MAX_STALL_SECONDS` counts as disconnected."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self.is_stalled = receive, False

    async def __call__(self) -> Message:
        try:
            return await asyncio.wait_for(self._receive(), MAX_STALL_SECONDS)
        except TimeoutError:
            self.is_stalled = True
            return {"type": "http.disconnect"}


class _BufferedResponse:
    """Stores a short response, which is sent after its files are registered."""

    def __init__(self) -> None:
        self._messages: list[Message] = []

    async def __call__(self, message: Message) -> None:
        self._messages.append(message)

    def uploaded_paths(self) -> list[str]:
        """Returns the paths in a successful response."""
        if not self._messages or self._messages[0].get("status") != 200:
            return []
        paths = json.loads(b"".join(message.get("body", b"") for message in self._messages))
        return [path for path in paths if isinstance(path, str)]

    async def send_to(self, send: Send) -> None:
        for message in self._messages:
            await send(message)


def _require_method(scope: Scope, *methods: str) -> None:
    if scope.get("method") not in methods:
        raise _RefusedError(f"expected the method {' or '.join(methods)}", 405)


async def _read_body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            raise _RefusedError(f"expected a request of at most {MAX_BODY_BYTES} bytes", 413)
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return bytes(body)


def _parse(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        raise _RefusedError("expected JSON", 400) from None
    if not isinstance(parsed, dict):
        raise _RefusedError("expected a JSON object", 400)
    return parsed


def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the fields of a request that the page requires; their values are numbers and identifiers."""
    names = ("session_hash", "event_id", "fn_index", "trigger_id")
    fields = {name: body[name] for name in names if name in body}
    if not all(value is None or isinstance(value, str | int) for value in fields.values()):
        raise _RefusedError("expected numbers and identifiers", 400)
    return fields


def _with_length(scope: Scope, length: int) -> Scope:
    """Returns the scope with the length of another body."""
    headers = MutableHeaders(raw=list(scope["headers"]))
    del headers["transfer-encoding"]
    headers["content-length"] = str(length)
    return {**scope, "headers": headers.raw}


def _receive_once(body: bytes, receive: Receive) -> Receive:
    """Returns a function that receives a body, and then the original messages, such as a disconnection."""
    parts = [body]

    async def receive_body() -> Message:
        if parts:
            return {"type": "http.request", "body": parts.pop(), "more_body": False}
        return await receive()

    return receive_body
