"""What records a scene: first-order ambisonics, coincident stereo, and pairs that people use."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from seldkit.registry import Registry
from seldkit.types import Floats


@dataclass(frozen=True)
class Capsule:
    """One microphone: what it makes of sound from the unit direction u is pattern · (1, ux, uy, uz).

    offset: metres ahead, left and up of the receiver's point.
    """

    pattern: tuple[float, float, float, float]
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @classmethod
    def facing(
        cls, azimuth: float, directional: float, offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    ) -> "Capsule":
        """(1 − d) + d · cos of the angle to `azimuth` (degrees): d = 0 omnidirectional, 0.5 a cardioid."""
        ahead, left = np.cos(np.radians(azimuth)), np.sin(np.radians(azimuth))
        return cls((1.0 - directional, directional * ahead, directional * left, 0.0), offset)


@dataclass(frozen=True)
class Receiver:
    """Capsules, one for each channel; about: where they stand, what they hear, and who says so.

    crossover: Hz, 0 for none; else each channel has two capsules, the first half of them for what lies below
    it, the second half for what lies above, with slopes of 6 dB an octave.
    """

    capsules: tuple[Capsule, ...]
    about: str = ""
    crossover: float = 0.0

    @property
    def channels(self) -> int:
        """How many channels it records."""
        return len(self.capsules) // (2 if self.crossover else 1)

    def recorded(self, heard: Floats, sample_rate: int) -> Floats:
        """What it records, (…, channels, samples), of what its capsules hear, (…, capsules, samples)."""
        if not self.crossover:
            return heard
        from scipy.signal import butter, lfilter

        low, high = np.split(heard, 2, axis=-2)
        return np.asarray(high + lfilter(*butter(1, self.crossover, fs=sample_rate), low - high, axis=-1))

    @property
    def patterns(self) -> Floats:
        """(capsules, 4)."""
        return np.array([capsule.pattern for capsule in self.capsules])

    @property
    def offsets(self) -> Floats:
        """(capsules, 3), metres."""
        return np.array([capsule.offset for capsule in self.capsules])

    @property
    def groups(self) -> list[list[int]]:
        """Numbers of neighbouring capsules that stand at one point."""
        found: list[list[int]] = []
        for number, capsule in enumerate(self.capsules):
            if found and self.capsules[found[-1][0]].offset == capsule.offset:
                found[-1].append(number)
            else:
                found.append([number])
        return found

    @property
    def coincident(self) -> bool:
        """Whether all capsules stand at one point."""
        return len(self.groups) == 1


RECEIVERS: Final[Registry[Receiver]] = Registry("receiver")
"""Receivers by the name that commands and scenes give them."""

_W, _X, _Y, _Z = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))


def _list(name: str, about: str, *capsules: Capsule, crossover: float = 0.0) -> None:
    RECEIVERS.register(name)(Receiver(capsules, about, crossover))


_list(
    "foa",
    "First-order ambisonics W Y Z X at one point: an omnidirectional capsule and three figures of eight of "
    "gain 1 to the left, up and ahead (ACN order, SN3D; ambiX, Nachbar et al. 2011).",
    *(Capsule(_W), Capsule(_Y), Capsule(_Z), Capsule(_X)),
)
_list(
    "coincident",
    "L = W + Y, R = W − Y at one point: cardioids to the sides, twice as loud (the DCASE 2025 stereo "
    "data set).",
    *(Capsule((1.0, 0.0, 1.0, 0.0)), Capsule((1.0, 0.0, -1.0, 0.0))),
)
_list(
    "xy",
    "Two cardioids at one point, turned by ±45° (X-Y, after Blumlein's patent of 1931).",
    *(Capsule.facing(45.0, 0.5), Capsule.facing(-45.0, 0.5)),
)
_list(
    "ortf",
    "Two cardioids 17 cm apart, turned by ±55° (ORTF, the French broadcaster's pair of about 1960).",
    *(Capsule.facing(55.0, 0.5, (0.0, 0.085, 0.0)), Capsule.facing(-55.0, 0.5, (0.0, -0.085, 0.0))),
)
_list(
    "spaced",
    "Two omnidirectional microphones 40 cm apart (A-B; textbooks have 20 to 60 cm, 40 is chosen).",
    *(Capsule(_W, (0.0, 0.2, 0.0)), Capsule(_W, (0.0, -0.2, 0.0))),
)
_list(
    "phone",
    "A phone held across: microphones 15 cm apart at its ends, each 6 dB quieter from the other end, which "
    "its body shades, at all frequencies alike (chosen, not measured).",
    *(Capsule.facing(90.0, 0.25, (0.0, 0.075, 0.0)), Capsule.facing(-90.0, 0.25, (0.0, -0.075, 0.0))),
)
_EAR = 0.096  # metres from the middle, so that sound is about as late as around a sphere of 8.75 cm
_list(
    "head",
    "Two ears on a sphere of 8.75 cm: below 1.2 kHz they hear from everywhere alike, above it "
    "1.05 + 0.95 cos of the angle to their side (Brown and Duda 1998, the shadow deepest right opposite).",
    *(Capsule(_W, (0.0, side * _EAR, 0.0)) for side in (1.0, -1.0)),
    *(Capsule((1.05, 0.0, side * 0.95, 0.0), (0.0, side * _EAR, 0.0)) for side in (1.0, -1.0)),
    crossover=1248.0,
)
