"""Room responses: image sources while they are few, then a diffuse tail that decays in two bands.

The direct sound of a source at r metres has the amplitude 1/r and arrives after r/c seconds; the images say
how loud the room is at every distance, and the tail goes on at their level. So the direct-to-reverberant
ratio is the room's.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

from seldkit.synthesis.diffuse_field import diffuse_noise, diffuse_powers
from seldkit.synthesis.image_source import difference_energy, direct_response, image_responses
from seldkit.synthesis.receivers import Receiver
from seldkit.synthesis.rooms import HIGH_BAND_DECAY_FACTOR, SAMPLE_RATE, SPEED_OF_SOUND, Room
from seldkit.types import Floats

CROSSOVER: Final = 2000.0
"""Hertz between the bands that decay differently."""
HIGH_PASS: Final = 20.0
"""Hertz above which reflections are kept: images of one sign pile up a pressure that rooms do not have."""
EARLY_SECONDS: Final = 0.08
"""Up to here every image is heard; by then a room of 90 m³ has a thousand."""
JOIN_SECONDS: Final = 0.02
"""The last part of it, during which the tail takes over."""
AFTER_DIRECT: Final = 0.04
"""Seconds for which images are heard after the direct sound of a source that is very far."""


def impulse_responses(
    room: Room, receiver: Receiver, points: Floats, sample_rate: int = SAMPLE_RATE, tail_seed: int = 0
) -> Floats:
    """What a receiver hears of an impulse at each of the `points` (n, 3): (n, channels, samples).

    tail_seed: tails of other seeds are independent, as those of sources at different places are.
    """
    points = np.atleast_2d(points)
    full = early_length(room, points, sample_rate)
    direct = np.stack([_direct(room, receiver, point, sample_rate, full) for point in points])
    if room.rt60 == 0:
        return receiver.recorded(direct, sample_rate)
    early = [early_reflections(room, receiver, point, sample_rate, full) for point in points]
    tail = ReverberantTail.of(room, receiver, sample_rate, tail_seed, full)
    reflected = np.stack([tail.joined(images) for images in early])
    out = high_pass(combine_bands(reflected, sample_rate), sample_rate)
    out[..., : direct.shape[-1]] += direct[..., : out.shape[-1]]
    return receiver.recorded(out, sample_rate)


def early_length(room: Room, points: Floats, sample_rate: int) -> int:
    """How long images are heard: 80 ms, longer where a source is farther than 14 m."""
    distance = float(np.linalg.norm(points - np.asarray(room.receiver), axis=1).max())
    return int(max(EARLY_SECONDS, distance / SPEED_OF_SOUND + AFTER_DIRECT) * sample_rate)


def early_reflections(
    room: Room, receiver: Receiver, point: Floats, sample_rate: int, samples: int, lowest: int = 1
) -> Floats:
    """Images that have met `lowest` walls or more: (2 bands, channels, samples)."""
    size, reflection = np.asarray(room.size), room.reflection
    scale = sample_rate / SPEED_OF_SOUND
    found = [
        image_responses(size, point, place, gains, reflection, samples, scale, lowest)
        for place, gains in capsule_groups(room, receiver)
    ]
    return np.concatenate(found, axis=1)[..., :samples]


def capsule_groups(room: Room, receiver: Receiver) -> list[tuple[Floats, Floats]]:
    """Where capsules stand (3,) and what they make of sound (channels, 4), a group of channels at a time.

    Both in the room's axes.
    """
    places = np.asarray(room.receiver) + receiver.offsets @ room.axes
    gains = receiver.patterns.copy()
    gains[:, 1:] = gains[:, 1:] @ room.axes
    return [(places[group[0]], gains[group]) for group in receiver.groups]


@dataclass(frozen=True, eq=False)
class ReverberantTail:
    """A diffuse decay in both bands, (2, channels, samples), 0 dB at time 0.

    It takes over from the images from sample `begin` to sample `full`; energy: what is expected of it
    there in both bands, all channels together, (2,).
    """

    noise: Floats
    begin: int
    full: int
    energy: Floats

    @classmethod
    def of(cls, room: Room, receiver: Receiver, sample_rate: int, seed: int, full: int) -> "ReverberantTail":
        """The room's tail after `full` samples of images."""
        samples = max(int(room.rt60 * sample_rate), full + int(JOIN_SECONDS * sample_rate))
        noise = diffuse_noise(receiver, samples, sample_rate, np.random.default_rng((room.seed, seed)))
        time = np.arange(samples) / sample_rate
        decays = 10.0 ** (-3.0 * np.outer([1.0, HIGH_BAND_DECAY_FACTOR], time) / room.rt60)
        begin = full - int(JOIN_SECONDS * sample_rate)
        energy = np.square(decays[:, begin:full]).sum(axis=1) * diffuse_powers(receiver).sum()
        return cls(noise * decays[:, None], begin, full, energy)

    def levels(self, early: Floats) -> Floats:
        """The tail's factor in both bands, (2,), that carries the images' energy on.

        Measured on the steps from sample to sample: the pressure that images of one sign pile up below some
        tens of Hertz would otherwise count as half of it.
        """
        steps = np.diff(early[..., self.begin - 1 : self.full])
        return np.asarray(np.sqrt(np.square(steps).sum(axis=(1, 2)) / (difference_energy() * self.energy)))

    def joined(self, early: Floats) -> Floats:
        """Images (2, channels, samples), and the tail that carries on."""
        late = self.noise * np.sqrt(self.ramp(self.noise.shape[-1]))
        out: Floats = late * self.levels(early)[:, None, None]
        out[..., : early.shape[-1]] += early * np.sqrt(1.0 - self.ramp(early.shape[-1]))
        return out

    def ramp(self, samples: int) -> Floats:
        """0 before the tail begins, 1 where it is all there is."""
        return np.clip((np.arange(samples) - self.begin) / (self.full - self.begin), 0.0, 1.0)


def combine_bands(bands: Floats, sample_rate: int) -> Floats:
    """Both bands (…, 2, channels, samples) as one signal: the low one below the crossover, the high above."""
    from scipy.signal import sosfilt

    low, high = bands[..., 0, :, :], bands[..., 1, :, :]
    return np.asarray(high + sosfilt(_low_pass(sample_rate), low - high, axis=-1))


def high_pass(sound: Floats, sample_rate: int) -> Floats:
    """Reflections without what lies below `HIGH_PASS`."""
    from scipy.signal import sosfilt

    return np.asarray(sosfilt(_high_pass(sample_rate), sound, axis=-1))


def _direct(room: Room, receiver: Receiver, point: Floats, sample_rate: int, samples: int) -> Floats:
    """The direct sound, (channels, samples)."""
    scale = sample_rate / SPEED_OF_SOUND
    parts = [
        direct_response(point - place, gains, scale, samples)
        for place, gains in capsule_groups(room, receiver)
    ]
    return np.concatenate(parts)


@lru_cache(maxsize=4)
def _low_pass(sample_rate: int) -> Any:
    from scipy.signal import butter

    return butter(1, CROSSOVER, fs=sample_rate, output="sos")


@lru_cache(maxsize=4)
def _high_pass(sample_rate: int) -> Any:
    from scipy.signal import butter

    return butter(2, HIGH_PASS, "high", fs=sample_rate, output="sos")
