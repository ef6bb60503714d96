import socket
import subprocess
import sys

import pytest

from seldkit.errors import SeldkitError
from seldkit.web.loopback import LOOPBACK, open_loopback_socket

ATTEMPTS = """
import asyncio, multiprocessing, socket
from seldkit.web.loopback import block_network

block_network()
attempts = {
    "connect": lambda: socket.create_connection(("192.0.2.1", 9), 1.0),
    "connect6": lambda: socket.socket(socket.AF_INET6).connect(("2001:db8::1", 9)),
    "send": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 9)),
    "bind": lambda: socket.socket().bind(("0.0.0.0", 0)),
    "bind any": lambda: socket.socket().bind(("", 0)),
    "look up": lambda: socket.getaddrinfo("example.org", 80),
    "look up old": lambda: socket.gethostbyname("example.org"),
}
for name, attempt in attempts.items():
    try:
        attempt()
    except PermissionError as problem:
        assert "only connects within this machine" in str(problem), problem
        print(name)
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname()).close()
socket.getaddrinfo("localhost", 80)
one, other = multiprocessing.Pipe()
one.send("between processes")
print(other.recv())
asyncio.run(asyncio.sleep(0))
"""


def test_connections_to_other_machines_are_blocked() -> None:
    process = subprocess.run([sys.executable, "-c", ATTEMPTS], capture_output=True, text=True, check=False)
    assert process.stderr == ""
    names = ["connect", "connect6", "send", "bind", "bind any", "look up", "look up old"]
    assert process.stdout.splitlines() == [*names, "between processes"]


def test_socket_listens_on_the_loopback_address_only() -> None:
    with open_loopback_socket(0) as opened:
        host, port = opened.getsockname()
        assert host == LOOPBACK == "127.0.0.1"
        assert port > 0
        socket.create_connection((host, port)).close()


def test_a_port_in_use_is_reported_in_one_line() -> None:
    with open_loopback_socket(0) as opened:
        port = opened.getsockname()[1]
        with pytest.raises(SeldkitError, match=rf"^port {port}: cannot be used \(.*choose another --port"):
            open_loopback_socket(port)
