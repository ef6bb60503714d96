"""What stands between browsers and the page: only this machine's own, only what the page needs."""

import base64
import hashlib
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS: Final = frozenset({"127.0.0.1", "localhost"})
HEADERS: Final = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=()",
    "Cache-Control": "no-store",
}
_API: Final = "/gradio_api/"
WAYS: Final = (
    *("/assets/", "/static/", "/theme.css", "/favicon.ico", "/manifest.json", "/config"),
    *(f"{_API}{way}" for way in ("upload", "upload_progress", "queue/join", "queue/data", "heartbeat/")),
    *(f"{_API}{way}" for way in ("run/predict", "cancel", "reset", "startup-events", "file=")),
)
"""What the page asks for. Gradio answers more, among it what would fetch addresses for whoever asks."""
_SCRIPT: Final = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


def policy(scripts: Iterable[bytes] = ()) -> str:
    """What browsers may load for the page, and run in it: nothing from elsewhere, and no script within the
    page but these. So a name that became markup would still do nothing. Gradio's templates need eval.
    """
    hashes = (base64.b64encode(hashlib.sha256(script).digest()).decode() for script in scripts)
    named = "".join(f" 'sha256-{given}'" for given in hashes)
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' 'unsafe-eval'{named}",
            "style-src 'self' 'unsafe-inline'",
            "connect-src 'self' blob: data:",
            "img-src 'self' blob: data:",
            "media-src 'self' blob: data:",
            "worker-src 'self' blob:",
            "font-src 'self' data:",
            "manifest-src 'self'",
            "base-uri 'self'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


class RequestFilter:
    """Refuses requests that name another host (as a name made to mean this machine does), that another site's
    page sends, or that the page has no need of; tells browsers what the page may do.

    script: the page's own, which Gradio adds to it.
    """

    def __init__(self, app: ASGIApp, script: str = "") -> None:
        self._app, self._script = app, script.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        reason = "only HTTP is spoken here" if scope["type"] != "http" else _refusal(scope)
        if reason is not None:
            await PlainTextResponse(reason, 403)(scope, receive, send)
            return
        # Nothing is packed for a way within one machine, and the page's scripts must be read here.
        scope["headers"] = [header for header in scope["headers"] if header[0] != b"accept-encoding"]
        sending = _PageSender(send, self._script) if scope["path"] == "/" else _Sender(send)
        await self._app(scope, receive, sending)


class _Sender:
    """Sends answers with `HEADERS` and the strictest policy."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update({**HEADERS, "Content-Security-Policy": policy()})
        await self._send(message)


class _PageSender:
    """Keeps the page back until it is whole: its policy names the scripts in it."""

    def __init__(self, send: Send, script: bytes) -> None:
        self._send, self._script = send, script
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body") or self._start is None:
            return
        allowed = policy([*_SCRIPT.findall(self._body), self._script])
        MutableHeaders(scope=self._start).update({**HEADERS, "Content-Security-Policy": allowed})
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": self._body})


def _refusal(scope: Scope) -> str | None:
    headers = Headers(scope=scope)
    if _host(f"//{headers.get('host', '')}") not in HOSTS:
        return "this page is for the machine that it runs on: open it at http://127.0.0.1"
    origin = headers.get("origin")
    if origin is not None and origin.casefold() != f"http://{headers['host']}".casefold():
        return "this page takes nothing from other sites"
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return "this page takes nothing from other sites"
    path: str = scope["path"]
    if path != "/" and not (path.startswith(WAYS) and "://" not in path):
        return "there is nothing here"
    return None


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
