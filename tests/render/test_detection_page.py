import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.making import noise
from render.browser import chromium, needs_chromium
from render.drawing import event
from seldkit.annotations import Annotations, Event
from seldkit.errors import MediaError
from seldkit.events import events_to_annotations
from seldkit.formats import read_annotations, read_events, write_annotations, write_events
from seldkit.media import write_audio, write_video
from seldkit.render import write_report

HARMFUL_NAMES = (
    "</script><script>window.attacked = 1</script>",
    "<!--<script>",
    '"><img src=x onerror="window.attacked = 1">',
    "'; window.attacked = 1; //",
    "a\nb\r\tc\u2028d\u2029e",
    "&lt;b&gt; &amp; {0} {title}",
    "=HYPERLINK(1)",
    "\u202eright to left",
)


class Elements(HTMLParser):
    """The elements of a page with their attributes and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._last = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._last = dict(attrs).get("id") or tag

    def handle_data(self, data: str) -> None:
        self.texts[self._last] = self.texts.get(self._last, "") + data

    def data(self, name: str) -> dict:
        return json.loads(self.texts[name])


def scene(*events: Event) -> tuple[Annotations, tuple[Event, ...]]:
    """Annotations of ten seconds and their events."""
    classes = max((one.trajectory.classes for one in events), key=len, default=("a",))
    return events_to_annotations(events, 100, classes), events


def report(folder: Path, *events: Event, name: str = "report.html", **options: object) -> Elements:
    path = write_report(*scene(*events), options.pop("source", None), folder / name, **options)
    return Elements(path.read_text("utf-8"))


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    write_audio(tmp_path / "clip.wav", noise(1.0, 24000), 24000)
    return tmp_path / "clip.wav"


def test_nothing_is_loaded_from_other_places(tmp_path: Path, sound: Path) -> None:
    page = report(tmp_path, event(), source=sound, embed=False)
    for tag, attributes in page.elements:
        assert not attributes.get("src")
        assert attributes.get("href") in (None, "data:,")
        assert tag not in ("iframe", "object", "embed", "form", "base")
        assert not any(name.startswith("on") or name == "style" for name in attributes)
    policy = next(attributes["content"] for _, attributes in page.elements if attributes.get("http-equiv"))
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", HARMFUL_NAMES)
def test_class_names_are_only_text(tmp_path: Path, name: str) -> None:
    harmless = report(tmp_path, event("bell"), name="bell.html", notes=("a note",))
    page = report(tmp_path, event(name), reference=[event(name)], notes=(name,))
    assert page.elements == [
        (tag, attributes | ({"content": policy_of(page)} if attributes.get("http-equiv") else {}))
        for tag, attributes in harmless.elements
    ]
    assert page.data("scene")["events"][0]["class"] == name
    assert page.data("extra")["reference"][0]["class"] == name
    assert name.split("\n")[0] in page.texts["p"]


def policy_of(page: Elements) -> str | None:
    return next(attributes["content"] for _, attributes in page.elements if attributes.get("http-equiv"))


@settings(max_examples=40, derandomize=True, deadline=None)
@given(name=st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40))
def test_any_class_name_is_preserved(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    page = report(tmp_path_factory.mktemp("any"), event(name))
    assert page.data("scene")["classes"][11] == name


@pytest.mark.parametrize(
    "name",
    [
        "a b.wav",
        "c#1?x=2&y.wav",
        "50%.wav",
        "<b>'\".wav",
        "x:y.wav",
        "new\nline.wav",
        "<script>.wav",
        "ü日.wav",
    ],
)
def test_linked_recordings_have_a_valid_relative_url(tmp_path: Path, sound: Path, name: str) -> None:
    source = sound.rename(tmp_path / name)
    (tmp_path / "out").mkdir()
    page = report(tmp_path / "out", event(), source=source, embed=False)
    media = page.data("extra")["media"]
    assert re.fullmatch(r"\./[A-Za-z0-9._~/%-]+", media["url"])
    assert (tmp_path / "out" / unquoted(media["url"])).resolve() == source.resolve()
    assert media["name"] == name
    assert (media["kind"], media["embedded"]) == ("audio", False)


def unquoted(url: str) -> str:
    from urllib.parse import unquote

    return unquote(url)


def test_file_names_that_are_not_utf_8_are_quoted(tmp_path: Path, sound: Path) -> None:
    source = sound.rename(tmp_path / "caf\udce9.wav")
    page = report(tmp_path, event(), source=source, embed=False)
    assert page.data("extra")["media"]["url"] == "./caf%E9.wav"


def test_small_recordings_are_embedded_and_large_ones_linked(
    tmp_path: Path, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import base64

    page = report(tmp_path, event(), source=sound)
    assert base64.b64decode(page.texts["recording"]) == sound.read_bytes()
    assert page.data("extra")["media"]["type"] == "audio/wav"
    monkeypatch.setattr("seldkit.render.report.media_player.MAX_EMBEDDED_BYTES", sound.stat().st_size - 1)
    assert report(tmp_path, event(), source=sound).data("extra")["media"]["url"] == "./clip.wav"


def test_downloads_are_identical_to_exported_files(tmp_path: Path) -> None:
    rows, events = scene(event(onscreen=True), event("door", 7, 2.0, 3.5, (30.0, -40.0), onscreen=False))
    page = Elements(write_report(rows, events, None, tmp_path / "r.html").read_text("utf-8"))
    files = {file["name"]: file["text"] for file in page.data("extra")["downloads"]}
    assert list(files) == ["r.json", "r.events.csv", "r.vtt", "r.srt", "r.labels.txt", "r.csv"]
    for name, format in [("r.events.csv", "events"), ("r.vtt", "vtt"), ("r.srt", "srt")]:
        write_events(events, tmp_path / name, format, seconds=10.0)
        assert files[name] == (tmp_path / name).read_text("utf-8")
    write_annotations(rows, tmp_path / "r.csv")
    assert files["r.csv"] == (tmp_path / "r.csv").read_text("utf-8")


def test_json_is_the_scene_with_rounded_numbers(tmp_path: Path) -> None:
    rows, events = scene(event(azimuth=(10.123, 50.456), distance=1.2345, elevation=3.21, onscreen=False))
    page = Elements(write_report(rows, events, None, tmp_path / "r.html").read_text("utf-8"))
    (tmp_path / "r.json").write_text(page.texts["scene"], "utf-8")
    again = read_annotations(tmp_path / "r.json")
    assert np.abs(again.azimuth - rows.azimuth).max() <= 0.0501
    assert np.abs(again.distance - rows.distance).max() <= 0.00501
    assert (again.frame_count, again.classes) == (rows.frame_count, rows.classes)
    assert [one.onset for one in read_events(tmp_path / "r.json")] == [events[0].onset]


def test_ten_minutes_with_three_sources_are_below_three_megabytes(tmp_path: Path) -> None:
    way = np.random.default_rng(0).uniform(-90.0, 90.0, 40)
    events = [
        event(f"c{track}", 11, start + 0.0, start + 4.9, way, 1.0 + way[track] / 100.0, onscreen=track > 0)
        for start in range(0, 600, 5)
        for track in range(3)
    ]
    rows = events_to_annotations(events, 6000, events[0].trajectory.classes)
    path = write_report(rows, events, None, tmp_path / "r.html")
    assert len(rows) > 17000
    assert path.stat().st_size < 3_000_000


def test_unknown_values_and_scenes_without_events_are_written(tmp_path: Path) -> None:
    page = report(tmp_path, event(azimuth=(np.nan,), distance=np.nan))
    assert page.data("scene")["events"][0]["azimuth"] is None
    assert report(tmp_path).data("scene")["events"] == []


def test_sources_that_are_not_recordings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_text("no video")
    for source in (tmp_path / "x.mp4", tmp_path / "absent.mp4"):
        with pytest.raises(MediaError, match=source.name):
            write_report(*scene(event()), source, tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()


@needs_chromium
def test_the_page_works_in_a_browser(tmp_path: Path) -> None:
    pictures = [np.full((90, 160, 3), 60 + 2 * number, np.uint8) for number in range(40)]
    write_video(tmp_path / "clip.mp4", pictures, 10.0, audio=(noise(4.0), 48000))
    harmful = HARMFUL_NAMES[0]
    events = (
        event(harmful, 11, 0.5, 1.5, (60.0,), onscreen=True),
        event(HARMFUL_NAMES[2], 3, 2.0, 3.5, (-30.0,), 1.0, onscreen=False),
    )
    for embed in (True, False):
        write_report(*scene(*events), tmp_path / "clip.mp4", tmp_path / f"{embed}.html", embed=embed)
    with chromium(tmp_path / "profile") as page:
        for embed in (True, False):
            page.open(tmp_path / f"{embed}.html", "#t=1.0")
            page.wait("document.querySelector('video')?.readyState >= 2")
            page.wait("Math.abs(document.querySelector('video').currentTime - 1) < 0.01")
            assert page.run("document.querySelector('#active').textContent").startswith(harmful)
        page.run("document.querySelectorAll('#table td button')[1].click()")
        page.wait("document.querySelector('video').currentTime === 2")
        assert HARMFUL_NAMES[2] in page.run("document.querySelector('#active').textContent")
        page.run("document.querySelector('#timeline').focus()")
        page.press("ArrowRight")
        page.wait("document.querySelector('video').currentTime === 3")
        page.press("Space")
        page.wait("document.querySelector('video').currentTime > 3.2")
        assert page.run("document.querySelector('#play').textContent") == "Pause"
        page.run("document.querySelector('#onscreen').value = 'true'")
        page.run("document.querySelector('#onscreen').dispatchEvent(new Event('change'))")
        assert page.run("document.querySelectorAll('#table tbody tr').length") == 1
        assert page.run("document.querySelectorAll('#timeline .bar').length") == 1
        page.run("document.querySelector('#all').click()")
        page.run("document.querySelectorAll('#table th button')[3].click()")
        assert page.run("document.querySelector('#table tbody tr').textContent").startswith("0:02.0")
        page.downloads(tmp_path / "downloads")
        page.run("document.querySelectorAll('#downloads button')[2].click()")
        page.wait("new Promise(done => setTimeout(() => done(true), 700))")
        assert page.run("window.attacked === undefined && !document.querySelector('img')")
        assert page.log == []
        assert all(url.startswith(("file:", "data:", "blob:")) for url in page.requests)
        page.size(375, 700)
        assert page.run("document.documentElement.scrollWidth") <= 375
    assert [one.name for one in read_events(tmp_path / "downloads" / "clip.vtt")] == [
        harmful,
        HARMFUL_NAMES[2],
    ]


@needs_chromium
def test_missing_recordings_are_requested(tmp_path: Path, sound: Path) -> None:
    path = write_report(*scene(event()), sound, tmp_path / "r.html", embed=False)
    sound.unlink()
    with chromium(tmp_path / "profile") as page:
        page.open(path)
        page.wait("!document.querySelector('#missing').hidden")
        assert "clip.wav" in page.run("document.querySelector('#missing-text').textContent")
        page.run("document.querySelector('#play').click()")
        page.wait("document.querySelector('#clock').textContent >= '0:00.3'")
