"""Shoebox rooms and the positions of sources in them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Final

import numpy as np
from pydantic import Field

from seldkit.geometry import unit_vector
from seldkit.synthesis.value_ranges import Degrees, Point, RoomSize, Seed
from seldkit.types import Floats

SAMPLE_RATE: Final = 24000
"""Sample rate of all synthesized audio, in Hz."""
SPEED_OF_SOUND: Final = 343.0
"""Speed of sound in metres per second."""
HIGH_BAND_DECAY_FACTOR: Final = 1.33
"""Decay rate above the crossover frequency relative to below, due to the absorption of walls and air."""
DECAY_MATCH_SECONDS: Final = 0.07
"""Time at which the image sources have decayed as the RT60 requires: the middle of the fade to the tail."""
DECAY_DIRECTIONS: Final = 512
"""Directions over which the decay of the image sources is averaged."""
NEWTON_STEPS: Final = 8
"""Iterations for the wall absorption."""


@dataclass(frozen=True)
class Room:
    """A shoebox room with one receiver.

    Attributes:
        size: Length, width and height (x, y, z) in metres.
        rt60: Reverberation time below 2 kHz in seconds; 0 is an anechoic room.
        receiver: Position of the receiver (x, y, z) in metres from a corner of the room.
        heading: Direction in which the receiver points, in degrees from the room's x axis.
        seed: Random seed of the reverberant tail.
    """

    size: RoomSize
    rt60: Annotated[float, Field(ge=0, le=30)]
    receiver: Point
    heading: Degrees
    seed: Seed

    def position(self, azimuth: float, elevation: float, distance: float) -> Floats:
        """Returns the point at a direction and distance from the receiver.

        Args:
            azimuth: Azimuth in degrees, positive to the left.
            elevation: Elevation in degrees.
            distance: Distance in metres.

        Returns:
            Point in metres in the room's axes, shape ``(3,)``.
        """
        return np.asarray(self.receiver) + distance * _unit(azimuth + self.heading, elevation)

    def direction(self, points: Floats) -> tuple[Floats, Floats, Floats]:
        """Returns the directions and distances of points from the receiver.

        Args:
            points: Points in metres in the room's axes, shape ``(n, 3)`` or ``(3,)``.

        Returns:
            Azimuths in (-180, 180] and elevations in degrees, distances in metres, each of shape ``(n,)``.
        """
        offset = np.atleast_2d(points) - np.asarray(self.receiver)
        distance = np.linalg.norm(offset, axis=1)
        azimuth = np.degrees(np.arctan2(offset[:, 1], offset[:, 0])) - self.heading
        elevation = np.degrees(np.arcsin(offset[:, 2] / np.maximum(distance, 1e-9)))
        return -((180.0 - azimuth) % 360.0 - 180.0), elevation, distance

    def distance_to_wall(self, azimuth: float, elevation: float, margin: float = 0.2) -> float:
        """Returns the distance from the receiver to the wall, floor or ceiling in a direction.

        Args:
            azimuth: Azimuth in degrees, positive to the left.
            elevation: Elevation in degrees.
            margin: Minimum distance to every wall in metres, by which the room is reduced.

        Returns:
            Distance in metres.
        """
        return _distance_to_wall(self.size, self.receiver, _unit(azimuth + self.heading, elevation), margin)

    @property
    def axes(self) -> Floats:
        """Unit vectors ahead, left and up of the receiver in the room's axes, one per row, shape (3, 3)."""
        return np.stack([_unit(self.heading, 0.0), _unit(self.heading + 90.0, 0.0), [0.0, 0.0, 1.0]])

    @cached_property
    def reflection(self) -> Floats:
        """Reflection coefficients of the walls (amplitude) below and above 2 kHz, shape (2,).

        They are chosen so that the image sources have decayed at `DECAY_MATCH_SECONDS` as the RT60 requires.
        The formula of Eyring (1930) assumes a diffuse field; the image sources of a shoebox room, whose decay
        is averaged here over directions, would decay too slowly with its coefficients.
        """
        if self.rt60 == 0:
            return np.zeros(2)
        decay = np.log(1e6) * DECAY_MATCH_SECONDS / self.rt60 * np.array([1.0, HIGH_BAND_DECAY_FACTOR])
        walls_per_metre = (np.abs(fibonacci_sphere(DECAY_DIRECTIONS)) / np.asarray(self.size)).sum(axis=1)
        absorption = decay / walls_per_metre.mean()  # of the energy, in nepers times the path in metres
        for _ in range(NEWTON_STEPS):
            energy = np.exp(-absorption[:, None] * walls_per_metre)
            slope = (energy * walls_per_metre).mean(axis=1) / energy.mean(axis=1)
            absorption = absorption + (np.log(energy.mean(axis=1)) + decay) / slope
        return np.asarray(np.exp(-0.5 * absorption / (DECAY_MATCH_SECONDS * SPEED_OF_SOUND)))


