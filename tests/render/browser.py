"""Headless Chromium, controlled over a pipe, for tests of pages."""

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
    """A page in the browser; `log` contains its warnings and errors, `requests` the requested URLs."""

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
        """Load a file and wait until its scripts have run."""
        self.visit(path.resolve().as_uri() + fragment)
        self.wait("location.protocol === 'file:'")

    def visit(self, address: str) -> None:
        """Load a URL and wait until its scripts have run."""
        self.log.clear()
        self.requests.clear()
        self._call("Page.navigate", url=address)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def choose(self, selector: str, path: Path) -> None:
        """Select a file in the input of a CSS selector."""
        root = self._call("DOM.getDocument")["root"]["nodeId"]
        node = self._call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self._call("DOM.setFileInputFiles", nodeId=node, files=[str(path)])

    def run(self, expression: str) -> Any:
        """Evaluate a JavaScript expression and wait for promises."""
        response = self._call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, userGesture=True
        )
        if "exceptionDetails" in response:
            raise AssertionError(json.dumps(response["exceptionDetails"])[:800])
        return response["result"].get("value")

    def wait(self, expression: str, seconds: float = 10.0) -> None:
        """Wait until an expression is true."""
        for _ in range(round(10 * seconds)):
            if self.run(expression):
                return
            self.run("new Promise(done => setTimeout(done, 100))")
        raise AssertionError(f"never became true: {expression}")

    def press(self, key: str) -> None:
        """Press a key, by its name in keyboard events."""
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

    def screenshot(self, path: Path, whole: bool = True) -> None:
        response = self._call("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(response["data"]))

    def downloads(self, folder: Path) -> None:
        """Save downloads to a folder."""
        self._call("Browser.setDownloadBehavior", root=True, behavior="allow", downloadPath=str(folder))

    def _call(self, method: str, root: bool = False, **parameters: Any) -> Any:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None and not root:
            message["sessionId"] = self._session
        os.write(self._writing, json.dumps(message).encode() + b"\0")
        while True:
            response = self._read()
            if response.get("id") == self._number:
                assert "error" not in response, response["error"]
                return response["result"]
            self._note(response)

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
            data = os.read(self._reading, 1 << 20)
            assert data, "Chromium exited"
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message


def brightness(page: Page) -> float:
    """Mean of the pixels of the displayed video frame."""
    value = page.run(
        "(video => { const canvas = document.createElement('canvas'); canvas.width = 16; canvas.height = 9;"
        " const context = canvas.getContext('2d'); context.drawImage(video, 0, 0, 16, 9);"
        " const data = context.getImageData(0, 0, 16, 9).data;"
        " return data.reduce((sum, one, index) => index % 4 === 3 ? sum : sum + one, 0) / (16 * 9 * 3); })"
        "(document.querySelector('video'))"
    )
    return float(value)


@contextmanager
def chromium(folder: Path, *options: str) -> Iterator[Page]:
    """Run a browser with its profile in a folder during the block."""
    assert CHROMIUM is not None
    to_browser, from_browser = os.pipe(), os.pipe()

    def use_descriptors_3_and_4() -> None:
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (to_browser[0], from_browser[1])]
        for place, end in enumerate(ends, 3):
            os.dup2(end, place)

    switches = ["--headless", "--no-sandbox", "--disable-gpu", "--mute-audio", "--remote-debugging-pipe"]
    process = subprocess.Popen(
        [CHROMIUM, *switches, *options, f"--user-data-dir={folder}", "--no-first-run", "about:blank"],
        preexec_fn=use_descriptors_3_and_4,
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
