"""Copies for browsers, and reports of recordings that browsers cannot play."""

import base64
import json
import os
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bad_input.media import READ, REFUSED, BadMedia
from media.making import Sound, Video, clicks, make_media, noise, number_of, numbered
from render.browser import Page, brightness, chromium, needs_chromium
from render.drawing import event
from render.test_detection_page import Elements, scene
from seldkit.cli import batch
from seldkit.errors import MediaError, SeldkitError
from seldkit.media import iter_frames, probe, read_audio
from seldkit.media.browser_support import unsupported_in_browsers
from seldkit.render import write_report
from seldkit.render.playable_copy import PLAYER_COPY_ENDING, still_image, write_playable_copy
from seldkit.render.report import media_player

SECONDS = 2.0
TIMES = [number / 25 for number in range(round(25 * SECONDS))]


def recording(folder: Path, name: str, codec: str = "libx265", audio: str = "aac", **options: object) -> Path:
    """Writes frames with numbers, and clicks at 0.5 and 1.5 s."""
    size = options.pop("size", (64, 48))
    make_media(
        folder / name,
        Video(numbered(len(TIMES), size), TIMES, codec, options={"preset": "ultrafast"}, **options),
        Sound(clicks([0.5, 1.5], SECONDS) + 1e-4 * noise(SECONDS), codec=audio),
    )
    return folder / name


def copied(source: Path, max_seconds: float = 60.0) -> Path:
    write_playable_copy(source, source.with_name("copy.mp4"), max_seconds)
    return source.with_name("copy.mp4")


def numbers_of(path: Path) -> list[int]:
    """Numbers of the frames that are displayed in the middle of each 40 ms."""
    return [number_of(frame.image) for frame in iter_frames(path, times=[time + 0.02 for time in TIMES])]


def click_times(path: Path) -> list[float]:
    waveform = np.abs(read_audio(path, 48000)[0][0])
    return [start + waveform[round(start * 48000) :][:9600].argmax() / 48000 for start in (0.4, 1.4)]


@pytest.mark.parametrize(
    ("name", "codec", "audio"),
    [
        ("a.mp4", "libx265", "aac"),
        ("a.mov", "mpeg4", "pcm_s16le"),
        ("a.mov", "mpeg2video", "alac"),
        ("a.mp4", "libx264", "ac3"),
        ("a.mkv", "libx264", "flac"),
        ("a.avi", "mpeg4", "libmp3lame"),
    ],
)
def test_copies_are_playable_at_the_same_times(tmp_path: Path, name: str, codec: str, audio: str) -> None:
    source = recording(tmp_path, name, codec, audio)
    before, info = probe(source), probe(copied(source))
    assert unsupported_in_browsers(source)
    assert unsupported_in_browsers(info.path) is None
    assert (info.video.codec, info.audio.codec, info.audio.channels) == ("h264", "aac", 2)
    assert info.duration == pytest.approx(before.duration, abs=0.05)
    assert numbers_of(info.path) == numbers_of(source)
    assert click_times(info.path) == pytest.approx(click_times(source), abs=0.001)


def test_supported_streams_are_copied_unchanged(tmp_path: Path) -> None:
    source = recording(tmp_path, "a.mp4", "libx264", "ac3")
    frames, same = (list(iter_frames(path, rate=25.0)) for path in (source, copied(source)))
    assert all((one.image == other.image).all() for one, other in zip(frames, same, strict=True))


@pytest.mark.parametrize(
    ("size", "rotation", "scaled"),
    [((1920, 1080), None, (1280, 720)), ((1080, 1920), None, (720, 1280)), ((1600, 100), 90, (80, 1280))],
)
def test_large_frames_are_scaled_down_and_upright(
    tmp_path: Path, size: tuple[int, int], rotation: int | None, scaled: tuple[int, int]
) -> None:
    make_media(tmp_path / "a.mp4", Video(numbered(2, size), [0.0, 0.04], "mpeg4", rotation, options={}))
    info = probe(copied(tmp_path / "a.mp4"))
    assert (info.video.width, info.video.height, info.video.rotation) == (*scaled, 0)


def test_audio_alone_is_copied(tmp_path: Path) -> None:
    make_media(tmp_path / "a.m4a", Sound(noise(SECONDS), codec="alac"))
    info = probe(copied(tmp_path / "a.m4a"))
    assert (info.video, info.audio.codec) == (None, "aac")
    assert info.duration == pytest.approx(SECONDS, abs=0.05)


def test_long_recordings_and_copies_onto_themselves_are_refused(tmp_path: Path) -> None:
    source = recording(tmp_path, "a.mp4", "mpeg4")
    with pytest.raises(MediaError, match=r"a\.mp4: expected at most 1 s for a copy for browsers, got more"):
        copied(source, 1.0)
    with pytest.raises(MediaError, match="same file"):
        write_playable_copy(source, source, 60.0)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_still_images_are_not_black(tmp_path: Path) -> None:
    black = [np.zeros((90, 1600, 3), np.uint8)] * 24
    pattern = np.random.default_rng(0).integers(0, 255, (90, 1600, 3)).astype(np.uint8)
    make_media(tmp_path / "a.mp4", Video([*black, pattern, pattern], [n / 25 for n in range(26)], "mpeg4"))
    url = still_image(tmp_path / "a.mp4")
    image = Image.open(BytesIO(base64.b64decode(url.removeprefix("data:image/jpeg;base64,"))))
    assert image.size == (640, 36)
    assert np.asarray(image).mean() > 60
    make_media(tmp_path / "a.wav", Sound(noise(0.1), codec="pcm_s16le"))
    assert still_image(tmp_path / "a.wav") == ""


