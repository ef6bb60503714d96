from pathlib import Path

import numpy as np
import pytest

from render.drawing import event
from render.test_detection_page import HARMFUL_NAMES, Elements
from seldkit.formats import EVENT_FORMATS
from seldkit.render.fonts import one_line
from seldkit.web.detection_job import JobResult
from seldkit.web.result_html import FILE_DESCRIPTIONS, downloads, error, events_table, summary


def result(name: str = "clip.mp4", notes: tuple[str, ...] = ()) -> JobResult:
    return JobResult(name, 12.34, (event(),), notes, None, None, ())


@pytest.mark.parametrize("harmful", [*HARMFUL_NAMES, "${window.attacked = 1}", "{{value}}", "`${1}`"])
def test_names_are_only_text(harmful: str, tmp_path: Path) -> None:
    harmless = Elements(events_table([event("bell")]))
    page = Elements(events_table([event(harmful)]))
    assert page.elements == harmless.elements
    assert page.texts["bdi"] == one_line(harmful, 300)
    assert (
        Elements(summary(result(harmful, (harmful,)))).elements
        == Elements(summary(result("a", ("b",)))).elements
    )
    assert Elements(error(harmful)).elements == Elements(error("a")).elements
    name = harmful.replace("/", "_")[:60] + ".csv"
    (tmp_path / name).touch()
    (tmp_path / "a.csv").touch()
    links = Elements(downloads(tmp_path, [name])).elements
    assert [tag for tag, _ in links] == [tag for tag, _ in Elements(downloads(tmp_path, ["a.csv"])).elements]
    address = dict(links)["a"]["href"]
    assert address is not None
    assert not set(address) & set("<>\"'` \n#?{}")


def test_events_are_sorted_by_onset() -> None:
    later = event("door", 7, 65.04, 66.0, (-40.0,), 2.0, onscreen=False)
    table = Elements(events_table([later, event("bell", azimuth=(np.nan,), distance=np.nan)]))
    assert [attributes["data-seconds"] for tag, attributes in table.elements if tag == "button"] == [
        "0.000",
        "65.040",
    ]
    assert table.texts["button"] == "0:00.01:05.0"
    assert table.texts["bdi"] == "belldoor"
    assert table.texts["td"] == "0:01.0unknownunknown–0.801:06.040° right2.0 moff0.80"


def test_missing_events_are_stated() -> None:
    assert "No sound events" in Elements(events_table([])).texts["p"]
    assert "no events" in summary(JobResult("a", 1.0, (), (), None, None, ()))
    assert "1 event<" in summary(result())


def test_every_event_format_has_a_description() -> None:
    for name in EVENT_FORMATS.names():
        assert EVENT_FORMATS[name].suffix in FILE_DESCRIPTIONS


def test_the_video_is_first_and_unknown_files_are_last(tmp_path: Path) -> None:
    names = ["a.new", "a.csv", "a.events.csv", "a.annotated.mp4"]
    for name in names:
        (tmp_path / name).write_bytes(b"x" * 1234)
    page = Elements(downloads(tmp_path, names))
    assert page.texts["bdi"] == "a.annotated.mp4a.events.csva.csva.new"
    assert page.texts["span"].endswith("frames in the format of DCASE 2025 (CSV) · 1.2 kBrecording · 1.2 kB")
