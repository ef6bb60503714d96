import numpy as np
import pytest

from seldkit.annotations import Annotations
from seldkit.classes import STARSS23, class_number
from seldkit.registry import Registry, UnknownNameError


def table(rows: int = 3, frame_count: int = 50, **columns: object) -> Annotations:
    numbers = np.arange(rows)
    base = {"frame": numbers, "class_id": numbers % 13, "source": numbers * 0, "azimuth": numbers * 10.0}
    return Annotations(**{**base, "distance": numbers + 1.0, **columns}, frame_count=frame_count)  # type: ignore[arg-type]


def test_columns_are_read_only_and_typed() -> None:
    annotations = table(onscreen=[1, 0, 1])
    assert annotations.onscreen is not None
    assert (annotations.frame.dtype, annotations.onscreen.dtype) == (np.int64, np.bool_)
    with pytest.raises(ValueError, match="read-only"):
        annotations.azimuth[0] = 5.0


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"azimuth": [0.0]}, "column 'azimuth' must hold 3 values"),
        ({"frame": [0, 1, 50]}, "frames must lie in 0 to 49, got 0 to 50"),
        ({"frame": [-1, 1, 2]}, "frames must lie"),
        ({"class_id": [0, 1, 13]}, "class numbers must lie in 0 to 12"),
        ({"distance": [1.0, -0.5, np.nan]}, "must not be negative, got -0.5"),
    ],
)
def test_impossible_values_are_refused(columns: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        table(**columns)


def test_unknown_values_are_equal() -> None:
    assert table(distance=[1.0, np.nan, 2.0]) == table(distance=[1.0, np.nan, 2.0])
    assert table() != table(azimuth=[0.0, 1.0, 2.0])
    assert table() != table(onscreen=[True, True, True])
    assert table(frame_count=50) != table(frame_count=51)


def test_mirroring_twice_changes_nothing() -> None:
    assert table().mirrored().mirrored() == table()
    np.testing.assert_array_equal(table().mirrored().azimuth, [0, -10, -20])


def test_sorting_keeps_the_order_of_equal_rows() -> None:
    annotations = table(4, frame=[2, 1, 1, 1], class_id=[0, 5, 5, 4], azimuth=[0.0, 1.0, 2.0, 3.0])
    np.testing.assert_array_equal(annotations.sorted().azimuth, [3, 1, 2, 0])


def test_segments_join_to_the_complete_clip() -> None:
    whole = table(10, confidence=np.linspace(0, 1, 10))
    parts = [
        (0, whole.take(whole.frame < 4).with_frame_count(4)),
        (4, table(6, frame=np.arange(6), class_id=np.arange(4, 10), azimuth=np.arange(4, 10) * 10.0,
                  distance=np.arange(5, 11.0), confidence=np.linspace(0, 1, 10)[4:])),
    ]  # fmt: skip
    assert Annotations.concatenate(parts, 50) == whole
    assert Annotations.concatenate([], 7) == Annotations.empty(7)


def test_a_shorter_clip_loses_the_rows_after_it() -> None:
    assert len(table(10).with_frame_count(4)) == 4
    assert table(10).with_frame_count(100).seconds == 10.0


def test_class_names_are_found_in_any_spelling() -> None:
    assert class_number("Water_Tap") == class_number("water-tap") == STARSS23.index("water tap")
    with pytest.raises(ValueError, match="did you mean 'footsteps'"):
        class_number("footstep")


def test_a_registry_names_the_nearest_part() -> None:
    parts: Registry[int] = Registry("fusion")
    parts.register("cross-modal-conformer")(1)
    assert parts["cross-modal-conformer"] == 1
    with pytest.raises(UnknownNameError, match="unknown fusion 'crossmodal'; did you mean 'cross-modal"):
        parts["crossmodal"]
    with pytest.raises(ValueError, match="registered twice"):
        parts.register("cross-modal-conformer")(2)