def report(source: Path, **options: object) -> Elements:
    path = write_report(*scene(event()), source, source.with_name("r.html"), **options)
    return Elements(path.read_text("utf-8"))


def links(page: Elements) -> list[str | None]:
    return [attributes["href"] for tag, attributes in page.elements if tag == "a"]


def test_reports_embed_a_copy_and_link_the_original(tmp_path: Path) -> None:
    source = recording(tmp_path, "a b.mov")
    page = report(source)
    media = page.data("extra")["media"]
    assert (media["type"], media["embedded"], media["name"]) == ("video/mp4", True, "a b.mov")
    (tmp_path / "embedded.mp4").write_bytes(base64.b64decode(page.texts["recording"]))
    assert probe(tmp_path / "embedded.mp4").video.codec == "h264"
    assert links(page) == ["./a%20b.mov"]
    assert "browsers cannot play the recording (video codec hevc)" in page.texts["p"]
    assert {path.name for path in tmp_path.iterdir()} == {"a b.mov", "r.html", "embedded.mp4"}


def test_large_copies_are_written_next_to_the_report(tmp_path: Path) -> None:
    source = recording(tmp_path, "a.mp4")
    page = report(source, embed=False)
    assert page.data("extra")["media"]["url"] == "./r.player.mp4"
    assert unsupported_in_browsers(tmp_path / "r.player.mp4") is None
    assert probe(source).video.codec == "hevc"
    assert {path.name for path in tmp_path.iterdir()} == {"a.mp4", "r.html", "r.player.mp4"}
    assert PLAYER_COPY_ENDING == batch.PLAYER_COPY_ENDING
    assert [path.name for path, _ in batch.find_media([tmp_path])] == ["a.mp4"]


def test_a_recording_with_the_name_of_a_copy_is_kept(tmp_path: Path) -> None:
    source = recording(tmp_path, "r.player.mp4")
    content = source.read_bytes()
    media = report(source, embed=False).data("extra")["media"]
    assert (media["url"], bool(media["note"]), bool(media["poster"])) == ("./r.player.mp4", True, True)
    assert source.read_bytes() == content


def test_long_recordings_have_an_explanation_and_a_still_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_player, "MAX_COPY_SECONDS", 1.2)
    source = recording(tmp_path, "a.mp4")
    page = report(source, embed=False)
    media = page.data("extra")["media"]
    assert (media["url"], media["original"]) == ("./a.mp4", "")
    assert media["poster"].startswith("data:image/jpeg;base64,")
    assert "(video codec hevc). It cannot be copied for them, or is longer than" in page.texts["p"]
    assert {path.name for path in tmp_path.iterdir()} == {"a.mp4", "r.html"}


def test_supported_recordings_have_neither(tmp_path: Path) -> None:
    page = report(recording(tmp_path, "a.mp4", "libx264"))
    media = page.data("extra")["media"]
    assert (media["note"], media["poster"], media["original"], links(page)) == ("", "", "", [])


ROWS = [row for row in (*REFUSED, *READ) if not (row.name == "no permission" and os.geteuid() == 0)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_damaged_files_are_copied_or_refused(row: BadMedia, tmp_path: Path) -> None:
    source, output = row.build(tmp_path), tmp_path / "output" / "out.mp4"
    problem: SeldkitError | None = None
    try:
        write_playable_copy(source, output, 60.0)
    except SeldkitError as refusal:
        problem = refusal
    if problem is None:
        assert unsupported_in_browsers(output) is None
    else:
        assert row in REFUSED
        assert "\n" not in str(problem)
        assert not list(output.parent.glob("*"))


@needs_chromium
def test_chromium_displays_the_copy_of_a_report(tmp_path: Path) -> None:
    source = recording(tmp_path, "clip.mp4", size=(320, 180))
    write_report(*scene(event()), source, tmp_path / "r.html")
    with chromium(tmp_path / "profile") as page:
        page.size(1100, 800)
        page.open(tmp_path / "r.html", "#t=0.5")
        page.wait("document.querySelector('video')?.readyState >= 2")
        assert page.run("document.querySelector('video').videoWidth") == 320
        assert brightness(page) > 10
        save(page, "report-hevc.png")
        assert page.log == []


@needs_chromium
def test_chromium_displays_a_still_image_without_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_player, "MAX_COPY_SECONDS", 1.2)
    for codec in ("libx265", "mpeg4"):
        source = recording(tmp_path, f"{codec}.mp4", codec, size=(320, 180))
        write_report(*scene(event()), source, tmp_path / f"{codec}.html")
    with chromium(tmp_path / "profile") as page:
        page.size(1100, 800)
        for codec in ("libx265", "mpeg4"):
            page.open(tmp_path / f"{codec}.html")
            page.wait("document.querySelector('#screen img')?.naturalWidth === 320")
            assert not page.run("document.querySelector('#screen').hidden")
            assert not page.run("document.querySelector('#screen video')")
            page.run("document.querySelector('#play').click()")
            page.wait("document.querySelector('#clock').textContent >= '0:00.5'")
            save(page, f"report-still-{codec}.png")


def save(page: Page, name: str) -> None:
    folder = os.environ.get("SELDKIT_SCREENSHOTS")
    if folder:
        page.screenshot(Path(folder) / name)


def test_data_of_reports_is_json(tmp_path: Path) -> None:
    json.loads(report(recording(tmp_path, "a.mp4", "mpeg4")).texts["extra"])
