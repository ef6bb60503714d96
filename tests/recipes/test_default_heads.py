"""Rooms as a measured head hears them: recipes/default/heads.py."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from seldkit.synthesis.image_source import image_responses
from seldkit.synthesis.measured_responses import MeasuredResponses, MeasuredRoom
from seldkit.synthesis.rooms import SAMPLE_RATE, SPEED_OF_SOUND, Room, fibonacci_sphere

pytest.importorskip("h5py")
ROOM = Room((5.0, 4.0, 3.0), 0.4, (2.0, 1.5, 1.4), 30.0, 1)
FARTHEST = 8.0


@pytest.fixture
def heads(recipe: Callable[[str], ModuleType]) -> ModuleType:
    return recipe("heads")


@pytest.fixture(scope="module")
def measured() -> MeasuredResponses:
    """Ears as cardioids to the sides, 0.1 m from the middle."""
    around = fibonacci_sphere(300)
    responses = np.zeros((300, 2, 64))
    for ear, side in enumerate((1.0, -1.0)):
        late = 20 - side * around[:, 1] * 0.1 / SPEED_OF_SOUND * SAMPLE_RATE
        responses[np.arange(300), ear, late.round().astype(int)] = 0.55 + 0.45 * side * around[:, 1]
    azimuth, elevation = np.degrees([np.arctan2(around[:, 1], around[:, 0]), np.arcsin(around[:, 2])])
    return MeasuredResponses(azimuth, elevation, np.ones(300), responses, azimuth_reversed=False)


def test_images_are_those_of_the_image_source_kernel(heads: ModuleType) -> None:
    source = ROOM.position(40.0, 10.0, 1.2)
    away, gains = heads.images(ROOM, source, 0.0, FARTHEST)
    scale = SAMPLE_RATE / SPEED_OF_SOUND
    omni = np.array([[1.0, 0.0, 0.0, 0.0]])
    place = (np.asarray(ROOM.size), source, np.asarray(ROOM.receiver), omni, ROOM.reflection)
    kernel = image_responses(*place, int(FARTHEST * scale), scale)
    assert gains.sum(axis=1) == pytest.approx(kernel[:, 0].sum(axis=1), rel=0.01)
    nearest = away[np.linalg.norm(away, axis=1).argmin()]
    assert nearest / 1.2 == pytest.approx([0.754, 0.633, 0.174], abs=0.001)  # 40 degrees left, 10 up


def test_a_source_that_faces_the_head_sends_less_to_the_walls(heads: ModuleType) -> None:
    source = ROOM.position(40.0, 10.0, 1.2)
    away, all_around = heads.images(ROOM, source, 0.0, FARTHEST)
    _, narrow = heads.images(ROOM, source, 0.8, FARTHEST)
    direct = np.linalg.norm(away, axis=1).argmin()
    assert narrow[:, direct] == pytest.approx(all_around[:, direct])
    reflected, before = (np.square(np.delete(gains, direct, 1)).sum(1) for gains in (narrow, all_around))
    share = reflected / before
    assert share[1] < share[0] < 0.8


def test_a_room_is_heard_from_all_around_and_decays(
    heads: ModuleType, measured: MeasuredResponses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads.MeasuredResponses, "from_file", lambda _: measured)
    path = heads.make(tmp_path / "head.sofa", tmp_path, 1)
    monkeypatch.undo()
    found, (drawn, _) = MeasuredResponses.from_file(path), heads._drawn(np.random.default_rng((1, 4)))
    assert len(set(found.distance)) == 1
    assert np.ptp(found.azimuth) > 180.0
    assert not found.azimuth_reversed
    level = 10.0 * np.log10(np.square(found.responses).sum(axis=2))
    aside = np.abs(np.sin(np.radians(found.azimuth))) > 0.5
    assert (np.sign(level[:, 0] - level[:, 1]) == np.sign(np.sin(np.radians(found.azimuth))))[aside].all()
    decay = np.square(found.responses).sum(axis=(0, 1))[::-1].cumsum()[::-1]
    down = 10.0 * np.log10(decay / decay[0])
    seconds = 2.0 * (np.argmax(down < -35.0) - np.argmax(down < -5.0)) / SAMPLE_RATE
    assert 0.6 * drawn.rt60 < seconds < 1.2 * drawn.rt60
    assert MeasuredRoom.from_file(path).position(0.0, 0.0, 1.0).shape == (3,)


def test_rooms_are_the_same_again(heads: ModuleType, measured: MeasuredResponses) -> None:
    first, second = (heads.room_responses(measured, 3) for _ in range(2))
    assert np.array_equal(first[1], second[1])
    assert not np.array_equal(first[0][:5], heads.room_responses(measured, 4)[0][:5])
