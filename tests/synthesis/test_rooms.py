"""Rooms: the physics that the labels rest on."""

import builtins

import numpy as np
import pytest

from seldkit.errors import MissingExtraError
from seldkit.synthesis.rooms import SAMPLE_RATE, Room, draw_room, mid_side_responses, to_stereo

OPEN = Room(size=(30.0, 30.0, 30.0), rt60=0.0, receiver=(15.0, 15.0, 15.0), heading=25.0, seed=0)
ROOM = Room(size=(6.0, 5.0, 3.0), rt60=0.5, receiver=(3.0, 2.5, 1.5), heading=-60.0, seed=0)


def heard(room: Room, azimuth: float, elevation: float, distance: float) -> np.ndarray:
    return mid_side_responses(room, room.position(azimuth, elevation, distance)[None])[0]


def amplitude(response: np.ndarray) -> np.ndarray:
    """Below 6 kHz, where the fractional delay is flat: the response's amplitude at 2 kHz."""
    time = np.arange(response.shape[1]) / SAMPLE_RATE
    return np.abs(response @ np.exp(-2j * np.pi * 2000.0 * time))


@pytest.mark.parametrize("azimuth", range(-180, 180, 15))
def test_level_ratio_of_an_anechoic_source_gives_back_its_azimuth(azimuth: float) -> None:
    left, right = amplitude(to_stereo(heard(OPEN, azimuth, 0.0, 2.0)))
    assert (left - right) / (left + right) == pytest.approx(np.sin(np.radians(azimuth)), abs=0.01)


def test_elevation_narrows_the_level_ratio() -> None:
    left, right = amplitude(to_stereo(heard(OPEN, 50.0, 30.0, 2.0)))
    expected = np.sin(np.radians(50.0)) * np.cos(np.radians(30.0))
    assert (left - right) / (left + right) == pytest.approx(expected, abs=0.01)


def test_direct_sound_has_the_amplitude_of_one_over_the_distance() -> None:
    levels = [amplitude(heard(OPEN, 10.0, 0.0, distance))[0] for distance in (1.0, 2.0, 4.0)]
    assert levels == pytest.approx([1.0, 0.5, 0.25], rel=0.01)


@pytest.mark.parametrize("distance", [1.0, 2.5, 5.0])
def test_direct_sound_arrives_after_the_distance(distance: float) -> None:
    peak = int(np.argmax(np.abs(heard(OPEN, 0.0, 0.0, distance)[0])))
    assert peak == pytest.approx(distance / 343.0 * SAMPLE_RATE, abs=1.0)


def test_the_room_leaves_the_direct_sound_alone() -> None:
    early = slice(0, 110)  # 4.6 ms: before the first reflection
    room, free = (heard(place, 30.0, 0.0, 1.0)[:, early] for place in (ROOM, OPEN))
    assert room == pytest.approx(free, abs=0.01)


def test_reverberation_decays_as_the_room_says() -> None:
    response = heard(ROOM, 30.0, 0.0, 2.0)[0]
    decay = 10.0 * np.log10(np.cumsum(response[::-1] ** 2)[::-1])
    drop = decay - decay[0]
    first, last = (int(np.argmax(drop < level)) for level in (-5.0, -25.0))
    assert 3.0 * (last - first) / SAMPLE_RATE == pytest.approx(ROOM.rt60, rel=0.3)


def test_the_tail_joins_the_images_without_a_step() -> None:
    response = heard(ROOM, 30.0, 0.0, 2.0)[0]
    energy = 10.0 * np.log10(np.square(response[: 20 * 480]).reshape(20, 480).mean(axis=1))
    assert np.abs(np.diff(energy[3:])).max() < 4.0  # 20 ms steps; the decay itself is 2.4 dB a step


def test_the_figure_eight_hears_a_third_of_the_late_energy() -> None:
    mid, side = heard(ROOM, 30.0, 0.0, 2.0)[:, int(0.15 * SAMPLE_RATE) :]
    assert np.sum(side**2) / np.sum(mid**2) == pytest.approx(1.0 / 3.0, rel=0.15)


def test_a_nearer_source_is_less_reverberant() -> None:
    def direct_share(distance: float) -> float:
        response = heard(ROOM, 20.0, 0.0, distance)[0]
        end = int((distance / 343.0 + 0.003) * SAMPLE_RATE)
        return float(np.sum(response[:end] ** 2) / np.sum(response**2))

    shares = [direct_share(distance) for distance in (0.5, 1.0, 2.0)]
    assert shares == sorted(shares, reverse=True)


def test_direction_undoes_position() -> None:
    point = ROOM.position(-130.0, 12.0, 1.7)
    azimuth, elevation, distance = ROOM.direction(point)
    assert (azimuth[0], elevation[0], distance[0]) == pytest.approx((-130.0, 12.0, 1.7))


def test_drawn_rooms_keep_the_receiver_off_the_walls() -> None:
    for seed in range(200):
        room = draw_room(np.random.default_rng(seed))
        receiver, size = np.asarray(room.receiver), np.asarray(room.size)
        assert np.all(receiver >= 0.5)
        assert np.all(size - receiver >= 0.5)
        assert 0.15 <= room.rt60 <= 0.9


def test_reach_ends_at_the_margin_of_a_wall() -> None:
    for azimuth in range(-180, 180, 20):
        point = ROOM.position(azimuth, 5.0, ROOM.reach(azimuth, 5.0))
        to_wall = np.minimum(point, np.asarray(ROOM.size) - point).min()
        assert to_wall == pytest.approx(0.2)


def test_without_pyroomacoustics_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: object, **kwargs: object) -> object:
        if name.startswith("pyroomacoustics"):
            raise ImportError(name)
        return real(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"seldkit\[synthesis\]"):
        heard(ROOM, 0.0, 0.0, 1.0)
