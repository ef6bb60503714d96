"""Measured impulse responses from SOFA files (AES69) as an alternative to simulated rooms.

A file contains the impulse responses of two receivers (ears, microphones) or four (FOA) for sources in many
directions: `SourcePosition` in degrees and metres, `Data.IR` (sources, receivers, samples) and
`Data.SamplingRate`. Azimuth is positive to the left in SOFA. Some files count it to the right; this is
detected by the levels of the two receivers.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from seldkit.errors import MissingExtraError, SeldkitError
from seldkit.geometry import direction, great_circle_distance, unit_vector
from seldkit.synthesis.rooms import SAMPLE_RATE
from seldkit.types import Floats

MAX_FILE_BYTES: Final = 2 * 1024**3
"""Size of the largest file that is read."""
MIN_LATERAL_ANGLE_DEG: Final = 20.0
"""Minimum angle to the median plane at which the nearer receiver has the higher level."""


@dataclass(frozen=True, eq=False)
class MeasuredResponses:
    """Impulse responses at 24 kHz.

    Attributes:
        azimuth: Azimuths of the sources in degrees, positive to the left, shape ``(sources,)``.
        elevation: Elevations of the sources in degrees, shape ``(sources,)``.
        distance: Distances of the sources in metres, shape ``(sources,)``.
        responses: Impulse responses, shape ``(sources, receivers, samples)``; the propagation delay is that
            of the file.
        azimuth_reversed: Whether the azimuth of the file is positive to the right.
    """

    azimuth: Floats
    elevation: Floats
    distance: Floats
    responses: Floats
    azimuth_reversed: bool

    @classmethod
    def from_file(cls, path: str | Path) -> "MeasuredResponses":
        """Reads a SOFA file. The most recently read files stay in memory.

        Args:
            path: Path of the file.

        Returns:
            Its responses.

        Raises:
            SeldkitError: The file cannot be read or has other contents.
            MissingExtraError: The package h5py is not installed.
        """
        return _read(Path(path))

    def nearest(self, azimuth: float, elevation: float = 0.0) -> int:
        """Returns the source that is nearest to a direction.

        Args:
            azimuth: Azimuth in degrees, positive to the left.
            elevation: Elevation in degrees.

        Returns:
            Number of the source.
        """
        return int(np.argmin(great_circle_distance(self.azimuth, self.elevation, azimuth, elevation)))

    def render(self, dry: Floats, azimuth: Floats, elevation: Floats) -> Floats:
        """Renders a static or moving source with the responses of the nearest measured sources.

        Args:
            dry: Emitted signal, shape ``(samples,)``.
            azimuth: Azimuths in degrees, evenly spaced in time over the signal, shape ``(directions,)``. The
                responses of consecutive directions are crossfaded linearly.
            elevation: Elevations in degrees, shape ``(directions,)``.

        Returns:
            Received signals of shape ``(receivers, samples + response length - 1)``.
        """
        from scipy.signal import oaconvolve

        path = [self.nearest(*pair) for pair in zip(azimuth, elevation, strict=True)]
        weights = _crossfade_weights(len(dry), len(path))
        out = np.zeros((self.responses.shape[1], len(dry) + self.responses.shape[2] - 1))
        for number in sorted(set(path)):
            weight = weights[[source == number for source in path]].sum(axis=0)
            out += oaconvolve((dry * weight)[None], self.responses[number], axes=1)
        return out


@dataclass(frozen=True)
class MeasuredRoom:
    """A room with measured responses, used like `Room`. Sources are placed where measured sources are.

    Attributes:
        path: The SOFA file.
        size: Length, width and height in metres of a box for images, which holds all sources.
        receiver: Position of the receiver in the box in metres.
        rt60: Duration of the responses in seconds.
        heading: Direction in which the receiver points, in degrees from the box's x axis.
    """

    path: str
    size: tuple[float, float, float]
    receiver: tuple[float, float, float]
    rt60: float
    heading: float = 0.0

    @classmethod
    def from_file(cls, path: str | Path) -> "MeasuredRoom":
        """Returns the room of a SOFA file.

        Args:
            path: Path of the file.

        Returns:
            The room, with a box that holds all sources.

        Raises:
            SeldkitError: The file cannot be read or has other contents.
        """
        measured = MeasuredResponses.from_file(path)
        half = float(measured.distance.max()) + 0.5
        seconds = measured.responses.shape[2] / SAMPLE_RATE
        return cls(str(path), (2 * half, 2 * half, 2 * half), (half, half, half), seconds)

    def position(self, azimuth: float, elevation: float, distance: float) -> Floats:
        """Returns the point at a direction and distance from the receiver.

        Args:
            azimuth: Azimuth in degrees, positive to the left.
            elevation: Elevation in degrees.
            distance: Distance in metres.

        Returns:
            Point in metres in the box's axes, shape ``(3,)``.
        """
        return np.asarray(self.receiver) + distance * unit_vector(azimuth, elevation)

    def direction(self, points: Floats) -> tuple[Floats, Floats, Floats]:
        """Returns the directions and distances of points from the receiver.

        Args:
            points: Points in metres in the box's axes, shape ``(n, 3)`` or ``(3,)``.

        Returns:
            Azimuths and elevations in degrees, distances in metres, each of shape ``(n,)``.
        """
        offset = np.atleast_2d(points) - np.asarray(self.receiver)
        azimuth, elevation = direction(offset)
        return azimuth, elevation, np.linalg.norm(offset, axis=1)

    def draw_position(self, rng: np.random.Generator) -> Floats:
        """Draws the position of a measured source.

        Args:
            rng: Random number generator.

        Returns:
            Point in metres in the box's axes, shape ``(3,)``.
        """
        measured = MeasuredResponses.from_file(self.path)
        number = int(rng.integers(len(measured.azimuth)))
        values = (measured.azimuth[number], measured.elevation[number], measured.distance[number])
        return self.position(*map(float, values))

    def render(self, dry: Floats, points: Floats) -> Floats:
        """Renders a static or moving source.

        Args:
            dry: Emitted signal, shape ``(samples,)``.
            points: Trajectory in metres in the box's axes, evenly spaced in time, shape ``(points, 3)``.

        Returns:
            Received signals of shape ``(receivers, samples + response length - 1)``.
        """
        azimuth, elevation, _ = self.direction(points)
        return MeasuredResponses.from_file(self.path).render(dry, azimuth, elevation)


@lru_cache(maxsize=4)
def _read(path: Path) -> MeasuredResponses:
    position, responses, rate = _read_arrays(path)
    is_valid = position.ndim == 2 and position.shape[1] == 3 and responses.ndim == 3
    if not is_valid or responses.shape[1] not in (2, 4):
        raise SeldkitError(
            f"{path}: expected responses (sources, 2 or 4 receivers, samples) and a direction for each, "
            f"got {responses.shape} and {position.shape}"
        )
    if len(position) != len(responses) or not np.isfinite(responses).all() or not np.isfinite(position).all():
        raise SeldkitError(f"{path}: expected a finite response for each source, got others")
    azimuth, elevation = direction(unit_vector(position[:, 0], position[:, 1]))
    is_reversed = _is_azimuth_reversed(azimuth, responses)
    resampled = responses if rate == SAMPLE_RATE else _resample(responses, rate)
    return MeasuredResponses(
        -azimuth if is_reversed else azimuth, elevation, position[:, 2], resampled, is_reversed
    )


def _read_arrays(path: Path) -> tuple[Floats, Floats, float]:
    """Positions (degrees, degrees, metres), responses and sample rate."""
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError("reading measured responses", "synthesis") from error
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SeldkitError(f"{path}: expected at most {MAX_FILE_BYTES} bytes, got {path.stat().st_size}")
        with h5py.File(path, "r") as file:
            position, responses = np.asarray(file["SourcePosition"]), np.asarray(file["Data.IR"], np.float64)
            rate = float(np.ravel(file["Data.SamplingRate"])[0])
            is_cartesian = _text(file["SourcePosition"].attrs.get("Type", "spherical")) == "cartesian"
    except KeyError as missing:
        raise SeldkitError(
            f"{path}: expected a SOFA file of impulse responses, but it does not contain {missing}"
        ) from None
    except (OSError, ValueError, TypeError) as problem:
        raise SeldkitError(f"{path}: not readable as SOFA ({' '.join(str(problem).split())[:80]})") from None
    if is_cartesian:
        azimuth, elevation = direction(position)
        position = np.stack([azimuth, elevation, np.linalg.norm(position, axis=1)], axis=1)
    return np.asarray(position, np.float64), responses, rate


def _is_azimuth_reversed(azimuth: Floats, responses: Floats) -> bool:
    """Whether the first of two receivers, the left one, has lower levels for sources of positive azimuth."""
    if responses.shape[1] != 2:
        return False
    level = 10.0 * np.log10(np.square(responses).sum(axis=2) + 1e-20)
    side = np.sin(np.radians(azimuth))
    lateral = np.abs(side) > np.sin(np.radians(MIN_LATERAL_ANGLE_DEG))
    return bool(((level[:, 0] - level[:, 1]) * np.sign(side))[lateral].sum() < 0)


def _resample(responses: Floats, rate: float) -> Floats:
    import soxr

    sources, receivers, samples = responses.shape
    flat = responses.reshape(-1, samples).T
    out = np.asarray(soxr.resample(flat, rate, SAMPLE_RATE)).T * (rate / SAMPLE_RATE)
    return np.ascontiguousarray(out.reshape(sources, receivers, -1))


def _crossfade_weights(samples: int, count: int) -> Floats:
    """Weights (count, samples) that fade linearly from each direction to the next and sum to 1."""
    if count == 1:
        return np.ones((1, samples))
    positions = np.linspace(0.0, count - 1.0, samples)
    return np.maximum(0.0, 1.0 - np.abs(positions - np.arange(count)[:, None]))


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
