"""Restriction of a process to network connections within this machine."""

import socket
import sys
from typing import Any, Final

from seldkit.errors import SeldkitError

LOOPBACK: Final = "127.0.0.1"
_LOCAL_HOSTS: Final = frozenset({LOOPBACK, "localhost", "::1"})
_ADDRESS_EVENTS: Final = frozenset({"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"})
_NAME_EVENTS: Final = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})


def block_network() -> None:
    """Blocks all connections of this process to other machines, also those of libraries.

    A blocked call raises PermissionError in an audit hook, which cannot be removed.
    """
    sys.addaudithook(_refuse)


def open_loopback_socket(port: int) -> socket.socket:
    """Opens a listening socket on the loopback address.

    Args:
        port: Port; 0 selects a free one.

    Returns:
        Listening socket.

    Raises:
        SeldkitError: The port is in use or not permitted.
    """
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((LOOPBACK, port))
        opened.listen()
    except OSError as problem:
        opened.close()
        raise SeldkitError(
            f"port {port}: cannot be used ({problem.strerror}); choose another --port, or 0 for any free port"
        ) from None
    return opened


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _ADDRESS_EVENTS:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a path for Unix domain sockets
    elif event in _NAME_EVENTS:
        host = arguments[0]
    else:
        return
    if host is not None and (host.decode() if isinstance(host, bytes) else host) not in _LOCAL_HOSTS:
        raise PermissionError(f"{host}: seldkit serve only connects within this machine")
