"""Room impulse responses: image sources, followed by a diffuse tail that decays in two bands.

The direct sound of a source at r metres has the amplitude 1/r and arrives after r/c seconds. The image
sources determine the level of the reverberation at every distance, and the tail continues at their level. The
direct-to-reverberant ratio is therefore that of the image-source model.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from seldkit.synthesis.diffuse_field import diffuse_noise, diffuse_powers
from seldkit.synthesis.image_source import difference_energy, direct_response, image_responses
from seldkit.synthesis.receivers import Receiver
from seldkit.synthesis.rooms import HIGH_BAND_DECAY_FACTOR, SAMPLE_RATE, SPEED_OF_SOUND, Room
from seldkit.types import Floats

CROSSOVER_HZ: Final = 2000.0
"""Frequency between the bands that decay differently."""
HIGH_PASS_HZ: Final = 20.0
"""Cutoff of the reflections: image sources of equal sign add up to a low-frequency pressure that rooms do not
have."""
EARLY_SECONDS: Final = 0.08
"""Time within which image sources are computed; a room of 90 m³ has about a thousand of them."""
TAIL_FADE_SECONDS: Final = 0.02
"""Length of the fade from the image sources to the tail, at the end of `EARLY_SECONDS`."""
EARLY_SECONDS_AFTER_DIRECT: Final = 0.04
"""Minimum time within which image sources are computed after the direct sound of a distant source."""


def impulse_responses(
    room: Room, receiver: Receiver, points: Floats, sample_rate: int = SAMPLE_RATE, tail_seed: int = 0
) -> Floats:
    """Computes the impulse responses from points in a room to a receiver.

    Args:
        room: The room.
        receiver: The receiver.
        points: Positions of the sources in metres in the room's axes, shape ``(n, 3)`` or ``(3,)``.
        sample_rate: Sample rate in Hz.
        tail_seed: Random seed of the tail in addition to the room's. Tails of different seeds are
            uncorrelated, as those of sources at different positions are.

    Returns:
        Responses of shape ``(n, channels, samples)``.
    """
    points = np.atleast_2d(points)
    end = early_length(room, points, sample_rate)
    direct = np.stack([_direct(room, receiver, point, sample_rate, end) for point in points])
    if room.rt60 == 0:
        return receiver.combine_capsules(direct, sample_rate)
    early = [early_reflections(room, receiver, point, sample_rate, end) for point in points]
    tail = ReverberantTail.from_room(room, receiver, sample_rate, tail_seed, end)
    reflected = np.stack([tail.joined(images) for images in early])
    out = high_pass(combine_bands(reflected, sample_rate), sample_rate)
    out[..., : direct.shape[-1]] += direct[..., : out.shape[-1]]
    return receiver.combine_capsules(out, sample_rate)


def early_length(room: Room, points: Floats, sample_rate: int) -> int:
    """Returns the length of the early part: 80 ms, or more if a source is farther than 14 m.

    Args:
        room: The room.
        points: Positions of the sources in metres in the room's axes, shape ``(n, 3)``.
        sample_rate: Sample rate in Hz.

    Returns:
        Length in samples.
    """
    distance = float(np.linalg.norm(points - np.asarray(room.receiver), axis=1).max())
    return int(max(EARLY_SECONDS, distance / SPEED_OF_SOUND + EARLY_SECONDS_AFTER_DIRECT) * sample_rate)


def early_reflections(
    room: Room, receiver: Receiver, point: Floats, sample_rate: int, samples: int, min_order: int = 1
) -> Floats:
    """Computes the response of the image sources without the direct sound.

    Args:
        room: The room.
        receiver: The receiver.
        point: Position of the source in metres in the room's axes, shape ``(3,)``.
        sample_rate: Sample rate in Hz.
        samples: Length of the response in samples.
        min_order: Minimum number of reflections.

    Returns:
        Responses of shape ``(2, capsules, samples)``: low band, high band.
    """
    size, reflection = np.asarray(room.size), room.reflection
    scale = sample_rate / SPEED_OF_SOUND
    responses = [
        image_responses(size, point, position, gains, reflection, samples, scale, min_order)
        for position, gains in capsule_groups(room, receiver)
    ]
    return np.concatenate(responses, axis=1)[..., :samples]


def capsule_groups(room: Room, receiver: Receiver) -> list[tuple[Floats, Floats]]:
    """Returns the positions of a receiver's capsules in a room, and their directivity.

    Args:
        room: The room.
        receiver: The receiver.

    Returns:
        For each position: the position in metres, shape ``(3,)``, and the directivity coefficients of the
        capsules there, shape ``(capsules, 4)``, both in the room's axes.
    """
    positions = np.asarray(room.receiver) + receiver.offsets @ room.axes
    gains = receiver.patterns.copy()
    gains[:, 1:] = gains[:, 1:] @ room.axes
    return [(positions[group[0]], gains[group]) for group in receiver.coincident_groups]


@dataclass(frozen=True, eq=False)
class ReverberantTail:
    """Diffuse noise that decays in two bands and replaces the image sources.

    Attributes:
        noise: Decaying noise in the low and high band, 0 dB at time 0, shape ``(2, capsules, samples)``.
        fade_start: Sample at which the tail begins to replace the image sources.
        fade_end: Sample from which only the tail remains.
        energy: Expected energy of the noise within the fade in both bands, over all capsules, shape ``(2,)``.
    """

    noise: Floats
    fade_start: int
    fade_end: int
    energy: Floats

    @classmethod
    def from_room(
        cls, room: Room, receiver: Receiver, sample_rate: int, seed: int, fade_end: int
    ) -> "ReverberantTail":
        """Generates the tail of a room.

        Args:
            room: The room.
            receiver: The receiver.
            sample_rate: Sample rate in Hz.
            seed: Random seed in addition to the room's.
            fade_end: Sample from which only the tail remains.

        Returns:
            The tail.
        """
        fade = int(TAIL_FADE_SECONDS * sample_rate)
        samples = max(int(room.rt60 * sample_rate), fade_end + fade)
        noise = diffuse_noise(receiver, samples, sample_rate, np.random.default_rng((room.seed, seed)))
        time = np.arange(samples) / sample_rate
        decays = 10.0 ** (-3.0 * np.outer([1.0, HIGH_BAND_DECAY_FACTOR], time) / room.rt60)
        fade_start = fade_end - fade
        energy = np.square(decays[:, fade_start:fade_end]).sum(axis=1) * diffuse_powers(receiver).sum()
        return cls(noise * decays[:, None], fade_start, fade_end, energy)

    def levels(self, early: Floats) -> Floats:
        """Returns the factors by which the tail continues at the energy of the image sources.

        The energy is that of the first difference: the low-frequency pressure of image sources of equal sign
        would otherwise account for half of it.

        Args:
            early: Image sources, shape ``(2, capsules, samples)``.

        Returns:
            Factors of both bands, shape ``(2,)``.
        """
        steps = np.diff(early[..., self.fade_start - 1 : self.fade_end])
        energy = np.square(steps).sum(axis=(1, 2))
        return np.asarray(np.sqrt(energy / (difference_energy() * self.energy)))

    def joined(self, early: Floats) -> Floats:
        """Returns the image sources followed by the tail.

        Args:
            early: Image sources, shape ``(2, capsules, samples)``.

        Returns:
            Responses of shape ``(2, capsules, tail samples)``.
        """
        late = self.noise * np.sqrt(self.ramp(self.noise.shape[-1]))
        out: Floats = late * self.levels(early)[:, None, None]
        out[..., : early.shape[-1]] += early * np.sqrt(1.0 - self.ramp(early.shape[-1]))
        return out

    def ramp(self, samples: int) -> Floats:
        """Returns the share of the tail's energy over time.

        Args:
            samples: Number of samples.

        Returns:
            0 before the fade, rising linearly to 1 at its end, shape ``(samples,)``.
        """
        return np.clip((np.arange(samples) - self.fade_start) / (self.fade_end - self.fade_start), 0.0, 1.0)


def combine_bands(bands: Floats, sample_rate: int) -> Floats:
    """Combines the low and high band by a first-order crossover at 2 kHz.

    Args:
        bands: Low and high band, shape ``(..., 2, channels, samples)``.
        sample_rate: Sample rate in Hz.

    Returns:
        Signals of shape ``(..., channels, samples)``.
    """
    from scipy.signal import sosfilt

    low, high = bands[..., 0, :, :], bands[..., 1, :, :]
    return np.asarray(high + sosfilt(_low_pass_sections(sample_rate), low - high, axis=-1))


def high_pass(reflections: Floats, sample_rate: int) -> Floats:
    """Removes frequencies below `HIGH_PASS_HZ`.

    Args:
        reflections: Signals of shape ``(..., samples)``.
        sample_rate: Sample rate in Hz.

    Returns:
        Filtered signals. Same shape.
    """
    from scipy.signal import sosfilt

    return np.asarray(sosfilt(_high_pass_sections(sample_rate), reflections, axis=-1))


def _direct(room: Room, receiver: Receiver, point: Floats, sample_rate: int, samples: int) -> Floats:
    """The direct sound, (capsules, samples)."""
    scale = sample_rate / SPEED_OF_SOUND
    return np.concatenate(
        [
            direct_response(point - position, gains, scale, samples)
            for position, gains in capsule_groups(room, receiver)
        ]
    )


@lru_cache(maxsize=4)
def _low_pass_sections(sample_rate: int) -> Floats:
    from scipy.signal import butter

    return np.asarray(butter(1, CROSSOVER_HZ, fs=sample_rate, output="sos"))


@lru_cache(maxsize=4)
def _high_pass_sections(sample_rate: int) -> Floats:
    from scipy.signal import butter

    return np.asarray(butter(2, HIGH_PASS_HZ, "high", fs=sample_rate, output="sos"))
