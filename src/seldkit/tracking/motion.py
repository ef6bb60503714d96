"""Motion model of the tracker: a Kalman filter that predicts the next row of a source."""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

MEASUREMENT_NOISE_DEG: Final = 10.0
"""Standard deviation of a row's direction around the true direction, in degrees."""
ACCELERATION_NOISE_DEG: Final = 0.4
"""Standard deviation of the change of a source's angular rate, in degrees per frame and frame."""
INITIAL_RATE_NOISE_DEG: Final = 2.0
"""Standard deviation of the initial angular rate, in degrees per frame. In STARSS22, 99 of 100 frames have a
rate of at most 3 degrees per frame."""
LOG_DISTANCE_NOISE: Final = 0.5
"""Standard deviation of the natural logarithm of a row's distance in metres."""
LEVEL_GAIN: Final = 0.2
"""Gain with which one row updates elevation and distance, which are tracked without a rate."""
RATE_DECAY: Final = 0.9
"""Factor on the angular rate for each frame without a row."""
MAX_DISTANCE_COST: Final = 9.0
"""Upper limit of the squared normalized distance error in the cost of a pair."""


class Observation(NamedTuple):
    """Direction and distance of one row; NaN where unknown.

    Attributes:
        azimuth: Degrees, positive to the left.
        elevation: Degrees, positive upwards.
        log_distance: Natural logarithm of the distance in metres.
    """

    azimuth: float
    elevation: float
    log_distance: float


@dataclass
class Motion:
    """Kalman filter over azimuth and angular rate, with smoothed levels for elevation and distance.

    Constant velocity with white acceleration noise: Bar-Shalom, Li and Kirubarajan, "Estimation with
    Applications to Tracking and Navigation" (2001), chapter 6.

    Attributes:
        state: Predicted direction and distance in the current frame.
        frame: Number of the current frame (100 ms each).
        folded: Whether azimuths are folded to [-90, 90] degrees, as for stereo. A source that moves past the
            interaural axis is then mirrored back.
        rate: Angular rate in degrees per frame.
        variance: Variance of the azimuth in squared degrees.
        covariance: Covariance of azimuth and rate.
        rate_variance: Variance of the rate in squared degrees per frame.
    """

    state: Observation
    frame: int
    folded: bool
    rate: float = 0.0
    variance: float = MEASUREMENT_NOISE_DEG**2
    covariance: float = 0.0
    rate_variance: float = INITIAL_RATE_NOISE_DEG**2

    def predict(self, frame: int) -> None:
        """Advances the state to a later frame.

        Args:
            frame: Frame number, not before the current frame.
        """
        for step in range(frame - self.frame):
            self._step(RATE_DECAY if step else 1.0)
        self.frame = frame

    def angular_error(self, row: Observation) -> float:
        """Returns the angle between the predicted direction and a row.

        Args:
            row: The observed row.

        Returns:
            Degrees, 0 or larger; 0 if either direction is unknown.
        """
        azimuth_error = self._azimuth_error(row)
        elevation_error = _zero_if_nan(row.elevation - self.state.elevation)
        if elevation_error == 0.0:
            return abs(azimuth_error)
        return math.hypot(azimuth_error * math.cos(math.radians(row.elevation)), elevation_error)

    def cost(self, row: Observation) -> float:
        """Returns the cost of assigning a row to this source.

        Args:
            row: The observed row.

        Returns:
            Sum of the squared angular and distance errors, each divided by its variance.
        """
        distance_error = _zero_if_nan(row.log_distance - self.state.log_distance) / LOG_DISTANCE_NOISE
        variance = self.variance + MEASUREMENT_NOISE_DEG**2
        return self.angular_error(row) ** 2 / variance + min(distance_error**2, MAX_DISTANCE_COST)

    def update(self, row: Observation, noise_factor: float = 1.0) -> None:
        """Updates the state with a row that belongs to this source.

        Args:
            row: The observed row, in the current frame.
            noise_factor: Factor on the measurement noise; above 1 for a row that may merge two sources.
        """
        azimuth_error = self._azimuth_error(row)
        total = self.variance + (MEASUREMENT_NOISE_DEG * noise_factor) ** 2
        gain, rate_gain = self.variance / total, self.covariance / total
        azimuth = row.azimuth if math.isnan(self.state.azimuth) else self.state.azimuth + gain * azimuth_error
        self.rate += rate_gain * azimuth_error
        self.rate_variance -= rate_gain * self.covariance
        self.covariance -= gain * self.covariance
        self.variance -= gain * self.variance
        level_gain = LEVEL_GAIN / noise_factor
        self.state = Observation(
            self._wrapped(azimuth),
            _smoothed_level(self.state.elevation, row.elevation, level_gain),
            _smoothed_level(self.state.log_distance, row.log_distance, level_gain),
        )

    def _step(self, rate_factor: float) -> None:
        self.rate *= rate_factor
        azimuth = self.state.azimuth + self.rate
        self.variance += 2.0 * self.covariance + self.rate_variance + ACCELERATION_NOISE_DEG**2 / 4.0
        self.covariance += self.rate_variance + ACCELERATION_NOISE_DEG**2 / 2.0
        self.rate_variance += ACCELERATION_NOISE_DEG**2
        if self.folded and abs(azimuth) > 90.0:
            azimuth, self.rate = math.copysign(180.0, azimuth) - azimuth, -self.rate
            self.covariance = -self.covariance
        self.state = self.state._replace(azimuth=self._wrapped(azimuth))

    def _azimuth_error(self, row: Observation) -> float:
        return _zero_if_nan(self._wrapped(row.azimuth - self.state.azimuth))

    def _wrapped(self, degrees: float) -> float:
        return degrees if self.folded else (degrees + 180.0) % 360.0 - 180.0


def _zero_if_nan(difference: float) -> float:
    return 0.0 if math.isnan(difference) else difference


def _smoothed_level(level: float, value: float, gain: float) -> float:
    if math.isnan(level) or math.isnan(value):
        return value if math.isnan(level) else level
    return level + gain * (value - level)
