"""The server over HTTP, as another program on the machine reaches it."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("gradio")

from web.serving import Server, served

API = "/gradio_api"
BOUNDARY = "boundary"
START = """
from seldkit.web.private_folder import private_folder
with private_folder():
    pass
"""


class Client:
    """One browser session."""

    def __init__(self, server: Server) -> None:
        self._host = server.address.removeprefix("http://")
        self._cookie = ""
        self._cookie = self.send("GET", "/")[2].split(";")[0]

    def send(self, method: str, path: str, body: bytes = b"", kind: str = "") -> tuple[int, bytes, str]:
        """Returns status, body and cookie of the response."""
        connection = http.client.HTTPConnection(self._host, timeout=30.0)
        headers = {"Cookie": self._cookie, "Content-Type": kind}
        connection.request(
            method, path, body or None, {key: value for key, value in headers.items() if value}
        )
        response = connection.getresponse()
        result = response.status, response.read(), response.getheader("Set-Cookie") or ""
        connection.close()
        return result

    def upload(self, name: str, content: bytes) -> tuple[int, bytes, str]:
        return self.send(
            "POST", f"{API}/upload", form(name, content), f"multipart/form-data; boundary={BOUNDARY}"
        )

    def run(self, function: int, *data: object) -> tuple[int, bytes, str]:
        body = {"data": data, "session_hash": "page1", "fn_index": function, "trigger_id": None}
        return self.send("POST", f"{API}/run/predict", json.dumps(body).encode(), "application/json")

    def start_upload(self, name: str, content: bytes) -> http.client.HTTPConnection:
        """Sends the first half of an upload."""
        connection = http.client.HTTPConnection(self._host, timeout=30.0)
        body = form(name, content)
        connection.putrequest("POST", f"{API}/upload")
        connection.putheader("Cookie", self._cookie)
        connection.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body[: len(body) // 2])
        return connection


def form(name: str, content: bytes) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    return head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def file(path: object) -> dict[str, object]:
    return {"path": str(path), "meta": {"_type": "gradio.FileData"}}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    options = ("--max-megabytes", 1, "--max-session-megabytes", 2)
    with served(tmp_path_factory.mktemp("server"), *options) as running:
        yield running
        kills_leave_nothing(running)


def kills_leave_nothing(server: Server) -> None:
    """A server that is killed during an upload leaves files, which the next start removes."""
    client = Client(server)
    client.upload("clip.wav", b"audio")
    connection = client.start_upload("large.wav", bytes(500_000))
    until(lambda: any(path.stat().st_size > 100_000 for path in server.files))
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    connection.close()
    assert list(server.place.iterdir())
    subprocess.run([sys.executable, "-c", START], env={**os.environ, "TMPDIR": str(server.place)}, check=True)
    assert not list(server.place.iterdir())


def until(true: object, seconds: float = 30.0) -> None:
    for _ in range(round(20 * seconds)):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("never became true")


def upload_handler(client: Client) -> int:
    """Returns the number of the function that receives an upload."""
    functions = json.loads(client.send("GET", "/config")[1])["dependencies"]
    return next(one["id"] for one in functions if len(one["inputs"]) == 1 and not one["outputs"])


def test_only_own_uploads_are_processed(server: Server, tmp_path: Path) -> None:
    client, other = Client(server), Client(server)
    handler = upload_handler(client)
    status, body, _ = client.upload("clip.wav", b"audio")
    path = json.loads(body)[0]
    assert status == 200
    assert client.run(handler, file(path))[0] == 200
    assert other.run(handler, file(path))[0] == 403
    (tmp_path / "secret.wav").write_bytes(b"secret")
    os.mkfifo(tmp_path / "pipe.wav")
    for name in (tmp_path / "secret.wav", tmp_path / "pipe.wav", tmp_path, "/dev/zero", "/etc/passwd"):
        assert client.run(handler, file(name))[:2] == (
            403,
            b"not an upload of this session: upload the file again",
        )
        assert client.send("GET", f"{API}/file={name}")[0] == 403


def test_irregular_files_in_its_folder_do_not_block_the_page(server: Server, tmp_path: Path) -> None:
    client = Client(server)
    handler = upload_handler(client)
    path = Path(json.loads(client.upload("pipe.wav", b"will be replaced")[1])[0])
    path.unlink()
    os.mkfifo(path)
    for _ in range(50):  # more than there are threads
        assert client.run(handler, file(path))[0] == 403
        assert client.send("GET", f"{API}/file={path}")[0] == 403
    path.unlink()
    path.symlink_to(tmp_path)
    assert client.send("GET", f"{API}/file={path}")[0] == 403
    assert client.send("GET", "/")[0] == 200


def test_slow_uploads_do_not_block_the_page(server: Server) -> None:
    client = Client(server)
    connections = [Client(server).start_upload(f"{number}.wav", bytes(9000)) for number in range(60)]
    assert client.send("GET", "/")[0] == 200
    assert client.upload("clip.wav", b"audio")[0] == 200
    for connection in connections:
        connection.close()
    until(lambda: not [entry for entry in server.files if entry.name.startswith("tmp")])


def test_large_uploads_are_refused_in_one_line(server: Server) -> None:
    client = Client(server)
    for number in range(2):
        assert client.upload(f"{number}.wav", bytes([number]) * 2**20)[0] == 200
    status, message, _ = client.upload("more.wav", b"more audio" * 1000)
    assert status == 413
    assert message.startswith(b"expected at most 2 MB of uploads in one session, got 3 MB; reload the page")
    assert Client(server).upload("other.wav", b"audio")[0] == 200
    assert Client(server).upload("large.wav", bytes(2**20 + 1))[0] == 413
