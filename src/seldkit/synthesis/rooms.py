"""Shoebox rooms and what a coincident stereo receiver hears in them.

The receiver is a mid-side pair at one point: an omnidirectional microphone (W) and a figure-eight that
points to the left (Y). Its stereo is L = W + Y and R = W − Y, as in the DCASE 2025 stereo data set.

Responses are image sources to a fixed order (pyroomacoustics) and, after the time up to which these are
complete, diffuse noise that decays with the room's reverberation time. The direct sound of a source at
`r` metres has the amplitude 1/r and arrives after r/c seconds.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from seldkit.errors import MissingExtraError

SAMPLE_RATE: Final = 24000
SPEED_OF_SOUND: Final = 343.0
IMAGE_ORDER: Final = 12
LEAD: Final = 40
"""Samples by which pyroomacoustics delays every response: half of its fractional-delay filter."""
JOIN_SECONDS: Final = 0.02
"""Length of the transition from image sources to the diffuse tail."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Room:
    """A shoebox and the receiver in it.

    size: metres (x, y, z); rt60: seconds; receiver: metres (x, y, z) from the room's corner; heading:
    degrees from the room's x axis to where the receiver looks; seed: of the tail's noise. An `rt60` of
    0 is an anechoic room.
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


def draw_room(rng: np.random.Generator) -> Room:
    """A living room to a small hall, the receiver at least 0.5 m from its walls."""
    size = (rng.uniform(3.0, 10.0), rng.uniform(3.0, 8.0), rng.uniform(2.4, 4.0))
    receiver = (
        rng.uniform(0.5, size[0] - 0.5),
        rng.uniform(0.5, size[1] - 0.5),
        rng.uniform(0.9, min(1.9, size[2] - 0.5)),
    )
    return Room(size, rng.uniform(0.15, 0.9), receiver, rng.uniform(-180.0, 180.0), int(rng.integers(2**31)))


def mid_side_responses(room: Room, points: Floats, sample_rate: int = SAMPLE_RATE) -> list[Floats]:
    """The responses (2, samples) of W and Y to a source at each of the `points` (n, 3), in metres.

    Raises MissingExtraError without pyroomacoustics.
    """
    images = _image_responses(room, np.atleast_2d(points), sample_rate)
    if room.rt60 == 0:
        return images
    rng = np.random.default_rng(room.seed)
    tail = _tail(room, sample_rate, rng)
    return [_joined(response, tail, room, sample_rate) for response in images]


def to_stereo(mid_side: Floats) -> Floats:
    """Left and right (2, samples) from W and Y: L = W + Y, R = W − Y."""
    return np.stack([mid_side[0] + mid_side[1], mid_side[0] - mid_side[1]])


def _image_responses(room: Room, points: Floats, sample_rate: int) -> list[Floats]:
    pra = _pyroomacoustics()
    order = IMAGE_ORDER if room.rt60 > 0 else 0
    material = pra.Material(_absorption(room))
    box = pra.ShoeBox(room.size, fs=sample_rate, materials=material, max_order=order)
    left = pra.directivities.DirectionVector(azimuth=room.heading + 90.0, colatitude=90.0, degrees=True)
    pattern = [pra.directivities.Omnidirectional(), pra.directivities.FigureEight(left)]
    place = np.tile(np.asarray(room.receiver)[:, None], (1, 2))
    box.add_microphone_array(pra.MicrophoneArray(place, sample_rate, directivity=pattern))
    for point in points:
        box.add_source(point)
    box.compute_rir()
    return [_trimmed(mid, side) for mid, side in zip(*box.rir, strict=True)]


def _trimmed(mid: Floats, side: Floats) -> Floats:
    length = max(len(mid), len(side))
    both = np.stack([np.pad(channel, (0, length - len(channel))) for channel in (mid, side)])
    return both[:, LEAD:]


def _absorption(room: Room) -> float:
    """The walls' energy absorption that gives the reverberation time, by Eyring's formula."""
    if room.rt60 == 0:
        return 1.0
    x, y, z = room.size
    surface = 2.0 * (x * y + y * z + z * x)
    return float(1.0 - np.exp(-0.161 * x * y * z / (surface * room.rt60)))


def _tail(room: Room, sample_rate: int, rng: np.random.Generator) -> Floats:
    """Diffuse decay (2, samples), 0 dB at time 0; a figure-eight hears a third of an omni's energy.

    Above 2 kHz it decays a third faster, as walls and air make it.
    """
    from scipy.signal import butter, sosfilt

    samples = int(room.rt60 * sample_rate)
    noise = rng.standard_normal((2, samples)) * np.array([[1.0], [1.0 / np.sqrt(3.0)]])
    low = sosfilt(butter(1, 2000.0, fs=sample_rate, output="sos"), noise)
    decay = 10.0 ** (-3.0 * np.arange(samples) / samples)
    return np.asarray(low * decay + (noise - low) * decay**1.33)


def _joined(images: Floats, tail: Floats, room: Room, sample_rate: int) -> Floats:
    """Image sources up to the time for which they are complete, then the tail at their level."""
    join = int((IMAGE_ORDER - 1) * min(room.size) / SPEED_OF_SOUND * sample_rate)
    fade = int(JOIN_SECONDS * sample_rate)
    length = max(tail.shape[1], join + fade)
    images, tail = _fitted(images, length), _fitted(tail, length)
    before = slice(join - fade, join)
    level = np.sqrt(np.sum(images[0, before] ** 2) / max(np.sum(tail[0, before] ** 2), 1e-20))
    ramp = np.clip((np.arange(length) - join) / fade, 0.0, 1.0)
    return np.asarray(images * np.sqrt(1.0 - ramp) + level * tail * np.sqrt(ramp))


def _fitted(signal: Floats, length: int) -> Floats:
    signal = signal[:, :length]
    return np.pad(signal, ((0, 0), (0, length - signal.shape[1])))


def _unit(azimuth: float, elevation: float) -> Floats:
    azimuth, elevation = np.radians(azimuth), np.radians(elevation)
    flat = np.cos(elevation)
    return np.array([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)])


def _pyroomacoustics() -> Any:
    try:
        import pyroomacoustics
    except ImportError as error:
        raise MissingExtraError("rendering rooms", "synthesis") from error
    return pyroomacoustics
