"""The server as a user starts it; all network addresses that its processes use are logged."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

WATCH = """
import os, sys
log = os.open(os.environ["WATCH_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
addressed = {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"}
named = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}

def watch(event, arguments):
    if event in addressed and isinstance(arguments[1], tuple):
        os.write(log, f"{arguments[1][0]}\\n".encode())
    elif event in named:
        os.write(log, f"{arguments[0]}\\n".encode())

sys.addaudithook(watch)
os.write(log, b"127.0.0.1\\n")
"""


@dataclass(frozen=True)
class Server:
    """A running server; `place` is its folder for temporary files."""

    process: subprocess.Popen[str]
    address: str
    place: Path
    _log: Path

    @property
    def files(self) -> list[Path]:
        """Files in its private folder."""
        return [path for path in self.place.glob("seldkit-web-*/files/**/*") if path.is_file()]

    @property
    def used_hosts(self) -> set[str]:
        """Addresses and host names that its processes used."""
        return set(self._log.read_text().split())


@contextmanager
def served(folder: Path, *options: object) -> Iterator[Server]:
    """Run `seldkit serve` on a free port."""
    place, watch, log = folder / "tmp", folder / "watch", folder / "hosts.log"
    place.mkdir()
    watch.mkdir()
    (watch / "sitecustomize.py").write_text(WATCH)
    environment = {
        **os.environ,
        "TMPDIR": str(place),
        "PYTHONPATH": os.pathsep.join([str(watch), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "WATCH_LOG": str(log),
        "GRADIO_ANALYTICS_ENABLED": "True",
        "GRADIO_SHARE": "True",
        "GRADIO_SERVER_NAME": "0.0.0.0",
    }
    run = [sys.executable, "-c", "from seldkit.cli import main; main()", "serve", "--port", "0"]
    with subprocess.Popen(
        [*run, *map(str, options)], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split(" ")[0]
            assert address.startswith("http://127.0.0.1:"), address
            yield Server(process, address, place, log)
        finally:
            process.kill()
