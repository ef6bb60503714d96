import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media.making import noise
from render.drawing import event
from seldkit.detection import Scene
from seldkit.errors import MediaError
from seldkit.events import events_to_annotations
from seldkit.formats import EVENT_FORMATS, read_annotations, read_events
from seldkit.media import probe, write_audio, write_video
from seldkit.web.detection_job import Job, Limits, run_job


@dataclass
class Ear:
    """Hears two events, whatever it is given."""

    heard: list[dict[str, Any]] = field(default_factory=list)
    longest: float = 1.0

    def detect(self, path: Path, *, layout: Any, progress: Any) -> Scene:
        self.heard.append({"path": path, "layout": layout})
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


def done(folder: Path, name: str = "holiday.mp4", limits: Limits | None = None, **options: Any) -> Any:
    ear = options.pop("ear", Ear())
    told: list[tuple[float, str]] = []
    found = run_job(Job(folder, name, **options), ear, limits or Limits(), lambda *news: told.append(news))
    return found, told


def test_every_format_the_report_and_the_video_are_written(folder: Path) -> None:
    found, told = done(folder)
    suffixes = {EVENT_FORMATS[name].suffix for name in EVENT_FORMATS.names()}
    suffixes |= {".csv", ".json", ".png", ".svg", ".report.html", ".annotated.mp4", ".zip"}
    assert set(found.files) == {f"holiday{suffix}" for suffix in suffixes}
    for name in EVENT_FORMATS.names():
        again = read_events(folder / f"holiday{EVENT_FORMATS[name].suffix}", name)
        assert [one.name for one in again] == ["bell", "door"], name
    assert len(read_annotations(folder / "holiday.csv")) == 14
    assert json.loads((folder / "holiday.json").read_text())["notes"] == ["a note"]
    video = probe(folder / found.video)
    assert video.audio is not None
    assert (video.video.width, video.video.frames) == (320, 10)
    assert found.plot == "holiday.png"
    assert found.notes == ("a note",)
    with zipfile.ZipFile(folder / "holiday.zip") as archive:
        assert set(archive.namelist()) == set(found.files) - {"holiday.zip", "holiday.annotated.mp4"}
    shares, words = zip(*told, strict=True)
    assert list(shares) == sorted(shares)
    assert shares[-1] == 1.0
    assert list(dict.fromkeys(words)) == [
        *("detecting events", "writing files", "plotting the timeline", "rendering the video")
    ]


def test_no_result_names_a_path_of_this_machine(folder: Path) -> None:
    found, _ = done(folder)
    for name in found.files:
        assert str(folder).encode() not in (folder / name).read_bytes(), name
    assert 'MEDIA_URL="file:///holiday.mp4"' in (folder / "holiday.eaf").read_text()


def test_the_recording_is_never_written_over(folder: Path) -> None:
    for name in ("x.csv", "x.annotated.mp4", "x.JSON"):
        recording = folder / name
        recording.write_bytes((folder / "holiday.mp4").read_bytes())
        found, _ = done(folder, name)
        assert recording.read_bytes() == (folder / "holiday.mp4").read_bytes()
        assert name not in found.files
        assert len(found.files) == len(EVENT_FORMATS.names()) + 7


@pytest.mark.parametrize("name", ["nothing.mp4", "text.mp4"])
def test_what_is_no_recording_is_refused_by_its_name_alone(folder: Path, name: str) -> None:
    (folder / "text.mp4").write_text("no video")
    with pytest.raises(MediaError, match=f"^{name}: "):
        done(folder, name)


def test_what_is_too_long_is_refused_before_it_is_heard(folder: Path) -> None:
    ear = Ear()
    with pytest.raises(
        MediaError,
        match=r"^holiday.mp4: expected a recording of at most 0:01 minutes, got 0:0\d or more; cut",
    ):
        done(folder, limits=Limits(minutes=0.9 / 60), ear=ear)
    assert not ear.heard


def test_what_lies_about_its_length_is_refused_while_it_is_heard(folder: Path) -> None:
    with pytest.raises(MediaError, match=r"expected a recording of at most 10:00 minutes, got 11:40 or more"):
        done(folder, ear=Ear(longest=700.0))


def test_a_drawing_that_cannot_be_is_a_note(folder: Path) -> None:
    found, _ = done(folder, field_of_view=200.0)
    assert found.video is None
    assert [note.split(":")[0] for note in found.notes] == ["a note", "no report", "no annotated video"]
    assert "holiday.csv" in found.files
    assert "holiday.annotated.mp4" not in found.files


def test_sound_alone_becomes_a_video_too(folder: Path) -> None:
    write_audio(folder / "sound.wav", noise(1.0, 24000), 24000)
    found, _ = done(folder, "sound.wav", top_view=False, timeline=False)
    assert probe(folder / found.video).video is not None
