"""Files of events that are damaged or no such files end in one line, at its place."""

import json
import re
import struct
from pathlib import Path

import numpy as np
import pytest

from formats.samples import SCENE
from seldkit.errors import FormatError
from seldkit.formats import EVENT_FORMATS, read_events, write_events

VTT = "WEBVTT\n\n"
TIMES = "00:00:01.000 --> 00:00:02.000\n"
GRID = (
    'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = 9\ntiers? <exists>\nsize = 1\n'
)
TIER = 'class = "IntervalTier"\nname = "bell"\nxmin = 0\nxmax = 9\nintervals: size = 1\n'
EAF = (
    "<ANNOTATION_DOCUMENT><TIME_ORDER><TIME_SLOT TIME_SLOT_ID='a' TIME_VALUE='%s'/></TIME_ORDER>"
    "%s</ANNOTATION_DOCUMENT>"
)
NOTE = (
    "<TIER TIER_ID='bell'><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID='a7' TIME_SLOT_REF1='%s'"
    " TIME_SLOT_REF2='a'><ANNOTATION_VALUE>%s</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>"
)
RTTM = "SPEAKER x 1 1.0 2.0 <NA> <NA> bell <NA> <NA>"
TABLE = "onset,offset,class,azimuth,distance,onscreen,confidence\n"
EVENT = {"class": "bell", "onset": 1.0, "offset": 2.0}
SPAN = {"onset": 1.0, "offset": 2.0, "onscreen": True}
ROWS = {"frame": [1], "azimuth": [1.0], "distance": [1.0]}


def line(**more: object) -> str:
    return json.dumps(EVENT | more) + "\n"


