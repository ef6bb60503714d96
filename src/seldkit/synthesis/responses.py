"""Room responses: image sources while they are few, then a diffuse tail that decays in two bands.

The direct sound of a source at r metres has the amplitude 1/r and arrives after r/c seconds; the images say
how loud the room is at every distance, and the tail goes on at their level. So the direct-to-reverberant
ratio is the room's.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from seldkit.synthesis.diffuse import diffuse_noise
from seldkit.synthesis.images import add_images
from seldkit.synthesis.receivers import Receiver
from seldkit.synthesis.rooms import HIGH_DECAY, SAMPLE_RATE, SPEED_OF_SOUND, Room

Floats = NDArray[np.float64]

CROSSOVER: Final = 2000.0
"""Hertz between the bands that decay differently."""
EARLY_SECONDS: Final = 0.08
"""Up to here every image is heard; by then a room of 300 m³ has two thousand."""
JOIN_SECONDS: Final = 0.02
"""The last part of it, during which the tail takes over."""


def responses(
    room: Room, receiver: Receiver, points: Floats, sample_rate: int = SAMPLE_RATE, tail_seed: int = 0
) -> Floats:
    """What a receiver hears of an impulse at each of the `points` (n, 3): (n, channels, samples).

    tail_seed: tails of other seeds are independent, as those of sources at different places are.
    """
    early = early_responses(room, receiver, np.atleast_2d(points), sample_rate)
    if room.rt60 == 0:
        return crossed(early, sample_rate)
    tail = Tail.of(room, receiver, sample_rate, tail_seed)
    return crossed(tail.joined(early), sample_rate)


def early_responses(
    room: Room, receiver: Receiver, points: Floats, sample_rate: int, direct: bool = True
) -> Floats:
    """Image sources of the first 80 ms (at least as long as the direct sound takes) in both bands.

    Gives (n, 2 bands, channels, samples).
    """
    distance = np.linalg.norm(points - np.asarray(room.receiver), axis=1).max()
    seconds = max(EARLY_SECONDS, distance / SPEED_OF_SOUND + 0.005)
    places = np.asarray(room.receiver) + receiver.offsets @ room.axes  # (channels, 3)
    gains = receiver.patterns.copy()
    gains[:, 1:] = receiver.patterns[:, 1:] @ room.axes  # in the room's axes
    size, reflection = np.asarray(room.size), room.reflection
    heard: list[Floats] = []
    for point in points:
        parts = [
            add_images(
                *(size, point, places[group[0]], gains[group], reflection),
                *(seconds, sample_rate, SPEED_OF_SOUND, direct),
            )
            for group in receiver.groups
        ]
        heard.append(np.concatenate(parts, axis=1))
    return np.stack(heard)


@dataclass(frozen=True, eq=False)
class Tail:
    """A diffuse decay in both bands, (2, channels, samples), 0 dB at time 0, and where it begins."""

    noise: Floats
    begin: int
    full: int

    @classmethod
    def of(cls, room: Room, receiver: Receiver, sample_rate: int, seed: int) -> "Tail":
        """The room's tail; the figures of eight hear a third of an omni's energy."""
        samples = int(max(room.rt60, EARLY_SECONDS + JOIN_SECONDS) * sample_rate)
        rng = np.random.default_rng((room.seed, seed))
        noise = diffuse_noise(receiver, samples, sample_rate, rng)
        time = np.arange(samples) / sample_rate
        decays = 10.0 ** (-3.0 * np.outer([1.0, HIGH_DECAY], time) / room.rt60)
        full = int(EARLY_SECONDS * sample_rate)
        return cls(noise * decays[:, None], full - int(JOIN_SECONDS * sample_rate), full)

    def levels(self, early: Floats) -> Floats:
        """The factor of the tail, by point and band, that carries the images' energy on: (n, 2)."""
        window = slice(self.begin, self.full)
        images = np.square(early[..., window]).sum(axis=(2, 3))
        return np.asarray(np.sqrt(images / np.square(self.noise[..., window]).sum(axis=(1, 2))))

    def joined(self, early: Floats) -> Floats:
        """Images (n, 2, channels, samples), and from 60 to 80 ms on the tail."""
        length = max(self.noise.shape[-1], early.shape[-1])
        late = self.noise * self.levels(early)[..., None, None]
        out = np.pad(late * np.sqrt(self.ramp(self.noise.shape[-1])), _after(length - late.shape[-1]))
        out[..., : early.shape[-1]] += early * np.sqrt(1.0 - self.ramp(early.shape[-1]))
        return np.asarray(out)

    def ramp(self, samples: int) -> Floats:
        """0 before the tail begins, 1 where it is all there is."""
        return np.clip((np.arange(samples) - self.begin) / (self.full - self.begin), 0.0, 1.0)


def crossed(bands: Floats, sample_rate: int) -> Floats:
    """Both bands (…, 2, channels, samples) as one signal: the low one below the crossover, the high above."""
    from scipy.signal import sosfilt

    low, high = bands[..., 0, :, :], bands[..., 1, :, :]
    return np.asarray(high + sosfilt(_low_pass(sample_rate), low - high, axis=-1))


@lru_cache(maxsize=4)
def _low_pass(sample_rate: int) -> Any:
    from scipy.signal import butter

    return butter(1, CROSSOVER, fs=sample_rate, output="sos")


def _after(samples: int) -> list[tuple[int, int]]:
    return [(0, 0), (0, 0), (0, 0), (0, max(0, samples))]
