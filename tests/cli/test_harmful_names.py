"""File names that hold markup, formulas, quotes, line ends and escapes, through all that detect writes."""

from pathlib import Path

import numpy as np
import pytest

from bad_input.models import good_model
from cli.commands import Command
from render.test_detection_page import Elements
from seldkit.formats import EVENT_FORMATS, read_annotations, read_events
from seldkit.media import probe, read_audio, write_video

STEMS = (
    "<script><img src=x onerror=alert(1)>",
    '=HYPERLINK("x","y")',
    '-rm\' "quoted" $(x) `y` %2e%2e%2f ..\\..',
    "two\nlines\r\tand\x1b[31m red",
    "[bold]rich {0} $x^{",
    "..clip #1?a&b",
    "\u202egnp.電話",
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return good_model(tmp_path_factory.mktemp("model"))


def test_harmful_file_names_stay_names(command: Command, model: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    sound = 0.1 * np.random.default_rng(0).normal(size=(2, 24000)).astype(np.float32)
    first = write_video(
        tmp_path / "a.mp4", [np.full((90, 160, 3), 90, np.uint8)] * 5, 5, audio=(sound, 24000)
    )
    for stem in STEMS:
        (tmp_path / "in" / f"{stem}.mp4").write_bytes(first.read_bytes())
    formats = [part for name in (*EVENT_FORMATS.names(), "csv", "json") for part in ("--format", name)]
    drawn = ("--render", "--plot", "--report")
    output = tmp_path / "out"
    result = command(
        *("detect", tmp_path / "in", "--model", model, "--threshold", 0.01, "--output", output),
        *(*formats, *drawn),
    )
    assert result.status == 0, result.err
    assert "\x1b[31m" not in result.out + result.err
    suffixes = {EVENT_FORMATS[name].suffix for name in EVENT_FORMATS.names()}
    suffixes |= {".csv", ".json", ".png", ".html", ".annotated.mp4"}
    results = {stem + suffix for stem in STEMS for suffix in suffixes}
    assert {path.name for path in output.iterdir()} == {*results, "classes.txt"}
    assert {path.name for path in tmp_path.iterdir()} == {"a.mp4", "in", "out"}
    for stem in STEMS:
        _is_sound(output, stem)


def _is_sound(output: Path, stem: str) -> None:
    """All files of one recording can be read, and say the same number of events."""
    count = len(read_events(output / f"{stem}.json"))
    for name in EVENT_FORMATS.names():
        assert len(read_events(output / f"{stem}{EVENT_FORMATS[name].suffix}", name)) == count > 0
    assert len(read_annotations(output / f"{stem}.csv")) > 0
    video = output / f"{stem}.annotated.mp4"
    assert probe(video).video is not None
    assert read_audio(video)[0].any()
    page = Elements((output / f"{stem}.html").read_text("utf-8"))
    assert not any(tag == "img" for tag, _ in page.elements)
    assert page.data("extra")["media"]["name"] == f"{stem}.mp4"
