"""Shoebox rooms, and where things stand in them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from seldkit.types import Floats

SAMPLE_RATE: Final = 24000
SPEED_OF_SOUND: Final = 343.0
HIGH_BAND_DECAY_FACTOR: Final = 1.33
"""How much faster a room decays above the crossover, as walls and air make it."""
CALIBRATED_SECONDS: Final = 0.07
"""When a room's images have decayed as its RT60 says: in the middle of where the tail takes over."""
CALIBRATED_DIRECTIONS: Final = 512
NEWTON_STEPS: Final = 8


@dataclass(frozen=True)
class Room:
    """A shoebox and the receiver in it.

    size: metres (x, y, z); rt60: seconds, below 2 kHz; receiver: metres (x, y, z) from the room's corner;
    heading: degrees from the room's x axis to where the receiver looks; seed: of the tails' noise. An `rt60`
    of 0 is an anechoic room.
    """

    size: tuple[float, float, float]
    rt60: float
    receiver: tuple[float, float, float]
    heading: float
    seed: int

    def position(self, azimuth: float, elevation: float, distance: float) -> Floats:
        """The point (metres) that lies in a direction (degrees, azimuth positive to the left)."""
        return np.asarray(self.receiver) + distance * _unit(azimuth + self.heading, elevation)

    def direction(self, points: Floats) -> tuple[Floats, Floats, Floats]:
        """Azimuth in (−180, 180] and elevation in degrees, distance in metres; points (n, 3)."""
        offset = np.atleast_2d(points) - np.asarray(self.receiver)
        distance = np.linalg.norm(offset, axis=1)
        azimuth = np.degrees(np.arctan2(offset[:, 1], offset[:, 0])) - self.heading
        elevation = np.degrees(np.arcsin(offset[:, 2] / np.maximum(distance, 1e-9)))
        return -((180.0 - azimuth) % 360.0 - 180.0), elevation, distance

    def reach(self, azimuth: float, elevation: float, margin: float = 0.2) -> float:
        """How many metres a source can be away in a direction, `margin` metres from the walls."""
        unit = _unit(azimuth + self.heading, elevation)
        size, receiver = np.asarray(self.size), np.asarray(self.receiver)
        wall = np.where(unit > 0, size - margin, margin)
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = (wall - receiver) / unit
        return float(np.min(steps[np.abs(unit) > 1e-9]))

    @property
    def axes(self) -> Floats:
        """The receiver's directions ahead, left and up in the room's axes: (3, 3), one a row."""
        return np.stack([_unit(self.heading, 0.0), _unit(self.heading + 90.0, 0.0), [0.0, 0.0, 1.0]])

    @cached_property
    def reflection(self) -> Floats:
        """What a wall leaves of a sound's amplitude below and above 2 kHz: (2,).

        Such that after `CALIBRATED_SECONDS` the images have lost what `rt60` says. Eyring's formula says the
        same of a room whose sound mixes well; a shoebox's does not, and would decay too slowly by it.
        """
        if self.rt60 == 0:
            return np.zeros(2)
        lost = np.log(1e6) * CALIBRATED_SECONDS / self.rt60 * np.array([1.0, HIGH_BAND_DECAY_FACTOR])
        walls_a_metre = (np.abs(fibonacci_sphere(CALIBRATED_DIRECTIONS)) / np.asarray(self.size)).sum(axis=1)
        absorbed = lost / walls_a_metre.mean()  # of the energy, in nepers times metres travelled
        for _ in range(NEWTON_STEPS):
            left = np.exp(-absorbed[:, None] * walls_a_metre)
            slope = (left * walls_a_metre).mean(axis=1) / left.mean(axis=1)
            absorbed = absorbed + (np.log(left.mean(axis=1)) + lost) / slope
        return np.asarray(np.exp(-0.5 * absorbed / (CALIBRATED_SECONDS * SPEED_OF_SOUND)))


def fibonacci_sphere(count: int) -> Floats:
    """Unit directions evenly over the sphere, along a Fibonacci spiral: (count, 3)."""
    number = np.arange(count) + 0.5
    z = 1.0 - 2.0 * number / count
    angle = np.pi * (1.0 + np.sqrt(5.0)) * number
    flat = np.sqrt(1.0 - z**2)
    return np.stack([flat * np.cos(angle), flat * np.sin(angle), z], axis=1)


def draw_room(rng: np.random.Generator) -> Room:
    """A living room to a small hall, the receiver at least 0.5 m from its walls."""
    size = (rng.uniform(3.0, 10.0), rng.uniform(3.0, 8.0), rng.uniform(2.4, 4.0))
    receiver = (
        rng.uniform(0.5, size[0] - 0.5),
        rng.uniform(0.5, size[1] - 0.5),
        rng.uniform(0.9, min(1.9, size[2] - 0.5)),
    )
    return Room(size, rng.uniform(0.15, 0.9), receiver, rng.uniform(-180.0, 180.0), int(rng.integers(2**31)))


def _unit(azimuth: float, elevation: float) -> Floats:
    azimuth, elevation = np.radians(azimuth), np.radians(elevation)
    flat = np.cos(elevation)
    return np.array([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)])
