"""Measured responses from SOFA files (AES69) in the place of a simulated room.

A file of impulse responses of two receivers (ears, microphones) or four (FOA) for sources in many directions:
`SourcePosition` in degrees and metres, `Data.IR` (sources, receivers, samples), `Data.SamplingRate`. SOFA
counts azimuth to the left; files exist that count it to the right, which the two receivers' levels tell.
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

LARGEST: Final = 2 * 1024**3
"""Bytes of the largest file that is read."""
SIDE_DEGREES: Final = 20.0
"""From here to each side the nearer receiver is the louder one."""


@dataclass(frozen=True, eq=False)
class MeasuredResponses:
    """What a SOFA file holds, at 24 kHz, azimuth positive to the left.

    azimuth, elevation: degrees, distance: metres, (sources,); responses: (sources, receivers, samples), as
    measured, the time that the sound takes included as far as the file has it. turned: whether the file
    counted azimuth to the right.
    """

    azimuth: Floats
    elevation: Floats
    distance: Floats
    responses: Floats
    turned: bool

    @classmethod
    def read(cls, path: str | Path) -> "MeasuredResponses":
        """A file's responses. Raises SeldkitError in one line, MissingExtraError without h5py."""
        return _read(Path(path))

    def nearest(self, azimuth: float, elevation: float = 0.0) -> int:
        """The number of the source that lies nearest to a direction."""
        return int(np.argmin(great_circle_distance(self.azimuth, self.elevation, azimuth, elevation)))

    def heard(self, dry: Floats, azimuth: Floats, elevation: Floats) -> Floats:
        """`dry` (n,) from a direction, or along directions evenly spaced in time: (receivers, samples).

        azimuth, elevation: degrees, (k,). Each direction is that of the nearest measured source; a moving one
        fades linearly from each to the next.
        """
        from scipy.signal import oaconvolve

        path = [self.nearest(*place) for place in zip(azimuth, elevation, strict=True)]
        weights = _turns(len(dry), len(path))
        out = np.zeros((self.responses.shape[1], len(dry) + self.responses.shape[2] - 1))
        for number in sorted(set(path)):
            weight = weights[[place == number for place in path]].sum(axis=0)
            out += oaconvolve((dry * weight)[None], self.responses[number], axes=1)
        return out


@dataclass(frozen=True)
class MeasuredRoom:
    """Measured responses where a scene wants a `Room`: sources stand where the measured ones stood.

    path: the SOFA file. size, receiver: of a box that pictures may draw around it, in metres. rt60: seconds
    for which a response rings.
    """

    path: str
    size: tuple[float, float, float]
    receiver: tuple[float, float, float]
    rt60: float
    heading: float = 0.0

    @classmethod
    def from_file(cls, path: str | Path) -> "MeasuredRoom":
        """The room of a file; a box that holds all of its sources. Raises SeldkitError."""
        found = MeasuredResponses.read(path)
        half = float(found.distance.max()) + 0.5
        seconds = found.responses.shape[2] / SAMPLE_RATE
        return cls(str(path), (2 * half, 2 * half, 2 * half), (half, half, half), seconds)

    def position(self, azimuth: float, elevation: float, distance: float) -> Floats:
        """The point (metres) that lies in a direction (degrees, azimuth positive to the left)."""
        return np.asarray(self.receiver) + distance * unit_vector(azimuth, elevation)

    def direction(self, points: Floats) -> tuple[Floats, Floats, Floats]:
        """Azimuth and elevation in degrees, distance in metres; points (n, 3)."""
        away = np.atleast_2d(points) - np.asarray(self.receiver)
        azimuth, elevation = direction(away)
        return azimuth, elevation, np.linalg.norm(away, axis=1)

    def draw_point(self, rng: np.random.Generator) -> Floats:
        """Where one of the measured sources stood, (3,)."""
        found = MeasuredResponses.read(self.path)
        number = int(rng.integers(len(found.azimuth)))
        place = (found.azimuth[number], found.elevation[number], found.distance[number])
        return self.position(*map(float, place))

    def heard(self, dry: Floats, points: Floats) -> Floats:
        """`dry` (n,) along points (k, 3): (receivers, samples)."""
        azimuth, elevation, _ = self.direction(points)
        return MeasuredResponses.read(self.path).heard(dry, azimuth, elevation)


@lru_cache(maxsize=4)
def _read(path: Path) -> MeasuredResponses:
    position, responses, rate = _content(path)
    if (
        position.ndim != 2
        or position.shape[1] != 3
        or responses.ndim != 3
        or responses.shape[1] not in (2, 4)
    ):
        raise SeldkitError(
            f"{path}: expected responses (sources, 2 or 4 receivers, samples) and a direction for each, "
            f"got {responses.shape} and {position.shape}"
        )
    if len(position) != len(responses) or not np.isfinite(responses).all() or not np.isfinite(position).all():
        raise SeldkitError(f"{path}: expected a finite response for each source, got others")
    azimuth, elevation = direction(unit_vector(position[:, 0], position[:, 1]))
    turned = _counts_to_the_right(azimuth, responses)
    heard = responses if rate == SAMPLE_RATE else _resampled(responses, rate)
    return MeasuredResponses(-azimuth if turned else azimuth, elevation, position[:, 2], heard, turned)


def _content(path: Path) -> tuple[Floats, Floats, float]:
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError("reading measured responses", "synthesis") from error
    try:
        if path.stat().st_size > LARGEST:
            raise SeldkitError(f"{path}: expected at most {LARGEST} bytes, got {path.stat().st_size}")
        with h5py.File(path, "r") as file:
            position, responses = np.asarray(file["SourcePosition"]), np.asarray(file["Data.IR"], np.float64)
            rate = float(np.ravel(file["Data.SamplingRate"])[0])
            cartesian = _text(file["SourcePosition"].attrs.get("Type", "spherical")) == "cartesian"
    except KeyError as missing:
        raise SeldkitError(f"{path}: expected a SOFA file of impulse responses, it lacks {missing}") from None
    except (OSError, ValueError, TypeError) as problem:
        raise SeldkitError(f"{path}: not readable as SOFA ({' '.join(str(problem).split())[:80]})") from None
    if cartesian:
        azimuth, elevation = direction(position)
        position = np.stack([azimuth, elevation, np.linalg.norm(position, axis=1)], axis=1)
    return np.asarray(position, np.float64), responses, rate


def _counts_to_the_right(azimuth: Floats, responses: Floats) -> bool:
    """Whether the first of two receivers, the left one, hears sources of positive azimuth less loudly."""
    if responses.shape[1] != 2:
        return False
    level = 10.0 * np.log10(np.square(responses).sum(axis=2) + 1e-20)
    side = np.sin(np.radians(azimuth))
    aside = np.abs(side) > np.sin(np.radians(SIDE_DEGREES))
    return bool(((level[:, 0] - level[:, 1]) * np.sign(side))[aside].sum() < 0)


def _resampled(responses: Floats, rate: float) -> Floats:
    import soxr

    sources, receivers, samples = responses.shape
    flat = responses.reshape(-1, samples).T
    out = np.asarray(soxr.resample(flat, rate, SAMPLE_RATE)).T * (rate / SAMPLE_RATE)
    return np.ascontiguousarray(out.reshape(sources, receivers, -1))


def _turns(samples: int, count: int) -> Floats:
    """Weights (count, samples) that go linearly from one to the next and sum to 1."""
    if count == 1:
        return np.ones((1, samples))
    where = np.linspace(0.0, count - 1.0, samples)
    return np.maximum(0.0, 1.0 - np.abs(where - np.arange(count)[:, None]))


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
