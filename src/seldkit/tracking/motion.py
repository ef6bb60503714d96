"""Where one source is and where it goes: what the tracker expects of its next row."""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

ANGLE_NOISE: Final = 10.0
"""Degrees by which a row misses its source (standard deviation)."""
ACCELERATION: Final = 0.4
"""Degrees per frame, by which a source's rate changes from one frame to the next."""
FIRST_RATE: Final = 2.0
"""Degrees per frame: what is known of the rate before it was seen (STARSS22's sources turn by at most 3 in
99 of 100 frames)."""
DISTANCE_NOISE: Final = 0.5
"""Of the natural logarithm of the distance."""
LEVEL_GAIN: Final = 0.2
"""How far one row pulls elevation and distance, whose rates are not followed."""
RATE_KEPT: Final = 0.9
"""Of the rate, from each frame in which the source is not heard to the next."""


class Observation(NamedTuple):
    """One row: degrees, degrees and natural logarithm of metres; NaN where unknown."""

    azimuth: float
    elevation: float
    distance: float


@dataclass
class Motion:
    """A Kalman filter of azimuth and its rate (degrees, degrees per frame), with levels of the rest.

    Source: constant velocity with white acceleration, Bar-Shalom, Li and Kirubarajan, "Estimation with
    applications to tracking and navigation" (2001), chapter 6. folded: azimuths are of stereo, from −90 to
    90; what would move beyond comes back.
    """

    last: Observation
    frame: int
    folded: bool
    rate: float = 0.0
    variance: float = ANGLE_NOISE**2
    covariance: float = 0.0
    rate_variance: float = FIRST_RATE**2

    def advance(self, frame: int) -> None:
        """Expect the source in a later frame."""
        for passed in range(frame - self.frame):
            self._move(RATE_KEPT if passed else 1.0)
        self.frame = frame

    def off(self, row: Observation) -> float:
        """Degrees between the expected direction and a row; 0 where one of them is unknown."""
        sideways = self._turn(row)
        upwards = _known(row.elevation - self.last.elevation)
        if upwards == 0.0:
            return abs(sideways)
        return math.hypot(sideways * math.cos(math.radians(row.elevation)), upwards)

    def cost(self, row: Observation) -> float:
        """How unlikely it is that this source made a row: squared errors by their variances."""
        further = _known(row.distance - self.last.distance) / DISTANCE_NOISE
        return self.off(row) ** 2 / (self.variance + ANGLE_NOISE**2) + min(further**2, 9.0)

    def see(self, row: Observation, doubt: float = 1.0) -> None:
        """The row belongs to this source; `doubt` multiplies the noise (two sources in one row)."""
        turn = self._turn(row)
        total = self.variance + (ANGLE_NOISE * doubt) ** 2
        gain, rate_gain = self.variance / total, self.covariance / total
        azimuth = row.azimuth if math.isnan(self.last.azimuth) else self.last.azimuth + gain * turn
        self.rate += rate_gain * turn
        self.rate_variance -= rate_gain * self.covariance
        self.covariance -= gain * self.covariance
        self.variance -= gain * self.variance
        level = LEVEL_GAIN / doubt
        self.last = Observation(
            self._wrapped(azimuth),
            _pulled(self.last.elevation, row.elevation, level),
            _pulled(self.last.distance, row.distance, level),
        )

    def _move(self, kept: float) -> None:
        self.rate *= kept
        azimuth = self.last.azimuth + self.rate
        self.variance += 2.0 * self.covariance + self.rate_variance + ACCELERATION**2 / 4.0
        self.covariance += self.rate_variance + ACCELERATION**2 / 2.0
        self.rate_variance += ACCELERATION**2
        if self.folded and abs(azimuth) > 90.0:
            azimuth, self.rate = math.copysign(180.0, azimuth) - azimuth, -self.rate
            self.covariance = -self.covariance
        self.last = self.last._replace(azimuth=self._wrapped(azimuth))

    def _turn(self, row: Observation) -> float:
        return _known(self._wrapped(row.azimuth - self.last.azimuth))

    def _wrapped(self, degrees: float) -> float:
        return degrees if self.folded else (degrees + 180.0) % 360.0 - 180.0


def _known(difference: float) -> float:
    return 0.0 if math.isnan(difference) else difference


def _pulled(level: float, value: float, gain: float) -> float:
    if math.isnan(level) or math.isnan(value):
        return value if math.isnan(level) else level
    return level + gain * (value - level)
