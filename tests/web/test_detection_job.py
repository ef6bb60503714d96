import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media.making import Sound, Video, make_media, noise, numbered
from render.drawing import event
from seldkit.detection import Scene
from seldkit.errors import MediaError, SeldkitError
from seldkit.events import events_to_annotations
from seldkit.formats import EVENT_FORMATS, read_annotations, read_events
from seldkit.media import probe, write_audio, write_video
from seldkit.media.browser_support import unsupported_in_browsers
from seldkit.web.detection_job import Job, Limits, run_job


@dataclass
class FixedDetector:
    """Returns two events for any input."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    longest: float = 1.0

    def detect(self, path: Path, *, layout: Any, progress: Any, field_of_view: float | None) -> Scene:
        self.calls.append({"path": path, "layout": layout})
        progress(self.longest)
        events = (event("bell", onset=0.1, offset=0.9), event("door", 7, 0.2, 0.8, (30.0, -40.0)))
        return Scene(
            events_to_annotations(events, 10, events[0].trajectory.classes), events, path, ("a note",)
        )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pictures = [np.full((120, 320, 3), 60 + 2 * number, np.uint8) for number in range(10)]
    write_video(tmp_path / "holiday.mp4", pictures, 10.0, audio=(noise(1.0), 48000))
    return tmp_path


def run(folder: Path, name: str = "holiday.mp4", limits: Limits | None = None, **options: Any) -> Any:
    detector = options.pop("detector", FixedDetector())
    reported: list[tuple[float, str]] = []
    result = run_job(
        Job(folder, name, **options),
        detector,
        limits or Limits(),
        lambda *arguments: reported.append(arguments),
    )
    return result, reported


def test_all_formats_the_report_and_the_video_are_written(folder: Path) -> None:
    result, reported = run(folder)
    suffixes = {EVENT_FORMATS[name].suffix for name in EVENT_FORMATS.names()}
    suffixes |= {".csv", ".json", ".png", ".svg", ".report.html", ".annotated.mp4", ".zip"}
    assert set(result.files) == {f"holiday{suffix}" for suffix in suffixes}
    for name in EVENT_FORMATS.names():
        again = read_events(folder / f"holiday{EVENT_FORMATS[name].suffix}", name)
        assert [one.name for one in again] == ["bell", "door"], name
    assert len(read_annotations(folder / "holiday.csv")) == 14
    assert json.loads((folder / "holiday.json").read_text())["notes"] == ["a note"]
    video = probe(folder / result.video)
    assert video.audio is not None
    assert (video.video.width, video.video.frames) == (320, 10)
    assert result.plot == "holiday.png"
    assert result.notes == ("a note",)
    with zipfile.ZipFile(folder / "holiday.zip") as archive:
        assert set(archive.namelist()) == set(result.files) - {"holiday.zip", "holiday.annotated.mp4"}
    shares, words = zip(*reported, strict=True)
    assert list(shares) == sorted(shares)
    assert shares[-1] == 1.0
    assert list(dict.fromkeys(words)) == [
        *("detecting events", "writing files", "plotting the timeline", "rendering the video")
    ]


def test_results_contain_no_path_of_this_machine(folder: Path) -> None:
    result, _ = run(folder)
    for name in result.files:
        assert str(folder).encode() not in (folder / name).read_bytes(), name
    assert 'MEDIA_URL="file:///holiday.mp4"' in (folder / "holiday.eaf").read_text()


def test_the_recording_is_never_overwritten(folder: Path) -> None:
    for name in ("x.csv", "x.annotated.mp4", "x.JSON"):
        recording = folder / name
        recording.write_bytes((folder / "holiday.mp4").read_bytes())
        result, _ = run(folder, name)
        assert recording.read_bytes() == (folder / "holiday.mp4").read_bytes()
        assert name not in result.files
        assert len(result.files) == len(EVENT_FORMATS.names()) + 7


@pytest.mark.parametrize("name", ["nothing.mp4", "text.mp4"])
def test_files_that_are_not_recordings_are_refused_without_their_path(folder: Path, name: str) -> None:
    (folder / "text.mp4").write_text("no video")
    with pytest.raises(MediaError, match=f"^{name}: "):
        run(folder, name)


def test_long_recordings_are_refused_before_the_detection(folder: Path) -> None:
    detector = FixedDetector()
    with pytest.raises(
        MediaError,
        match=r"^holiday.mp4: expected a recording of at most 0:01 minutes, got 0:0\d or more; cut",
    ):
        run(folder, limits=Limits(minutes=0.9 / 60), detector=detector)
    assert not detector.calls


def test_wrong_declared_durations_are_refused_during_the_detection(folder: Path) -> None:
    with pytest.raises(MediaError, match=r"expected a recording of at most 10:00 minutes, got 11:40 or more"):
        run(folder, detector=FixedDetector(longest=700.0))


def test_failed_renderings_are_notes(folder: Path) -> None:
    result, _ = run(folder, field_of_view=200.0)
    assert result.video is None
    assert [note.split(":")[0] for note in result.notes] == ["a note", "no report", "no annotated video"]
    assert "holiday.csv" in result.files
    assert "holiday.annotated.mp4" not in result.files


def test_audio_files_get_an_annotated_video(folder: Path) -> None:
    write_audio(folder / "sound.wav", noise(1.0, 24000), 24000)
    result, _ = run(folder, "sound.wav", top_view=False, timeline=False)
    assert probe(folder / result.video).video is not None


def test_limits_include_each_other() -> None:
    defaults = Limits()
    assert (defaults.file_bytes, defaults.session_bytes, defaults.total_bytes) == (
        500 * 2**20,
        2000 * 2**20,
        10_000 * 2**20,
    )
    assert Limits(megabytes=100, session_megabytes=3000).total_bytes == 3000 * 2**20
    with pytest.raises(SeldkitError, match=r"^--max-session-megabytes: expected at least .* 500, got 499$"):
        Limits(session_megabytes=499)
    with pytest.raises(SeldkitError, match=r"^--max-total-megabytes: expected at least .* 700, got 699$"):
        Limits(session_megabytes=700, total_megabytes=699)


def hevc(folder: Path, audio: str = "aac") -> str:
    frames = numbered(25, (320, 120))
    tracks = (Video(frames, [n / 25 for n in range(25)], "libx265", options={"preset": "ultrafast"}),)
    make_media(folder / "hevc.mp4", *tracks, Sound(noise(1.0), codec=audio))
    return "hevc.mp4"


def test_recordings_that_browsers_cannot_play_have_a_player_and_the_original(folder: Path) -> None:
    result, _ = run(folder, hevc(folder))
    assert result.player == result.video == "hevc.annotated.mp4"
    assert unsupported_in_browsers(folder / result.player) is None
    assert "hevc.mp4" in result.files
    assert "video codec hevc" in (folder / "hevc.report.html").read_text()


def test_audio_that_browsers_cannot_play_is_encoded_for_the_player(folder: Path) -> None:
    result, _ = run(folder, hevc(folder, "ac3"))
    assert (result.video, result.player) == ("hevc.annotated.mp4", "hevc.annotated.player.mp4")
    assert probe(folder / result.video).audio.codec == "ac3"
    assert probe(folder / result.player).audio.codec == "aac"
    assert unsupported_in_browsers(folder / result.player) is None
    assert result.player not in result.files


def test_large_copies_for_the_report_are_available(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seldkit.render.report.media_player.MAX_EMBEDDED_BYTES", 10)
    result, _ = run(folder, hevc(folder))
    assert "hevc.report.player.mp4" in result.files
    assert "./hevc.report.player.mp4" in (folder / "hevc.report.html").read_text()


def test_without_an_annotated_video_there_is_no_player(folder: Path) -> None:
    result, _ = run(folder, hevc(folder), field_of_view=200.0)
    assert (result.video, result.player) == (None, None)
    assert "hevc.mp4" in result.files
