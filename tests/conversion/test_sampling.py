"""Drawing of cuts, and inference of the unit of distances."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seldkit.conversion.distance_units import infer_unit, unit_evidence
from seldkit.conversion.sampling import Cut, count_cuts, draw_cuts, draw_official_cuts
from seldkit.errors import DatasetError

# What the official generator drew of four recordings of 111, 93, 140 and 72 frames.
OFFICIAL = [
    (2, 84, 60), (1, 7, 19), (1, 14, 26), (1, 24, 161), (1, 27, 176), (2, 45, 291),
    (0, 1, 43), (2, 20, 175), (2, 52, 229), (0, 49, 139), (3, 9, 13), (1, 15, 303),
    (1, 0, 259), (0, 14, 222), (1, 24, 204), (3, 1, 113), (3, 15, 106), (0, 46, 103),
    (2, 12, 273), (0, 53, 4), (2, 10, 314), (0, 59, 292), (0, 37, 333), (1, 21, 6),
    (3, 19, 146), (3, 10, 258), (0, 4, 304), (0, 6, 160), (1, 37, 261),
]  # fmt: skip


def test_official_cuts_equal_those_of_the_official_generator() -> None:
    assert list(islice(draw_official_cuts([111, 93, 140, 72], 50), 29)) == [Cut(*one) for one in OFFICIAL]


def test_official_cuts_reject_short_recordings() -> None:
    with pytest.raises(ValueError, match="expected recordings of at least 50 frames"):
        next(draw_official_cuts([111, 49], 50))


def test_a_cut_depends_on_the_seed_and_its_number_only() -> None:
    first, second = (list(islice(draw_cuts([100, 70], 50, 3), count)) for count in (5, 40))
    assert second[:5] == first
    assert list(islice(draw_cuts([100, 70], 50, 4), 5)) != first


@settings(derandomize=True, max_examples=25)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=6), st.integers(1, 30), st.integers(0, 1000))
def test_cuts_lie_within_their_recordings(lengths: list[int], frames: int, seed: int) -> None:
    if max(lengths) < frames:
        assert count_cuts(lengths, frames) == 0
        with pytest.raises(ValueError, match="expected a recording of at least"):
            next(draw_cuts(lengths, frames, seed))
        return
    for cut in islice(draw_cuts(lengths, frames, seed), 20):
        assert 0 <= cut.start <= lengths[cut.recording] - frames
        assert 0 <= cut.view < 360


def test_all_segments_have_the_same_probability() -> None:
    cuts = list(islice(draw_cuts([12, 5, 10], 10, 0), 4000))
    counts = np.bincount([cut.start + 10 * cut.recording for cut in cuts], minlength=21)
    assert (
        counts[[0, 1, 2, 20]].sum() == 4000
    )  # three starts in the first, none in the second, one in the third
    assert counts[[0, 1, 2, 20]].min() > 900
    views = np.bincount([cut.view for cut in cuts], minlength=360)
    assert len(views) == 360
    assert (views > 0).sum() > 350


@pytest.mark.parametrize(
    ("distances", "unit"),
    [
        ([155, 80, 320], "cm"),
        ([31, 40], "cm"),
        ([155.5, 220.25], "cm"),
        ([8, 250], "cm"),  # something close by, in whole numbers
        ([1.73, 2.5], "m"),
        ([0.4, 12.3], "m"),
        ([1.5, 0.0, np.nan], "m"),
        ([1, 2, 3], None),  # metres cut to whole ones, or centimetres
        ([25, 28], None),
        ([1.73, 35.2], None),  # farther than a room, nearer than a hand
        ([], None),
        ([0, 0], None),
    ],
)
def test_the_unit_follows_from_the_values(distances: list[float], unit: str | None) -> None:
    assert unit_evidence(np.array(distances, float)).unit == unit


@settings(derandomize=True, max_examples=50)
@given(st.lists(st.floats(0.3, 15.0).map(lambda metres: round(metres, 3)), min_size=1, max_size=30))
def test_metres_and_centimetres_are_not_confused(metres: list[float]) -> None:
    assert unit_evidence(np.array(metres)).unit in ("m", None)
    assert unit_evidence(np.rint(np.array(metres) * 100)).unit in ("cm", None)


A, B, C = Path("a.csv"), Path("b.csv"), Path("c.csv")


def test_a_source_has_one_unit_with_a_reason() -> None:
    unit, why = infer_unit([(A, np.array([])), (B, np.array([1.73])), (C, np.array([2.0]))])
    assert unit == "m"
    assert "1 of 3 files" in why
    assert "b.csv" in why
    assert "1.73" in why
    assert infer_unit([(A, np.array([155.0])), (B, np.array([25.0]))])[0] == "cm"
    assert infer_unit([(A, np.array([]))]) == ("cm", "no file has distances")


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ([[2.0, 3.0]], r"^a.csv: .*whole numbers from 2 to 3 .*--units m or --units cm"),
        ([[155.0], [2.0, 3.0]], r"^b.csv: .*the other files are in cm"),
        ([[155.0], [1.73]], r"^b.csv: .* in m, those of a.csv .* in cm.*--units"),
        ([[1.73, 35.2]], r"^a.csv: .*fractions from 1.73 to 35.2.*--units"),
    ],
)
def test_unclear_units_are_reported(tables: list[list[float]], message: str) -> None:
    files = [(path, np.array(table)) for path, table in zip((A, B, C), tables, strict=False)]
    with pytest.raises(DatasetError, match=message) as caught:
        infer_unit(files)
    assert "\n" not in str(caught.value)
