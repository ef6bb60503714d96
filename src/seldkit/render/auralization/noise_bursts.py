"""Bursts of noise from the directions of events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from seldkit.render.auralization.panning import distance_gain, equal_power_gains, lateral_sine
from seldkit.render.trajectories import Trajectories, Trajectory
from seldkit.types import Floats, Samples

OCTAVE_CENTRES_HZ: Final = (1000.0, 2000.0, 500.0, 4000.0)
"""Centre frequency of the noise by lane, so that simultaneous events differ."""
BURST_PERIOD_SECONDS: Final = 0.4
BURST_SECONDS: Final = 0.15
"""Duration of a burst."""
RAMP_SECONDS: Final = 0.01
"""Duration of the fade at the start and end of a burst."""
DUCKING_GAIN: Final = 10.0 ** (-12.0 / 20.0)
"""Gain of the recording during a burst, so that its direction does not mix with that of the burst."""
MAX_CENTRE_TO_SAMPLE_RATE: Final = 0.3
"""Maximum centre frequency divided by the sample rate."""


class NoiseBursts:
    """Adds noise bursts to audio, from the azimuth of each event and with the level of its distance.

    The first burst starts at the onset of the event, the next ones follow every 0.4 s. Events of unknown
    direction are rendered at the centre.

    Args:
        trajectories: Events to render.
        rate: Sample rate in Hz.
        level: RMS of a burst at one metre, power of both channels added.
    """

    def __init__(self, trajectories: Trajectories, rate: int, level: float) -> None:
        self._trajectories, self._rate, self._level = trajectories, rate, level
        length = round(BURST_SECONDS * rate)
        self._noise = [
            band_noise(rate, length, centre, seed) for seed, centre in enumerate(OCTAVE_CENTRES_HZ)
        ]

    def add(self, samples: Samples, start: int) -> None:
        """Adds the bursts to a block in place and attenuates the block during the bursts.

        Args:
            samples: Stereo block of shape ``(2, samples)``.
            start: Index of the first sample of the block in the recording.
        """
        bursts = list(self._bursts(start, start + samples.shape[1]))
        envelope = np.zeros(samples.shape[1])
        for burst in bursts:
            np.maximum(envelope[burst.position], burst.envelope, out=envelope[burst.position])
        samples *= (1.0 - (1.0 - DUCKING_GAIN) * envelope).astype(np.float32)
        for burst in bursts:
            audio = np.outer(burst.gains, burst.noise * burst.envelope)
            samples[:, burst.position] += audio.astype(np.float32)

    def _bursts(self, start: int, end: int) -> Iterator[_Burst]:
        """Yields the bursts, or the parts of them, between two samples."""
        for trajectory in self._trajectories.between(start / self._rate, end / self._rate):
            onset, offset = trajectory.event.onset, min(end / self._rate, trajectory.event.offset)
            # A burst that started before the block may extend into it.
            first = max(0, int((start / self._rate - onset - BURST_SECONDS) / BURST_PERIOD_SECONDS))
            for number in range(first, int((offset - onset) / BURST_PERIOD_SECONDS) + 1):
                burst = self._cut(trajectory, onset + BURST_PERIOD_SECONDS * number, start, end)
                if burst is not None:
                    yield burst

    def _cut(self, trajectory: Trajectory, time: float, start: int, end: int) -> _Burst | None:
        """Returns the part of the burst starting at `time` that lies between two samples."""
        noise = self._noise[trajectory.lane % len(self._noise)]
        count = min(len(noise), round((trajectory.event.offset - time) * self._rate))
        begin = round(time * self._rate)
        low, high = max(start, begin), min(end, begin + count)
        if low >= high:
            return None
        point = trajectory.at(time + 0.5 * count / self._rate)
        gains = equal_power_gains(lateral_sine(point.azimuth, point.elevation or 0.0))
        part = slice(low - begin, high - begin)
        envelope = cosine_ramps(count, round(RAMP_SECONDS * self._rate))[part]
        gains = self._level * distance_gain(point.distance) * gains
        return _Burst(slice(low - start, high - start), noise[part], envelope, gains)


@dataclass(frozen=True, eq=False)
class _Burst:
    """Position in a block, noise and envelope (samples,), and gains of both channels (2,)."""

    position: slice
    noise: Floats
    envelope: Floats
    gains: Floats


def band_noise(rate: int, count: int, centre: float, seed: int) -> Floats:
    """Generates noise of one octave with an RMS of 1.

    Args:
        rate: Sample rate in Hz.
        count: Number of samples.
        centre: Centre frequency in Hz.
        seed: Random seed.

    Returns:
        Noise of shape ``(count,)``.
    """
    frequency = np.fft.rfftfreq(count, 1.0 / rate)
    centre = min(centre, MAX_CENTRE_TO_SAMPLE_RATE * rate)
    inside = (frequency >= centre / np.sqrt(2.0)) & (frequency < centre * np.sqrt(2.0))
    phase = np.random.default_rng(seed).uniform(0.0, 2.0 * np.pi, len(frequency))
    noise = np.fft.irfft(np.where(inside, np.exp(1j * phase), 0.0), count)
    return np.asarray(noise / np.sqrt(np.mean(noise**2)))


def cosine_ramps(count: int, length: int) -> Floats:
    """Computes an envelope of ones with raised-cosine fades at both ends.

    Args:
        count: Number of samples.
        length: Length of each fade in samples.

    Returns:
        Envelope of shape ``(count,)``.
    """
    edge = np.minimum(np.arange(count) + 0.5, count - 0.5 - np.arange(count))
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.clip(edge / max(length, 1), 0.0, 1.0)))
