"""Receivers of a scene: first-order ambisonics, coincident stereo, and common microphone pairs."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from seldkit.registry import Registry
from seldkit.types import Floats


@dataclass(frozen=True)
class Capsule:
    """One first-order microphone capsule.

    Attributes:
        pattern: Coefficients of the directivity: the gain for a plane wave from the unit direction u is
            pattern · (1, ux, uy, uz).
        offset: Position relative to the receiver's point, in metres ahead, left and up.
    """

    pattern: tuple[float, float, float, float]
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @classmethod
    def from_direction(
        cls, azimuth: float, directional: float, offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    ) -> "Capsule":
        """Returns a capsule with the directivity (1 − d) + d · cos θ, θ being the angle to its axis.

        Args:
            azimuth: Azimuth of the axis in degrees, positive to the left.
            directional: Directional share d: 0 is omnidirectional, 0.5 a cardioid, 1 a figure of eight.
            offset: Position in metres ahead, left and up of the receiver's point.

        Returns:
            The capsule.
        """
        ahead, left = np.cos(np.radians(azimuth)), np.sin(np.radians(azimuth))
        return cls((1.0 - directional, directional * ahead, directional * left, 0.0), offset)


@dataclass(frozen=True)
class Receiver:
    """A set of capsules.

    Attributes:
        capsules: One capsule per channel. With a crossover, two per channel: the first half of the capsules
            below the crossover frequency, the second half above it.
        description: Geometry, directivity and source.
        crossover: Crossover frequency in Hz with slopes of 6 dB per octave; 0 for none.
    """

    capsules: tuple[Capsule, ...]
    description: str = ""
    crossover: float = 0.0

    @property
    def channels(self) -> int:
        """Number of channels."""
        return len(self.capsules) // (2 if self.crossover else 1)

    def combine_capsules(self, signals: Floats, sample_rate: int) -> Floats:
        """Combines capsule signals to channels by the crossover.

        Args:
            signals: Signals of the capsules, shape ``(..., capsules, samples)``.
            sample_rate: Sample rate in Hz.

        Returns:
            Signals of the channels, shape ``(..., channels, samples)``.
        """
        if not self.crossover:
            return signals
        from scipy.signal import butter, lfilter

        low, high = np.split(signals, 2, axis=-2)
        return np.asarray(high + lfilter(*butter(1, self.crossover, fs=sample_rate), low - high, axis=-1))

    @property
    def patterns(self) -> Floats:
        """Directivity coefficients of the capsules, shape (capsules, 4)."""
        return np.array([capsule.pattern for capsule in self.capsules])

    @property
    def offsets(self) -> Floats:
        """Positions of the capsules in metres ahead, left and up, shape (capsules, 3)."""
        return np.array([capsule.offset for capsule in self.capsules])

    @property
    def coincident_groups(self) -> list[list[int]]:
        """Numbers of consecutive capsules at the same position, one list per position."""
        groups: list[list[int]] = []
        for number, capsule in enumerate(self.capsules):
            if groups and self.capsules[groups[-1][0]].offset == capsule.offset:
                groups[-1].append(number)
            else:
                groups.append([number])
        return groups

    @property
    def is_coincident(self) -> bool:
        """Whether all capsules are at the same position."""
        return len(self.coincident_groups) == 1


RECEIVERS: Final[Registry[Receiver]] = Registry("receiver")
"""Receivers by the name that commands and scene plans use."""

_W, _X, _Y, _Z = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))


def _register(name: str, description: str, *capsules: Capsule, crossover: float = 0.0) -> None:
    RECEIVERS.register(name)(Receiver(capsules, description, crossover))


_register(
    "foa",
    "First-order ambisonics W Y Z X at one point: an omnidirectional capsule and three figures of eight of "
    "gain 1 to the left, up and ahead (ACN order, SN3D; ambiX, Nachbar et al. 2011).",
    *(Capsule(_W), Capsule(_Y), Capsule(_Z), Capsule(_X)),
)
_register(
    "coincident",
    "L = W + Y, R = W − Y at one point: cardioids to the sides with a gain of 2 on the axis (the DCASE 2025 "
    "stereo dataset).",
    *(Capsule((1.0, 0.0, 1.0, 0.0)), Capsule((1.0, 0.0, -1.0, 0.0))),
)
_register(
    "xy",
    "Two cardioids at one point at ±45° (X-Y, after Blumlein's patent of 1931).",
    *(Capsule.from_direction(45.0, 0.5), Capsule.from_direction(-45.0, 0.5)),
)
_register(
    "ortf",
    "Two cardioids 17 cm apart at ±55° (ORTF, the pair of the French broadcaster of about 1960).",
    *(
        Capsule.from_direction(55.0, 0.5, (0.0, 0.085, 0.0)),
        Capsule.from_direction(-55.0, 0.5, (0.0, -0.085, 0.0)),
    ),
)
_register(
    "spaced",
    "Two omnidirectional microphones 40 cm apart (A-B; textbooks recommend 20 to 60 cm).",
    *(Capsule(_W, (0.0, 0.2, 0.0)), Capsule(_W, (0.0, -0.2, 0.0))),
)
_register(
    "phone",
    "A phone in landscape orientation: microphones 15 cm apart at its ends, each 6 dB less sensitive towards "
    "the other end at all frequencies because of the phone's body (assumed, not measured).",
    *(
        Capsule.from_direction(90.0, 0.25, (0.0, 0.075, 0.0)),
        Capsule.from_direction(-90.0, 0.25, (0.0, -0.075, 0.0)),
    ),
)
_EAR_OFFSET_M = 0.096  # gives about the interaural time difference of a sphere with a radius of 8.75 cm
_register(
    "head",
    "Two ears on a sphere with a radius of 8.75 cm: omnidirectional below 1.2 kHz, above it "
    "1.05 + 0.95 cos of the angle to the ear's axis (Brown and Duda 1998, with the deepest shadow at the "
    "opposite side).",
    *(Capsule(_W, (0.0, side * _EAR_OFFSET_M, 0.0)) for side in (1.0, -1.0)),
    *(Capsule((1.05, 0.0, side * 0.95, 0.0), (0.0, side * _EAR_OFFSET_M, 0.0)) for side in (1.0, -1.0)),
    crossover=1248.0,
)
