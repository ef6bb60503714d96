"""ASGI middleware that restricts the page to this machine and to the requests that it needs."""

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
"""Accepted values of the Host header, without the port."""
HEADERS: Final = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=()",
    "Cache-Control": "no-store",
}
"""Headers of all responses."""
_API: Final = "/gradio_api/"
ALLOWED_PATHS: Final = (
    *("/assets/", "/static/", "/theme.css", "/favicon.ico", "/manifest.json", "/config"),
    *(f"{_API}{path}" for path in ("upload", "upload_progress", "queue/join", "queue/data", "heartbeat/")),
    *(f"{_API}{path}" for path in ("run/predict", "cancel", "reset", "startup-events", "file=")),
)
"""Prefixes of the paths that the page requests. Gradio offers more, for example a proxy for other servers."""
_INLINE_SCRIPT: Final = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


def content_security_policy(scripts: Iterable[bytes] = ()) -> str:
    """Builds the Content-Security-Policy of a response.

    Nothing is loaded from other servers, and only the listed inline scripts run, so that a name that is
    interpreted as markup has no effect. Gradio's templates require ``unsafe-eval``.

    Args:
        scripts: Inline scripts that may run.

    Returns:
        Value of the header.
    """
    digests = (base64.b64encode(hashlib.sha256(script).digest()).decode() for script in scripts)
    hashes = "".join(f" 'sha256-{digest}'" for digest in digests)
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' 'unsafe-eval'{hashes}",
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
    """Refuses requests with another host name, from pages of other sites, and for paths that are not needed.

    The check of the host name prevents DNS rebinding. All responses get security headers.

    Args:
        app: Application behind the filter.
        script: Script that Gradio adds to the page.
    """

    def __init__(self, app: ASGIApp, script: str = "") -> None:
        self._app, self._script = app, script.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles a request (ASGI interface).

        Args:
            scope: Type, path and headers of the request.
            receive: Receives the body.
            send: Sends the response.
        """
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        reason = "only HTTP is supported" if scope["type"] != "http" else _refusal(scope)
        if reason is not None:
            await PlainTextResponse(reason, 403)(scope, receive, send)
            return
        # Responses must not be compressed, because the scripts of the page are read here.
        scope["headers"] = [header for header in scope["headers"] if header[0] != b"accept-encoding"]
        sender = _PageSender(send, self._script) if scope["path"] == "/" else _Sender(send)
        await self._app(scope, receive, sender)


class _Sender:
    """Adds the headers and the strictest policy to a response."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = {**HEADERS, "Content-Security-Policy": content_security_policy()}
            MutableHeaders(scope=message).update(headers)
        await self._send(message)


class _PageSender:
    """Buffers the page until it is complete, because its policy lists the scripts in it."""

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
        policy = content_security_policy([*_INLINE_SCRIPT.findall(self._body), self._script])
        MutableHeaders(scope=self._start).update({**HEADERS, "Content-Security-Policy": policy})
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": self._body})


def _refusal(scope: Scope) -> str | None:
    """Returns the reason for which a request is refused, or None."""
    headers = Headers(scope=scope)
    if _host(f"//{headers.get('host', '')}") not in HOSTS:
        return "this page is only available on the machine that serves it: open http://127.0.0.1"
    origin = headers.get("origin")
    if origin is not None and origin.casefold() != f"http://{headers['host']}".casefold():
        return "requests from other sites are refused"
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return "requests from other sites are refused"
    path: str = scope["path"]
    if path != "/" and not (path.startswith(ALLOWED_PATHS) and "://" not in path):
        return "unknown path"
    return None


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
