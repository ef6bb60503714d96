"""Bursts of noise that stand where events were found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from seldkit.render.listening.panning import even_pan, lateral_sine, nearness
from seldkit.render.trajectories import Trajectories, Trajectory
from seldkit.types import Floats, Samples

CENTRES: Final = (1000.0, 2000.0, 500.0, 4000.0)
"""Hertz: the middle of the octave that an event has by its lane, so that those that sound together differ."""
PERIOD: Final = 0.4
SECONDS: Final = 0.15
"""Of a burst; in between the recording is heard."""
RAMP: Final = 0.01
GIVING_WAY: Final = 10.0 ** (-12.0 / 20.0)
"""Of the recording while a burst sounds, so that the burst's direction is heard and not the sum's."""
HIGHEST: Final = 0.3
"""Of the sampling rate, for the middle of an octave."""


class Bursts:
    """Adds to a running sound, for each event, bursts from its azimuth and as loud as its distance says.

    The first one begins with the event, the others follow every 0.4 s; an event of unknown direction is
    heard in the middle. level: RMS of a burst at one metre, both channels' power together.
    """

    def __init__(self, courses: Trajectories, rate: int, level: float) -> None:
        self._courses, self._rate, self._level = courses, rate, level
        self._bursts = [
            band_noise(rate, round(SECONDS * rate), centre, seed) for seed, centre in enumerate(CENTRES)
        ]

    def add(self, samples: Samples, start: int) -> None:
        """Add them to (2, n) samples of which the first is number `start` of the sound, in place.

        What is there already gives way while a burst sounds.
        """
        placed = list(self._placed(start, start + samples.shape[1]))
        covered = np.zeros(samples.shape[1])
        for burst in placed:
            np.maximum(covered[burst.where], burst.envelope, out=covered[burst.where])
        samples *= (1.0 - (1.0 - GIVING_WAY) * covered).astype(np.float32)
        for burst in placed:
            samples[:, burst.where] += np.outer(burst.gains, burst.noise * burst.envelope).astype(np.float32)

    def _placed(self, start: int, end: int) -> Iterator[_Burst]:
        """The bursts, or the parts of them, between two samples."""
        for course in self._courses.between(start / self._rate, end / self._rate):
            onset, offset = course.event.onset, min(end / self._rate, course.event.offset)
            # One that began before may still sound.
            first = max(0, int((start / self._rate - onset - SECONDS) / PERIOD))
            for number in range(first, int((offset - onset) / PERIOD) + 1):
                burst = self._cut(course, onset + PERIOD * number, start, end)
                if burst is not None:
                    yield burst

    def _cut(self, course: Trajectory, time: float, start: int, end: int) -> _Burst | None:
        """What of an event's burst that begins at `time` lies between two samples."""
        noise = self._bursts[course.lane % len(self._bursts)]
        count = min(len(noise), round((course.event.offset - time) * self._rate))
        begin = round(time * self._rate)
        low, high = max(start, begin), min(end, begin + count)
        if low >= high:
            return None
        place = course.at(time + 0.5 * count / self._rate)
        gains = even_pan(lateral_sine(place.azimuth, place.elevation or 0.0))
        part = slice(low - begin, high - begin)
        envelope = ramps(count, round(RAMP * self._rate))[part]
        loud = self._level * nearness(place.distance) * gains
        return _Burst(slice(low - start, high - start), noise[part], envelope, loud)


@dataclass(frozen=True, eq=False)
class _Burst:
    """Where it lies in a block; its noise and envelope (samples,), and the gains of both channels (2,)."""

    where: slice
    noise: Floats
    envelope: Floats
    gains: Floats


def band_noise(rate: int, count: int, centre: float, seed: int) -> Floats:
    """Noise of an octave around `centre` hertz with an RMS of 1, (count,)."""
    frequency = np.fft.rfftfreq(count, 1.0 / rate)
    middle = min(centre, HIGHEST * rate)
    inside = (frequency >= middle / np.sqrt(2.0)) & (frequency < middle * np.sqrt(2.0))
    phase = np.random.default_rng(seed).uniform(0.0, 2.0 * np.pi, len(frequency))
    noise = np.fft.irfft(np.where(inside, np.exp(1j * phase), 0.0), count)
    return np.asarray(noise / np.sqrt(np.mean(noise**2)))


def ramps(count: int, length: int) -> Floats:
    """Ones that rise from 0 at the beginning and fall to it at the end, as a cosine does, (count,)."""
    edge = np.minimum(np.arange(count) + 0.5, count - 0.5 - np.arange(count))
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.clip(edge / max(length, 1), 0.0, 1.0)))
