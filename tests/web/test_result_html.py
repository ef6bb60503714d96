from pathlib import Path

import numpy as np
import pytest

from render.drawing import event
from render.test_detection_page import EVIL, Elements
from seldkit.formats import EVENT_FORMATS
from seldkit.render.fonts import one_line
from seldkit.web.detection_job import JobResult
from seldkit.web.result_html import FILE_DESCRIPTIONS, downloads, error, events_table, summary


def found(name: str = "clip.mp4", notes: tuple[str, ...] = ()) -> JobResult:
    return JobResult(name, 12.34, (event(),), notes, None, None, ())


@pytest.mark.parametrize("evil", [*EVIL, "${window.bitten = 1}", "{{value}}", "`${1}`"])
def test_names_stay_text(evil: str, tmp_path: Path) -> None:
    harmless = Elements(events_table([event("bell")]))
    page = Elements(events_table([event(evil)]))
    assert page.found == harmless.found
    assert page.texts["bdi"] == one_line(evil, 300)
    assert Elements(summary(found(evil, (evil,)))).found == Elements(summary(found("a", ("b",)))).found
    assert Elements(error(evil)).found == Elements(error("a")).found
    name = evil.replace("/", "_")[:60] + ".csv"
    (tmp_path / name).touch()
    (tmp_path / "a.csv").touch()
    links = Elements(downloads(tmp_path, [name])).found
    assert [tag for tag, _ in links] == [tag for tag, _ in Elements(downloads(tmp_path, ["a.csv"])).found]
    address = dict(links)["a"]["href"]
    assert address is not None
    assert not set(address) & set("<>\"'` \n#?{}")


def test_a_line_an_event_by_onset() -> None:
    later = event("door", 7, 65.04, 66.0, (-40.0,), 2.0, onscreen=False)
    table = Elements(events_table([later, event("bell", azimuth=(np.nan,), distance=np.nan)]))
    assert [given["data-seconds"] for tag, given in table.found if tag == "button"] == ["0.000", "65.040"]
    assert table.texts["button"] == "0:00.01:05.0"
    assert table.texts["bdi"] == "belldoor"
    assert table.texts["td"] == "0:01.0unknownunknown–0.801:06.040° right2.0 moff0.80"


def test_nothing_is_said_too() -> None:
    assert "No sound events" in Elements(events_table([])).texts["p"]
    assert "no events" in summary(JobResult("a", 1.0, (), (), None, None, ()))
    assert "1 event<" in summary(found())


def test_every_format_of_events_is_told_what_it_is_for() -> None:
    for name in EVENT_FORMATS.names():
        assert EVENT_FORMATS[name].suffix in FILE_DESCRIPTIONS


def test_the_video_stands_first_and_unknown_files_last(tmp_path: Path) -> None:
    names = ["a.new", "a.csv", "a.events.csv", "a.annotated.mp4"]
    for name in names:
        (tmp_path / name).write_bytes(b"x" * 1234)
    page = Elements(downloads(tmp_path, names))
    assert page.texts["bdi"] == "a.annotated.mp4a.events.csva.csva.new"
    assert page.texts["span"].endswith("frames in the format of DCASE 2025 (CSV) · 1.2 kB1.2 kB")