DAMAGED = [
    ("x.vtt", "", "line 1: expected the line WEBVTT"),
    ("x.vtt", "1\n" + TIMES + "[bell]\n", "line 1: expected the line WEBVTT, got '1'"),
    ("x.vtt", VTT + "bell\n", "line 3: expected the times of a cue .*got 'bell'"),
    ("x.vtt", VTT + TIMES, r"line 3: expected a caption such as .*got ''"),
    ("x.vtt", VTT + TIMES + "Hello there.\n", "line 3: expected a caption .*got 'Hello there.'"),
    ("x.vtt", VTT + TIMES + "[bell, upstairs]\n", r"line 3: expected 'class, 34\.2° left.*double quotes"),
    ("x.vtt", VTT + TIMES + '["bell]\n', "line 3: expected a class name in double quotes"),
    ("x.vtt", VTT + "00:00:02.000 --> 00:00:01.000\n[bell]\n", "line 3: .*an offset from 2 s, got 1.0"),
    ("x.vtt", VTT + "00:00:02,5 --> 00:00:03.000\n[bell]\n", "line 3: expected a time such as"),
    ("x.vtt", VTT + "00:99:02.000 --> 00:00:03.000\n[bell]\n", "line 3: expected a time such as"),
    ("x.vtt", VTT + "00:00:00.000 --> 999999:00:03.000\n[bell]\n", "expected an offset"),
    ("x.vtt", VTT + "00:00:00.000 --> 2000:00:03.000\n[bell]\n", "events of 400,000 s together at most"),
    ("x.srt", "1\n", "line 1: expected the times of a cue .*got '1'"),
    ("x.srt", "1\n00:00:01,000 -> 00:00:02,000\n[bell]\n", "line 2: expected the times of a cue"),
    ("x.srt", "1\n00:00:01,000 --> 00:00:02,000\n[]\n", "line 2: expected a caption"),
    ("x.srt", "1\n00:00:01,000 --> 00:00:02,000\n[bell, 5 km]\n", "line 2: expected 'class"),
    ("labels.txt", "1.0 2.0 bell\n", "line 1: expected onset, offset and label between tabs"),
    ("labels.txt", "1.0\t2.0\tbell\n1,5\t2,0\tbell\n", "line 2: .*decimal point, got '1,5'"),
    ("labels.txt", "nan\t2.0\tbell\n", "line 1: .*got 'nan'"),
    ("labels.txt", "-1.0\t2.0\tbell\n", "line 1: expected an onset in seconds from 0, got -1.0"),
    ("labels.txt", "1.0\t2.0\t\n", "line 1: expected the name of a class"),
    ("labels.txt", "1.0\t2.0\tbell, 200° left\n", "line 1: expected an azimuth of -180 to 180"),
    ("labels.txt", "1.0\t2.0\tbell, confidence 7\n", "line 1: expected a confidence of 0 to 1, got 7.0"),
    ("x.eaf", "", "line 1: expected XML"),
    ("x.eaf", "<ANNOTATION_DOCUMENT>\n<TIER>", "line 2: expected XML"),
    ("x.eaf", "<html/>", r"expected an ELAN document \(<ANNOTATION_DOCUMENT>\), got <html>"),
    (
        "x.eaf",
        "<!DOCTYPE x [<!ENTITY a 'aa'><!ENTITY b '&a;&a;'>]><ANNOTATION_DOCUMENT>&b;</ANNOTATION_DOCUMENT>",
        "got XML with a document type",
    ),
    (
        "x.eaf",
        EAF % ("1000", NOTE % ("b", "bell")),
        "annotation 'a7': expected a time in TIME_ORDER, got none",
    ),
    (
        "x.eaf",
        EAF % ("soon", NOTE % ("a", "bell")),
        "annotation 'a7': expected whole milliseconds, got 'soon'",
    ),
    ("x.eaf", EAF % ("-5", NOTE % ("a", "bell")), "annotation 'a7': expected an onset"),
    ("x.eaf", EAF % ("1000", NOTE % ("a", "bell, here")), "annotation 'a7': expected 'class"),
    ("x.TextGrid", "", "line 1: expected a text in double quotes, got the end of the file"),
    ("x.TextGrid", "hello", "got the end of the file; it may be cut short"),
    ("x.TextGrid", GRID.replace("TextGrid", "PitchTier"), "line 2: expected a Praat text file"),
    ("x.TextGrid", GRID, "got the end of the file"),
    ("x.TextGrid", GRID + TIER, "line 13: expected a number .*the end of the file"),
    ("x.TextGrid", GRID + TIER.replace("IntervalTier", "Table"), "line 8: expected an IntervalTier.*'Table'"),
    ("x.TextGrid", GRID + TIER + '1\n2\n"bell\n', "line 15: expected a text in double quotes, got"),
    ("x.TextGrid", GRID + TIER + '"bell"\n1\n2\n', "line 13: expected a number .xmin., got"),
    ("x.TextGrid", GRID + TIER + '2\n1\n"bell"\n', "line 15: expected an offset from 2 s, got 1.0"),
    ("x.TextGrid", GRID + TIER.replace("= 1", "= -1"), "expected a number of intervals, got -1"),
    ("x.TextGrid", GRID + TIER.replace("= 1", "= 1e999"), "expected a number"),
    ("x.TextGrid", GRID + TIER.replace("= 1", "= 1e18") + '1\n2\n"bell"\n', "the end of the file"),
    ("x.rttm", "hello there\n", r"line 1: expected a line of RTTM \(SPEAKER …\), got 'hello there'"),
    ("x.rttm", "SPEAKER x 1 1.0\n", "line 1: expected 10 fields, or 14 with the direction, got 4"),
    ("x.rttm", RTTM + " 5 0 1\n", "line 1: expected 10 fields, or 14 .*got 13"),
    ("x.rttm", RTTM + "\n" + RTTM.replace("1.0", "one"), "line 2: expected an onset in seconds, got 'one'"),
    ("x.rttm", RTTM.replace("2.0", "-2.0"), "line 1: expected an offset from 1 s"),
    ("x.rttm", RTTM + " 5 0 1 2", "line 1: expected 1, 0 or <NA> as on-screen, got '2'"),
    ("x.rttm", RTTM + " 999 0 1 1", "line 1: expected an azimuth"),
    ("x.rttm", RTTM.replace("bell", "%FF"), "line 1: "),
    ("x.jsonl", line() + line()[:20], "line 2: expected an event as JSON, .*cut short"),
    ("x.jsonl", "[" * 100_000, "line 1: expected an event as JSON"),
    ("x.jsonl", "[1]\n", "line 1: expected an event as an object"),
    ("x.jsonl", '{"class": "bell", "onset": 1}', "line 1: .*got no 'offset'"),
    ("x.jsonl", line(onset="1"), "line 1: expected a number or null as onset, got '1'"),
    ("x.jsonl", line(onset=None), "line 1: expected an onset in seconds from 0, got nan"),
    ("x.jsonl", line(onset=True), "line 1: expected a number or null as onset, got True"),
    ("x.jsonl", line(azimuth=float("inf")), "line 1: expected a number or null as azimuth, got inf"),
    ("x.jsonl", line(**{"class": 3}), "line 1: expected the name of a class, got 3"),
    ("x.jsonl", line(onscreen=1), "line 1: expected true, false or null as onscreen, got 1"),
    ("x.jsonl", line(distance=-1), "line 1: expected a distance from 0, got -1"),
    ("x.jsonl", line(azimuth_interval=[1, 2]), "line 1: expected low, high and coverage as azimuth_interval"),
    ("x.jsonl", line(onscreen_segments={"onset": 1}), "line 1: expected onset, offset and onscreen as"),
    ("x.jsonl", line(onscreen_segments=[1]), "line 1: expected onset, offset and onscreen as"),
    ("x.jsonl", line(onscreen_segments=[{"onset": 1}]), "line 1: expected a time as offset of onscreen_seg"),
    (
        "x.jsonl",
        line(onscreen_segments=[SPAN | {"onset": 3}]),
        "line 1: .*in temporal order with true or fal",
    ),
    ("x.jsonl", line(onscreen_segments=[SPAN | {"onscreen": 1}]), "line 1: .*in temporal order with true or"),
    ("x.jsonl", line(onscreen_segments=[SPAN, SPAN]), "line 1: .*in temporal order with true or false, got"),
    ("x.jsonl", line(number=-1), "line 1: expected a whole number from 0 as number, got -1"),
    ("x.jsonl", line(trajectory=3), "line 1: expected columns as trajectory, got 3"),
    ("x.jsonl", line(trajectory={}), "line 1: expected the columns of a trajectory, got a column 'frame'"),
    ("x.jsonl", line(trajectory=ROWS | {"frame": [1, 2]}), "line 1: expected 2 values as azimuth"),
    ("x.jsonl", line(trajectory=ROWS | {"frame": [10**30]}), "line 1: expected a frame number from 0"),
    ("x.jsonl", line(trajectory=ROWS | {"frame": [-1]}), "line 1: expected a frame number from 0"),
    ("x.jsonl", line(trajectory=ROWS | {"azimuth": [700]}), "line 1: expected an azimuth of -180 to 180"),
    ("x.jsonl", line(trajectory=ROWS | {"onscreen": [1]}), "line 1: .*not a list of true and false"),
    ("x.events.csv", "", "line 1: expected the header onset,offset,class"),
    ("x.events.csv", TABLE.replace(",", ";"), "line 1: .*save it with commas"),
    (
        "x.events.csv",
        "frame,class,source,azimuth,distance\n",
        "got a table of frames; read it as annotations",
    ),
    ("x.events.csv", TABLE.replace("azimuth", "azimut"), "line 1: .*did you mean 'azimuth'"),
    ("x.events.csv", "onset,offset\n", "line 1: .*got no column 'class'"),
    ("x.events.csv", TABLE.replace("distance", "azimuth"), "line 1: .*got a name twice"),
    ("x.events.csv", TABLE + "1,2,bell\n", "line 2: expected 7 columns, got 3"),
    (
        "x.events.csv",
        TABLE + "1,2,bell,left,,,\n",
        "line 2: expected azimuth as a number or nothing, got 'left'",
    ),
    ("x.events.csv", TABLE + "1,2,bell,,,2,\n", "line 2: expected 1, 0 or nothing as onscreen, got 2"),
    ("x.events.csv", TABLE + ",2,bell,,,,\n", "line 2: expected an onset in seconds from 0, got nan"),
    ("x.events.csv", TABLE + "1,2,,,,,\n", "line 2: expected the name of a class"),
    ("x.events.csv", TABLE + '1,2,"bell,,,,\n', "expected comma-separated text, got"),
    ("x.events.csv", TABLE + "1,2," + "x" * 200_000 + ",,,,\n", "expected comma-separated text, got field"),
    (
        "x.events.csv",
        "onset,offset,class,azimuth_low\n1,2,bell,5\n",
        "azimuth_coverage together, got one without",
    ),
]


