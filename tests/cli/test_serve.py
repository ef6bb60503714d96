import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.commands import Command

pytest.importorskip("gradio")

SERVE = (sys.executable, "-c", "from seldkit.cli import main; main()", "serve")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--port", "-1"),
        ("--port", "65536"),
        ("--port", "http"),
        ("--max-minutes", "0"),
        ("--max-minutes", "nan"),
        ("--max-megabytes", "0"),
        ("--max-megabytes", "1.5"),
        ("--max-session-megabytes", "0"),
        ("--max-session-megabytes", "499"),
        ("--max-total-megabytes", "1999"),
        ("--max-megabytes", "100", "--max-session-megabytes", "1.5"),
        ("--host", "0.0.0.0"),
        ("--share",),
    ],
)
def test_wrong_usage_is_reported(command: Command, arguments: tuple[str, ...]) -> None:
    result = command("serve", *arguments)
    assert result.status == 2
    assert "Traceback" not in result.err


def test_a_port_in_use_is_reported_in_one_line(command: Command) -> None:
    from seldkit.web.loopback import open_loopback_socket

    with open_loopback_socket(0) as opened:
        port = opened.getsockname()[1]
        result = command("serve", "--port", port)
    assert result.status == 1
    assert re.fullmatch(rf"error: port {port}: cannot be used \(.*\); choose another --port.*\n", result.err)


def test_without_gradio_the_extra_is_named(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seldkit.web.server.find_spec", lambda name: None)
    result = command("serve", "--port", "0")
    assert result.status == 1
    assert result.err == "error: the web page requires the extra [web]: pip install 'seldkit[web]'\n"


def test_an_invalid_model_is_reported_in_one_line_and_leaves_no_files(tmp_path: Path) -> None:
    done = subprocess.run(
        [*SERVE, "--port", "0", "--model", "nowhere"],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: nowhere: expected 'default' or a model directory")
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.glob("seldkit-web-*"))


def test_ended_before_it_began_nothing_is_left(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [*SERVE, "--port", "0"], env=environment, stderr=subprocess.PIPE, text=True
    ) as begun:
        while not list(tmp_path.glob("seldkit-web-*/in-use")):
            assert begun.poll() is None
        begun.send_signal(signal.SIGHUP)
        assert begun.stderr is not None
        assert begun.stderr.read() == "stopped; uploads and results have been deleted\n"
        assert begun.wait() == 0
    assert not list(tmp_path.glob("seldkit-web-*"))
