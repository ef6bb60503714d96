from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from media.making import noise
from render.drawing import event
from seldkit.errors import MediaError
from seldkit.media import write_audio
from seldkit.render import plot_timeline, timeline_figure
from seldkit.render.audio_overview import compute_audio_overview
from seldkit.render.palette import LINE_STYLES, MARKERS, PALETTE, class_colour, class_line_style, class_marker


def rows_with_colour(path: Path, colour: tuple[int, int, int]) -> np.ndarray:
    """Rows of the image that contain a colour."""
    image = np.asarray(Image.open(path).convert("RGB")).astype(int)
    return np.flatnonzero((np.abs(image - colour).sum(axis=2) < 12).any(axis=1))


BELL = (0x43, 0x32, 0x00)


def test_left_is_plotted_above_right(tmp_path: Path) -> None:
    left = plot_timeline([event(azimuth=(60.0,))], tmp_path / "left.png", seconds=10)
    right = plot_timeline([event(azimuth=(-60.0,))], tmp_path / "right.png", seconds=10)
    assert rows_with_colour(left, BELL).min() < rows_with_colour(right, BELL).min() - 100


def test_missing_events_and_unknown_directions_are_plotted(tmp_path: Path) -> None:
    assert plot_timeline([], tmp_path / "none.png", seconds=0.0).stat().st_size > 5000
    unknown = plot_timeline([event(azimuth=(np.nan,))], tmp_path / "unknown.png", seconds=10)
    assert len(rows_with_colour(unknown, BELL)) > 0


@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_suffix_selects_the_format(tmp_path: Path, suffix: str, start: bytes) -> None:
    path = plot_timeline([event()], tmp_path / f"x{suffix}", seconds=10, reference=[event(onset=0.5)])
    assert path.read_bytes().startswith(start)
    assert [child.name for child in tmp_path.iterdir()] == [path.name]


def test_titles_are_not_parsed_as_formulas(tmp_path: Path) -> None:
    title = "a$b_{^<&>\"'\\\n電.mp4"
    plot_timeline([event(title)], tmp_path / "x.png", seconds=1, title=title)


def test_audio_is_plotted(tmp_path: Path) -> None:
    for channels, rows in ((2, 5), (1, 4)):
        sound = write_audio(tmp_path / "a.wav", noise(1.0, channels=channels), 48000)
        figure = timeline_figure([event()], seconds=1.0, overview=compute_audio_overview(sound))
        assert len(figure.axes) == rows
    path = plot_timeline([event()], tmp_path / "x.svg", seconds=1.0, audio=sound)
    assert path.stat().st_size > 20_000
    with pytest.raises(MediaError, match="no such file"):
        plot_timeline([], tmp_path / "y.png", seconds=1.0, audio=tmp_path / "none.wav")
    assert not (tmp_path / "y.png").exists()


def test_classes_differ_in_marker_or_line_style() -> None:
    styles = {(class_marker(number), str(class_line_style(number))) for number in range(len(PALETTE))}
    assert len(styles) == len(PALETTE)
    assert np.gcd(len(MARKERS), len(LINE_STYLES)) == 1
    assert len({class_colour(number) for number in range(len(PALETTE))}) == len(PALETTE)
