from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seldkit.annotations import Annotations, Event
from seldkit.classes import STARSS23
from seldkit.render import plot_timeline


def event(class_id: int, azimuth: float, onset: int = 10, frames: int = 30) -> Event:
    full = np.full(frames, 1.0)
    rows = Annotations(
        np.arange(onset, onset + frames),
        (full * class_id).astype(int),
        np.zeros(frames, int),
        full * azimuth,
        full * 2,
        100,
    )
    return Event(
        class_id,
        STARSS23[class_id],
        onset / 10,
        (onset + frames) / 10,
        azimuth,
        2.0,
        None,
        None,
        0.8,
        rows,
    )


def ink(path: Path, colour: tuple[int, int, int]) -> np.ndarray:
    """Rows of the picture in which a colour occurs."""
    picture = np.asarray(Image.open(path).convert("RGB")).astype(int)
    return np.flatnonzero((np.abs(picture - colour).sum(axis=2) < 12).any(axis=1))


BELL = (0x99, 0x4F, 0x00)


def test_left_is_drawn_above_right(tmp_path: Path) -> None:
    left = plot_timeline([event(11, 60.0)], tmp_path / "left.png", seconds=10)
    right = plot_timeline([event(11, -60.0)], tmp_path / "right.png", seconds=10)
    assert ink(left, BELL).min() < ink(right, BELL).min() - 100


def test_no_event_and_unknown_direction_are_drawn(tmp_path: Path) -> None:
    assert plot_timeline([], tmp_path / "none.png", seconds=0.0).stat().st_size > 5000
    unknown = plot_timeline([event(11, np.nan)], tmp_path / "unknown.png", seconds=10)
    assert len(ink(unknown, BELL)) > 0


@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_the_suffix_tells_the_format(tmp_path: Path, suffix: str, start: bytes) -> None:
    path = plot_timeline([event(3, 5.0)], tmp_path / f"x{suffix}", seconds=10, truth=[event(3, 8.0)])
    assert path.read_bytes().startswith(start)
    assert [child.name for child in tmp_path.iterdir()] == [path.name]


def test_a_title_with_signs_of_markup_is_drawn_as_it_is(tmp_path: Path) -> None:
    plot_timeline([], tmp_path / "x.png", seconds=1, title="a$b_{^<&>\"'\\.mp4")
