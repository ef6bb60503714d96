import asyncio
import base64
import hashlib
from typing import Any

import pytest

pytest.importorskip("starlette")

from seldkit.web.request_filter import RequestFilter, content_security_policy

PAGE = b"<script>one()</script><script src='x.js'></script><script data-a>\ntwo()</script><b>hello</b>"


async def inner(scope: Any, receive: Any, send: Any) -> None:
    packed = any(name == b"accept-encoding" for name, _ in scope["headers"])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
    await send({"type": "http.response.body", "body": PAGE[:20], "more_body": True})
    await send({"type": "http.response.body", "body": b"packed" if packed else PAGE[20:]})


def request(path: str = "/", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Returns status, headers and body of the response."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    fields = {"host": "127.0.0.1:7860"} | {name.replace("_", "-"): value for name, value in headers.items()}
    raw = [(name.encode(), value.encode()) for name, value in fields.items()]
    scope = {"type": "http", "method": "GET", "path": path, "headers": raw}
    asyncio.run(RequestFilter(inner, "own()")(scope, None, send))
    response = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], response, b"".join(message["body"] for message in sent[1:])


def digest(script: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"


def test_policy_lists_the_scripts_of_the_page() -> None:
    status, headers, body = request(accept_encoding="br")
    assert (status, body) == (200, PAGE)
    directives = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    scripts = directives["script-src"].split()
    assert scripts == ["'self'", "'unsafe-eval'", digest(b"one()"), digest(b"\ntwo()"), digest(b"own()")]
    assert directives["default-src"] == "'none'"
    assert "http" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_other_responses_have_the_strictest_policy() -> None:
    _, headers, _ = request("/assets/index.js")
    assert headers["content-security-policy"] == content_security_policy()
    assert "sha256" not in content_security_policy()


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost:7860", "LOCALHOST", "127.0.0.1:1"],
)
def test_local_host_names_are_accepted(host: str) -> None:
    assert request(host=host)[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "",
        "example.org",
        "192.168.0.7:7860",
        "127.0.0.1.example.org",
        "localhost.",
        "[::1",
        "a@b",
        "0.0.0.0:7860",
    ],
)
def test_other_hosts_are_refused(host: str) -> None:
    assert request(host=host)[0] == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://127.0.0.1:7860"}, 200),
        ({"origin": "http://127.0.0.1:8000"}, 403),
        ({"origin": "http://localhost:7860"}, 403),
        ({"origin": "https://example.org"}, 403),
        ({"origin": "null"}, 403),
        ({"sec_fetch_site": "same-origin"}, 200),
        ({"sec_fetch_site": "none"}, 200),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
    ],
)
def test_requests_from_other_sites_are_refused(headers: dict[str, str], status: int) -> None:
    assert request("/gradio_api/upload", **headers)[0] == status


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/gradio_api/file=/tmp/seldkit-web-x/files/job/a.csv", 200),
        ("/gradio_api/queue/join", 200),
        ("/gradio_api/file=http://example.org/x", 403),
        ("/gradio_api/file=file:///etc/passwd", 403),
        ("/gradio_api/proxy=https://example.org/x", 403),
        ("/gradio_api/process_recording", 403),
        ("/gradio_api/vibe-edit/", 403),
        ("/gradio_api/run-history/connect", 403),
        ("/gradio_api/component_server", 403),
        ("/gradio_api/call/detect", 403),
        ("/monitoring", 403),
        ("/docs", 403),
    ],
)
def test_unused_paths_are_refused(path: str, status: int) -> None:
    assert request(path)[0] == status


def test_other_protocols_are_refused() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/", "headers": [(b"host", b"127.0.0.1")]}
    asyncio.run(RequestFilter(inner)(scope, None, send))
    assert sent[0]["status"] == 403 if "status" in sent[0] else "close" in sent[0]["type"]
