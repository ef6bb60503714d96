"""Measured impulse responses from SOFA files (AES69) as an alternative to simulated rooms.

`seldkit.synthesis.sofa_file` reads the files, `seldkit.synthesis.sofa_receivers` determines their receivers.
Azimuth is positive to the left in SOFA. In some files of two receivers it is positive to the right; this is
detected by the levels of the receivers.
"""

import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from seldkit.channels import STEREO, ChannelLayout
from seldkit.errors import SeldkitError
from seldkit.geometry import direction, great_circle_distance, unit_vector
from seldkit.synthesis.rooms import SAMPLE_RATE
from seldkit.synthesis.sofa_file import MAX_RESPONSE_BYTES, SofaFile, read_sofa
from seldkit.synthesis.sofa_receivers import receiver_array
from seldkit.synthesis.value_ranges import Coordinate, Degrees, Point, Seconds
from seldkit.types import Floats

MIN_LATERAL_ANGLE_DEG: Final = 20.0
"""Minimum angle to the median plane at which the nearer receiver has the higher level."""
MIN_REVERSED_LEVEL_DB: Final = 0.5
"""Mean level difference towards the farther receiver from which the azimuth counts as reversed."""
SAME_DIRECTION_DEG: Final = 1.0
"""Angle within which measured sources differ in distance only."""


@dataclass(frozen=True, eq=False)
class MeasuredResponses:
    """Impulse responses at 24 kHz.

    Attributes:
        azimuth: Azimuths of the sources in degrees, positive to the left, shape ``(sources,)``.
        elevation: Elevations of the sources in degrees, shape ``(sources,)``.
        distance: Distances of the sources in metres, shape ``(sources,)``.
        responses: Impulse responses, shape ``(sources, channels, samples)``: left and right, or W Y Z X (ACN,
            SN3D). The propagation delay is that of the file.
        azimuth_reversed: Whether the azimuth of the file is positive to the right.
        layout: Channel layout of the receivers.
        notes: Assumptions about missing or contradictory values of the file.
    """

    azimuth: Floats
    elevation: Floats
    distance: Floats
    responses: Floats
    azimuth_reversed: bool
    layout: ChannelLayout = STEREO
    notes: tuple[str, ...] = ()

    @classmethod
    def from_file(cls, path: str | Path) -> "MeasuredResponses":
        """Reads a SOFA file. The most recently read files stay in memory.

        Args:
            path: Path of the file.

        Returns:
            Its responses.

        Raises:
            SeldkitError: The file cannot be read, has other contents, or receivers that are not supported.
            MissingExtraError: The package h5py is not installed.
        """
        path = Path(path)
        try:
            changed = path.stat().st_mtime_ns
        except OSError:
            changed = 0
        return _read(path, changed)

    @classmethod
    def read(cls, path: str | Path) -> "MeasuredResponses":
        """Reads a SOFA file; deprecated name of `from_file`.

        Args:
            path: Path of the file.

        Returns:
            Its responses.
        """
        message = "MeasuredResponses.read is deprecated: use MeasuredResponses.from_file"
        warnings.warn(message, DeprecationWarning, stacklevel=2)
        return cls.from_file(path)

    def nearest(self, azimuth: float, elevation: float = 0.0, distance: float | None = None) -> int:
        """Returns the source that is nearest to a direction.

        Args:
            azimuth: Azimuth in degrees, positive to the left.
            elevation: Elevation in degrees.
            distance: Distance in metres, by which one of several sources in this direction is selected. None
                selects the first one.

        Returns:
            Number of the source.
        """
        angle = great_circle_distance(self.azimuth, self.elevation, azimuth, elevation)
        if distance is None:
            return int(np.argmin(angle))
        separation = np.abs(self.distance - distance) + np.radians(angle) * distance
        return int(np.argmin(np.where(angle <= angle.min() + SAME_DIRECTION_DEG, separation, np.inf)))

    def render(
        self, dry: Floats, azimuth: Floats, elevation: Floats, distance: Floats | None = None
    ) -> Floats:
        """Renders a static or moving source with the responses of the nearest measured sources.

        Args:
            dry: Emitted signal, shape ``(samples,)``.
            azimuth: Azimuths in degrees, evenly spaced in time over the signal, shape ``(directions,)``. The
                responses of consecutive directions are crossfaded linearly.
            elevation: Elevations in degrees, shape ``(directions,)``.
            distance: Distances in metres, shape ``(directions,)``, see `nearest`.

        Returns:
            Received signals of shape ``(receivers, samples + response length - 1)``.
        """
        from scipy.signal import oaconvolve

        distances = [None] * len(azimuth) if distance is None else distance.tolist()
        path = [self.nearest(*point) for point in zip(azimuth, elevation, distances, strict=True)]
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
    size: tuple[Coordinate, Coordinate, Coordinate]
    receiver: Point
    rt60: Seconds
    heading: Degrees = 0.0

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
        return MeasuredResponses.from_file(self.path).render(dry, *self.direction(points))


def is_azimuth_reversed(azimuth: Floats, responses: Floats) -> bool:
    """Returns whether the left one of two receivers has lower levels for sources of positive azimuth.

    Args:
        azimuth: Azimuths of the sources in degrees, shape ``(sources,)``.
        responses: Responses of the left and the right receiver, shape ``(sources, 2, samples)``.

    Returns:
        True if the mean difference of the levels has the wrong sign and at least `MIN_REVERSED_LEVEL_DB`.
    """
    level = 10.0 * np.log10(np.einsum("srn,srn->sr", responses, responses) + 1e-20)
    side = np.sin(np.radians(azimuth))
    lateral = np.abs(side) > np.sin(np.radians(MIN_LATERAL_ANGLE_DEG))
    difference = ((level[:, 0] - level[:, 1]) * np.sign(side))[lateral]
    return bool(difference.size and difference.mean() < -MIN_REVERSED_LEVEL_DB)


@lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> MeasuredResponses:
    """Reads a file; the time of its last change in nanoseconds distinguishes versions of it."""
    sofa = read_sofa(path)
    receivers = receiver_array(sofa)
    _check_resampled_size(sofa)
    responses = receivers.convert(sofa.responses)
    is_reversed = receivers.layout == STEREO and is_azimuth_reversed(sofa.azimuth, responses)
    return MeasuredResponses(
        -sofa.azimuth if is_reversed else sofa.azimuth,
        sofa.elevation,
        sofa.distance,
        responses if sofa.sample_rate == SAMPLE_RATE else _resample(responses, sofa.sample_rate),
        is_reversed,
        receivers.layout,
        (*sofa.notes, *receivers.notes),
    )


def _check_resampled_size(sofa: SofaFile) -> None:
    size = sofa.responses.nbytes * SAMPLE_RATE / sofa.sample_rate
    if size > MAX_RESPONSE_BYTES:
        raise SeldkitError(
            f"{sofa.path}: expected responses of at most {MAX_RESPONSE_BYTES} bytes at {SAMPLE_RATE} Hz, got "
            f"{size:.0f}"
        )


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
