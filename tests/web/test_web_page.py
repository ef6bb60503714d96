"""The page in a browser. Screenshots are saved to the folder SELDKIT_SCREENSHOTS if it is set."""

import os
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

pytest.importorskip("gradio")

from media.making import Sound, Video, make_media, noise
from paths import HERE
from render.browser import Page, brightness, chromium, needs_chromium
from seldkit.detection.detector import DEFAULT_MODEL
from seldkit.formats import EVENT_FORMATS, read_annotations, read_events
from seldkit.media import iter_frames, write_audio
from web.serving import Server, served

DEMO = HERE.parent / "examples" / "demo.mp4"
HARMFUL_NAMES = {
    "female speech": "<img src=x onerror='window.attacked = 1'>",
    "clapping": "</script><script>window.attacked = 1</script>",
    "musical instrument": "${window.attacked = 1}{{value}}'\"",
}
"""Names for the classes that the default model detects in the demo."""
FILE = '<img src=x onerror="window.attacked = 1">\'&${1}.mp4'
LONG_WAIT = 60.0
STATUS = "document.querySelector('#status').innerText"


def model_with_harmful_names(folder: Path) -> Path:
    """Copies the default model with harmful class names."""
    shutil.copytree(DEFAULT_MODEL, folder / "model")
    path = folder / "model" / "config.yaml"
    config = yaml.safe_load(path.read_text())
    config["classes"] = [HARMFUL_NAMES.get(name, name) for name in config["classes"]]
    path.write_text(yaml.safe_dump(config, allow_unicode=True))
    return folder / "model"


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    folder = Path(os.environ.get("SELDKIT_SCREENSHOTS", tmp_path / "screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@needs_chromium
def test_the_page_works_in_a_browser(tmp_path: Path, screenshots: Path) -> None:
    model = model_with_harmful_names(tmp_path)
    options = ("--model", model, "--max-minutes", 0.2, "--max-megabytes", 2)
    with served(tmp_path, *options) as server, chromium(tmp_path / "profile") as page:
        page.size(1280, 900)
        page.visit(server.address)
        shown(page, "#start")
        page.screenshot(screenshots / "begin.png")
        _detects_events(page, tmp_path)
        page.screenshot(screenshots / "results.png")
        page.size(375, 800)
        assert page.run("document.documentElement.scrollWidth") <= 375
        page.screenshot(screenshots / "phone.png")
        page.size(1280, 900, dark=True)
        page.screenshot(screenshots / "dark.png")
        page.size(1280, 900)
        _plays_from_an_event(page)
        _offers_every_file(page, tmp_path / "downloads")
        assert page.run("window.attacked === undefined && !document.querySelector('img[src=x]')")
        assert page.log == []
        _stops(page)
        _plays_hevc(page, tmp_path)
        page.screenshot(screenshots / "hevc.png")
        _refuses(page, tmp_path)
        page.screenshot(screenshots / "refused.png")
        _limits_uploads(page, tmp_path)
        page.screenshot(screenshots / "limited.png")
        assert page.requests
        assert all(url.startswith((server.address, "data:", "blob:")) for url in page.requests)
        _deletes_files(page, server)
        assert server.used_hosts == {"127.0.0.1"}


def shown(page: Page, selector: str, seconds: float = LONG_WAIT) -> None:
    page.wait(f"!!document.querySelector({selector!r})", seconds)


def choose(page: Page, path: Path) -> None:
    page.choose("#file input[type=file]", path)
    shown(page, "#file a[download]")


def press(page: Page, selector: str) -> None:
    page.run(f"document.querySelector({selector!r}).click()")


def _detects_events(page: Page, folder: Path) -> None:
    choose(page, Path(shutil.copyfile(DEMO, folder / FILE)))
    press(page, "#start")
    shown(page, ".seldkit-events")
    names = page.run("[...document.querySelectorAll('.seldkit-events bdi')].map(cell => cell.textContent)")
    assert names == list(HARMFUL_NAMES.values())
    assert "left" in page.run("document.querySelector('.seldkit-events').innerText")
    assert "10.0 s · 3 events" in page.run(STATUS)
    page.wait("document.querySelector('#video video')?.readyState >= 2", LONG_WAIT)
    page.wait("document.querySelector('#plot img')?.naturalWidth > 500", LONG_WAIT)


def _plays_from_an_event(page: Page) -> None:
    press(page, "tbody tr:last-child button")
    playing = (
        "(video => video.currentTime > 5 && video.played.length > 0)(document.querySelector('#video video'))"
    )
    page.wait(playing, 60.0)
    page.run("document.querySelector('#video video').pause()")


def _offers_every_file(page: Page, folder: Path) -> None:
    links = "[...document.querySelectorAll('#files a')]"
    names = page.run(f"{links}.map(link => link.download)")
    suffixes = {EVENT_FORMATS[name].suffix for name in EVENT_FORMATS.names()}
    for suffix in suffixes | {".csv", ".json", ".png", ".svg", ".zip", ".report.html", ".annotated.mp4"}:
        assert any(name.endswith(suffix) for name in names), suffix
    statuses = page.run(f"Promise.all({links}.map(async link => (await fetch(link)).status))")
    assert statuses == [200] * len(names)
    page.downloads(folder)
    for name in names:
        if name.endswith(".csv"):
            page.run(f"{links}.find(a => a.download === {name!r}).click()")
            until(lambda name=name: (folder / name).exists())
    table = next(folder.glob("*.events.csv"))
    assert [event.name for event in read_events(table)] == list(HARMFUL_NAMES.values())
    frames = next(path for path in folder.glob("*.csv") if path != table)
    assert len(read_annotations(frames)) > 60


def _stops(page: Page) -> None:
    press(page, "#start")
    page.wait("document.querySelector('#stop')?.offsetParent != null", LONG_WAIT)
    page.wait(f"/detecting|rendering|plotting|writing/.test({STATUS})", LONG_WAIT)
    press(page, "#stop")
    page.wait(f"{STATUS}.trim() === 'stopped'", LONG_WAIT)
    page.wait("!document.querySelector('#start').disabled", LONG_WAIT)


def _plays_hevc(page: Page, folder: Path) -> None:
    """Plays an HEVC video with AC-3 audio, both of which Chromium does not decode."""
    times = [number / 10 for number in range(20)]
    frames = [frame.image for frame in iter_frames(DEMO, times=times, size=(320, 180))]
    video = Video(frames, times, "libx265", rate=10, options={"preset": "ultrafast"})
    make_media(folder / "hevc.mp4", video, Sound(noise(2.0), codec="ac3"))
    press(page, "#file button[aria-label='Clear']")
    choose(page, folder / "hevc.mp4")
    press(page, "#start")
    page.wait(f"{STATUS}.includes('hevc.mp4') && !document.querySelector('#start').disabled", LONG_WAIT)
    page.wait("document.querySelector('#video video')?.readyState >= 2", LONG_WAIT)
    assert page.run("document.querySelector('#video video').videoWidth") == 320
    assert brightness(page) > 10
    page.run("document.querySelector('#video video').play()")
    page.wait("document.querySelector('#video video').webkitAudioDecodedByteCount > 0", LONG_WAIT)
    assert page.run("document.querySelector('#video video').webkitVideoDecodedByteCount") > 0
    page.wait("[...document.querySelectorAll('#files a')].some(link => link.download === 'hevc.mp4')")
    assert page.run("fetch(document.querySelector('#files li:last-child a')).then(it => it.status)") == 200


def _limits_uploads(page: Page, folder: Path) -> None:
    """Refuses uploads above the total size of a session in one line on the page."""
    for number in range(5):
        file = folder / f"{number}.wav"
        file.write_bytes(bytes([number]) * 1_900_000)
        page.run("document.querySelector(\"#file button[aria-label='Clear']\")?.click()")
        shown(page, "#file input[type=file]")
        page.choose("#file input[type=file]", file)
        refused = "document.body.innerText.includes('expected at most 8 MB of uploads in one session, got')"
        page.wait(f"!!document.querySelector('#file a[download]') || {refused}", LONG_WAIT)
        if page.run(refused):
            return
    raise AssertionError("all uploads were accepted")


def _refuses(page: Page, folder: Path) -> None:
    """Refuses recordings that are too long or too large, and other files, in one line."""
    long, text, large = folder / "long.wav", folder / "text.mp4", folder / "large.wav"
    write_audio(long, np.zeros((1, 8000 * 13), np.float32), 8000)
    text.write_text("no video")
    large.write_bytes(bytes(2 * 2**20 + 1))
    messages = {
        long: "long.wav: expected a recording of at most 0:12 minutes, got 0:13 or more; cut it, or "
        "start the server with a larger --max-minutes",
        text: "text.mp4: expected an audio or video file, got text",
    }
    for path, message in messages.items():
        press(page, "#file button[aria-label='Clear']")
        choose(page, path)
        press(page, "#start")
        page.wait(f"{STATUS}.trim() === {message!r}", LONG_WAIT)
    press(page, "#file button[aria-label='Clear']")
    page.choose("#file input[type=file]", large)
    page.wait("document.body.innerText.includes('exceed the maximum allowed size of 2')", LONG_WAIT)


def _deletes_files(page: Page, server: Server) -> None:
    """Closing the page deletes its files, and ending the server deletes its folder."""
    assert any(path.name.endswith(".wav") for path in server.files)
    page.visit("data:text/html,gone")
    until(lambda: not [path for path in server.files if path.stat().st_size])
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait() == 0
    assert not list(server.place.glob("seldkit-web-*"))


def until(true: object, seconds: float = 120.0) -> None:
    for _ in range(round(10 * seconds)):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("never became true")
