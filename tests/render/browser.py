"""Chromium without a window, driven over a pipe: for tests of pages where it is installed."""

import base64
import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


class Page:
    """One page: `run` evaluates an expression in it, waiting for promises; `log`: what it said is wrong."""

    def __init__(self, writing: int, reading: int) -> None:
        self._writing, self._reading, self._buffer, self._number = writing, reading, b"", 0
        self._session: str | None = None
        self.log: list[str] = []
        self.requests: list[str] = []
        target = next(
            info for info in self._call("Target.getTargets")["targetInfos"] if info["type"] == "page"
        )
        attached = self._call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")

    def open(self, path: Path, fragment: str = "") -> None:
        """Load a file and wait until its script has run."""
        self.visit(path.resolve().as_uri() + fragment)
        self.wait("location.protocol === 'file:'")

    def visit(self, address: str) -> None:
        """Load what is at an address, and wait until its script has run."""
        self.log.clear()
        self.requests.clear()
        self._call("Page.navigate", url=address)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def choose(self, selector: str, path: Path) -> None:
        """Give a file to the input that a selector finds, as if a person had chosen it."""
        root = self._call("DOM.getDocument")["root"]["nodeId"]
        found = self._call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self._call("DOM.setFileInputFiles", nodeId=found, files=[str(path)])

    def run(self, expression: str) -> Any:
        answer = self._call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, userGesture=True
        )
        if "exceptionDetails" in answer:
            raise AssertionError(json.dumps(answer["exceptionDetails"])[:800])
        return answer["result"].get("value")

    def wait(self, expression: str, seconds: float = 10.0) -> None:
        """Until an expression is true, at most so long."""
        for _ in range(round(10 * seconds)):
            if self.run(expression):
                return
            self.run("new Promise(done => setTimeout(done, 100))")
        raise AssertionError(f"never came true: {expression}")

    def press(self, key: str) -> None:
        """A key, by its name in events; with no text, but for Space and Enter."""
        text = {"Space": " ", "Enter": "\r"}.get(key)
        name = " " if key == "Space" else key
        more: dict[str, Any] = {"text": text} if text else {}
        codes = {"Space": 32, "Enter": 13, "Tab": 9, "ArrowLeft": 37, "ArrowRight": 39, "PageDown": 34}
        more["windowsVirtualKeyCode"] = codes.get(key, 0)
        self._call("Input.dispatchKeyEvent", type="keyDown", key=name, code=key, **more)
        self._call("Input.dispatchKeyEvent", type="keyUp", key=name, code=key, **more)

    def size(self, width: int, height: int, dark: bool = False) -> None:
        self._call(
            "Emulation.setDeviceMetricsOverride",
            **{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[scheme])

    def picture(self, path: Path, whole: bool = True) -> None:
        answer = self._call("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(answer["data"]))

    def downloads(self, folder: Path) -> None:
        """Put what the page gives to save into a folder."""
        self._call("Browser.setDownloadBehavior", root=True, behavior="allow", downloadPath=str(folder))

    def _call(self, method: str, root: bool = False, **parameters: Any) -> Any:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None and not root:
            message["sessionId"] = self._session
        os.write(self._writing, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                return answer["result"]
            self._note(answer)

    def _note(self, event: dict[str, Any]) -> None:
        method, content = event.get("method"), event.get("params", {})
        if method == "Log.entryAdded":
            self.log.append(content["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.log.append(json.dumps(content["exceptionDetails"])[:500])
        elif method == "Network.requestWillBeSent":
            self.requests.append(content["request"]["url"])

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            got = os.read(self._reading, 1 << 20)
            assert got, "Chromium ended"
            self._buffer += got
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message


@contextmanager
def chromium(folder: Path, *more: str) -> Iterator[Page]:
    """A browser with its own profile in a folder; it is ended with the block. more: switches."""
    assert CHROMIUM is not None
    to_browser, from_browser = os.pipe(), os.pipe()

    def at_three_and_four() -> None:
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (to_browser[0], from_browser[1])]
        for place, end in enumerate(ends, 3):
            os.dup2(end, place)

    switches = ["--headless", "--no-sandbox", "--disable-gpu", "--mute-audio", "--remote-debugging-pipe"]
    process = subprocess.Popen(
        [CHROMIUM, *switches, *more, f"--user-data-dir={folder}", "--no-first-run", "about:blank"],
        preexec_fn=at_three_and_four,
        close_fds=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(to_browser[0])
    os.close(from_browser[1])
    try:
        yield Page(to_browser[1], from_browser[0])
    finally:
        process.kill()
        process.wait()
        os.close(to_browser[1])
        os.close(from_browser[0])
