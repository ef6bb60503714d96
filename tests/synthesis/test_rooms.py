"""Rooms: where things stand in them."""

import numpy as np
import pytest

from seldkit.synthesis.rooms import Room, draw_room

ROOM = Room(size=(6.0, 5.0, 3.0), rt60=0.5, receiver=(3.0, 2.5, 1.5), heading=-60.0, seed=0)


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


def test_distance_to_wall_ends_at_the_margin() -> None:
    for azimuth in range(-180, 180, 20):
        point = ROOM.position(azimuth, 5.0, ROOM.distance_to_wall(azimuth, 5.0))
        to_wall = np.minimum(point, np.asarray(ROOM.size) - point).min()
        assert to_wall == pytest.approx(0.2)
