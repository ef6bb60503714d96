import numpy as np
import pytest

from paths import vector
from seldkit.accdoa import decode, decode_targets, encode_single_targets, encode_targets
from seldkit.annotations import Annotations
from seldkit.formats import read_annotations

OFFICIAL = np.load(vector("dcase2025/adpit_targets.npz"))


def clip(rows: list[tuple[int, int, float, float]], **columns: object) -> Annotations:
    frame, class_id, azimuth, distance = (np.array(column) for column in zip(*rows, strict=True))
    columns = {"onscreen": np.arange(len(rows)) % 2 == 0, **columns}
    return Annotations(frame, class_id, frame * 0, azimuth, distance, 50, **columns)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", OFFICIAL.files)
def test_targets_equal_the_official_ones(name: str) -> None:
    (path,) = vector("dcase2025/reference").rglob(name)
    np.testing.assert_allclose(encode_targets(read_annotations(path))[:50], OFFICIAL[name], atol=1e-6)


def test_the_number_of_sources_of_a_class_determines_the_tracks() -> None:
    for count, slots in ((1, [0]), (2, [1, 2]), (3, [3, 4, 5]), (5, [3, 4, 5])):
        rows = [(7, 3, 10.0 * number, 1.0 + number) for number in range(count)]
        target = encode_targets(clip(rows))
        active = np.flatnonzero(target[7, :, 0, 3])
        np.testing.assert_array_equal(active, slots)
        np.testing.assert_allclose(target[7, active, 3, 3], 1.0 + np.arange(len(slots)))


def test_rows_of_a_class_need_not_be_adjacent() -> None:
    target = encode_targets(clip([(0, 3, 0.0, 1.0), (0, 1, 0.0, 9.0), (0, 3, 90.0, 2.0)]))
    np.testing.assert_allclose(target[0, 1:3, 3, 3], [1.0, 2.0])


def test_decoding_a_target_gives_the_annotations() -> None:
    rows = [
        (frame, class_id, 37.0 * class_id - 80, 0.5 + class_id)
        for frame in (0, 20, 49)
        for class_id in range(5)
    ]
    labels = clip(rows, elevation=np.linspace(-60, 60, 15))
    elements = ("x", "y", "z", "distance", "onscreen")
    tracks = encode_targets(labels, elements)[:, [0, 0, 0], 1:]  # one source fills all three tracks
    (found,) = decode(tracks[None], elements)
    for name in ("frame", "class_id", "azimuth", "elevation", "distance", "onscreen"):
        np.testing.assert_allclose(getattr(found, name), getattr(labels, name), atol=1e-4)


def test_single_targets_keep_the_last_source() -> None:
    target = encode_single_targets(clip([(4, 2, 0.0, 1.0), (4, 2, 90.0, 3.0)]))
    np.testing.assert_allclose(target[4, :, 2], [0.0, 1.0, 3.0, 0.0], atol=1e-6)
    assert np.count_nonzero(target[:, :, 3]) == 0


def test_missing_values_are_rejected() -> None:
    with pytest.raises(ValueError, match="expected annotations with 'onscreen'"):
        encode_targets(clip([(0, 0, 0.0, 1.0)], onscreen=None))
    with pytest.raises(ValueError, match="expected annotations with 'distance'"):
        encode_targets(clip([(0, 0, 0.0, np.nan)]))
    assert encode_targets(clip([(0, 0, 0.0, np.nan)]), ("x", "y")).shape == (50, 6, 3, 13)


def test_an_empty_clip_has_zero_targets() -> None:
    assert not encode_targets(Annotations.empty(50), ("x", "y", "distance")).any()


def test_targets_are_converted_back_to_annotations() -> None:
    rng = np.random.default_rng(3)
    rows = [
        (frame, class_id, float(rng.uniform(-180, 180)), float(rng.uniform(0.3, 5.0)))
        for frame in (0, 9, 49)
        for class_id in (1, 4, 12)
        for _ in range(rng.integers(1, 4))
    ]
    labels = clip(rows, elevation=rng.uniform(-60, 60, len(rows)))
    elements = ("x", "y", "z", "distance", "onscreen")
    targets = encode_targets(labels, elements)
    found = decode_targets(targets, elements)
    np.testing.assert_array_equal(encode_targets(found, elements) > 0.5, targets > 0.5)
    np.testing.assert_allclose(encode_targets(found, elements), targets, atol=1e-5)
    by_place = [np.lexsort((table.azimuth, table.class_id, table.frame)) for table in (labels, found)]
    for name in ("frame", "class_id", "azimuth", "elevation", "distance", "onscreen"):
        first, second = getattr(labels, name)[by_place[0]], getattr(found, name)[by_place[1]]
        np.testing.assert_allclose(first, second, atol=1e-3)
    assert set(found.source) == {0, 1, 2}
