"""A process that cannot speak to another machine, whatever the libraries in it would like to do."""

import socket
import sys
from typing import Any, Final

from seldkit.errors import SeldkitError

LOOPBACK: Final = "127.0.0.1"
_HERE: Final = frozenset({LOOPBACK, "localhost", "::1"})
_TO_ADDRESS: Final = frozenset({"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"})
_TO_NAME: Final = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})


def refuse_network() -> None:
    """From now on this process reaches, and is reached from, this machine alone; it cannot be undone.

    A library that tries anything else gets PermissionError (an audit hook of Python raises it).
    """
    sys.addaudithook(_refuse)


def listening(port: int) -> socket.socket:
    """A socket on the loopback address; 0: any port that is free. Raises SeldkitError where it is taken."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((LOOPBACK, port))
        opened.listen()
    except OSError as problem:
        opened.close()
        raise SeldkitError(
            f"port {port}: cannot be used here ({problem.strerror}); give another --port, or 0 for any "
            "that is free"
        ) from None
    return opened


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _TO_ADDRESS:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # of sockets between processes: a path
    elif event in _TO_NAME:
        host = arguments[0]
    else:
        return
    if host is not None and (host.decode() if isinstance(host, bytes) else host) not in _HERE:
        raise PermissionError(f"{host}: seldkit serve speaks to this machine alone")