@pytest.mark.parametrize(("name", "content", "error"), DAMAGED, ids=lambda value: str(value)[:40])
def test_damage_is_said_in_one_line(name: str, content: str, error: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(content, "utf-8")
    with pytest.raises(FormatError) as caught:
        read_events(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert re.search(error, message), message
    assert "\n" not in message
    assert len(message) < 400 + len(str(path))


NAMES = sorted({name for name, _, _ in DAMAGED} | {"x.json"})
OTHER_FILES = {
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(64),
    "numbers": struct.pack("<8d", *range(8)) * 20,
    "latin1": "WEBVTT\n\nSäge".encode("latin-1"),
    "half a UTF-16": "\ufeffbell".encode("utf-16-le")[:-1],
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", OTHER_FILES.values(), ids=list(OTHER_FILES))
def test_what_is_no_text_is_said(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FormatError, match=re.escape(str(tmp_path / name))) as caught:
        read_events(tmp_path / name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_missing_files_and_folders_are_said(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder" / name).mkdir(parents=True)
    for path in (tmp_path / name, tmp_path / "folder" / name):
        with pytest.raises(FormatError, match="cannot be read"):
            read_events(path)


def test_the_events_of_a_damaged_json_are_said(tmp_path: Path) -> None:
    head = {"format": "seldkit-annotations", "version": 1, "classes": ["bell"]}
    for events, error in [(3, "a list of events, got 3"), ([{}], "got no 'class'")]:
        (tmp_path / "x.json").write_text(json.dumps(head | {"events": events}))
        with pytest.raises(FormatError, match=error):
            read_events(tmp_path / "x.json")


def refusal(path: Path) -> str | None:
    """What reading a file says against it; None where it is read."""
    try:
        read_events(path)
    except FormatError as problem:
        return str(problem)
    return None


@pytest.mark.parametrize("name", EVENT_FORMATS.names())
def test_a_file_damaged_anyhow_is_read_or_refused_in_one_line(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"x{EVENT_FORMATS[name].suffix}"
    write_events(SCENE, path)
    whole = path.read_bytes()
    random = np.random.default_rng(0)
    refused = 0
    for _ in range(150):
        start, length = random.integers(len(whole)), random.integers(1, 12)
        other = random.choice([b"", b"\n", b"9" * 9, b'"', b"-", b",", whole[start : start + 40], b"\xff\0"])
        path.write_bytes(whole[:start] + other + whole[start + length :])
        problem = refusal(path)
        refused += problem is not None
        assert "\n" not in (problem or "")
    assert refused > 20