@dataclass(frozen=True)
class CameraSpace:
    """The shoebox room that a camera shows; as `Room`, without acoustics.

    Attributes:
        size: Length, width and height (x, y, z) in metres.
        camera: Position of the camera (x, y, z) in metres from a corner of the room.
        heading: Direction of azimuth 0 in degrees from the room's x axis.
    """

    size: RoomSize
    camera: Point
    heading: Degrees

    def distance_to_wall(self, azimuth: float, elevation: float = 0.0, margin: float = 0.15) -> float:
        """Returns the distance from the camera to the wall, floor or ceiling in a direction.

        Args:
            azimuth: Azimuth in degrees, positive to the left.
            elevation: Elevation in degrees.
            margin: Minimum distance to every wall in metres, by which the room is reduced.

        Returns:
            Distance in metres, at least 0.
        """
        unit = unit_vector(azimuth + self.heading, elevation)
        return max(0.0, _distance_to_wall(self.size, self.camera, unit, margin))


def fibonacci_sphere(count: int) -> Floats:
    """Returns directions that are evenly distributed over the sphere, along a Fibonacci spiral.

    Args:
        count: Number of directions.

    Returns:
        Unit vectors, shape ``(count, 3)``.
    """
    number = np.arange(count) + 0.5
    z = 1.0 - 2.0 * number / count
    angle = np.pi * (1.0 + np.sqrt(5.0)) * number
    horizontal = np.sqrt(1.0 - z**2)
    return np.stack([horizontal * np.cos(angle), horizontal * np.sin(angle), z], axis=1)


def draw_room(rng: np.random.Generator) -> Room:
    """Draws a room between a living room and a small hall, with a receiver at least 0.5 m from its walls.

    Args:
        rng: Random number generator.

    Returns:
        The room.
    """
    size = (rng.uniform(3.0, 10.0), rng.uniform(3.0, 8.0), rng.uniform(2.4, 4.0))
    receiver = (
        rng.uniform(0.5, size[0] - 0.5),
        rng.uniform(0.5, size[1] - 0.5),
        rng.uniform(0.9, min(1.9, size[2] - 0.5)),
    )
    return Room(size, rng.uniform(0.15, 0.9), receiver, rng.uniform(-180.0, 180.0), int(rng.integers(2**31)))


def _distance_to_wall(
    size: tuple[float, float, float], origin: tuple[float, float, float], unit: Floats, margin: float
) -> float:
    wall = np.where(unit > 0, np.asarray(size) - margin, margin)
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = (wall - np.asarray(origin)) / unit
    return float(np.min(steps[np.abs(unit) > 1e-9]))


def _unit(azimuth: float, elevation: float) -> Floats:
    azimuth, elevation = np.radians(azimuth), np.radians(elevation)
    horizontal = np.cos(elevation)
    return np.array([horizontal * np.cos(azimuth), horizontal * np.sin(azimuth), np.sin(elevation)])
