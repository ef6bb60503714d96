"""Bursts of noise that stand where events were found."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from seldkit.render.courses import Course, Courses
from seldkit.render.listening.panning import even_pan, lateral_sine, nearness

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]

CENTRES: Final = (1000.0, 2000.0, 500.0, 4000.0)
"""Hertz: the middle of the octave that an event has by its lane, so that those that sound together differ."""
PERIOD: Final = 0.4
SECONDS: Final = 0.15
"""Of a burst; in between the recording is heard."""
RAMP: Final = 0.01
HIGHEST: Final = 0.3
"""Of the sampling rate, for the middle of an octave."""


class Bursts:
    """Adds to a running sound, for each event, bursts from its azimuth and as loud as its distance says.

    The first one begins with the event, the others follow every 0.4 s; an event of unknown direction is
    heard in the middle. level: RMS of a burst at one metre, both channels' power together.
    """

    def __init__(self, courses: Courses, rate: int, level: float) -> None:
        self._courses, self._rate, self._level = courses, rate, level
        self._bursts = [
            band_noise(rate, round(SECONDS * rate), centre, seed) for seed, centre in enumerate(CENTRES)
        ]

    def add(self, samples: Samples, start: int) -> None:
        """Add them to (2, n) samples of which the first is number `start` of the sound, in place."""
        end = start + samples.shape[1]
        # A burst belongs to its first sample, so one that began before may still sound.
        for course in self._courses.between(start / self._rate, end / self._rate):
            first = max(0, int((start / self._rate - course.event.onset - SECONDS) / PERIOD))
            last = int((min(end / self._rate, course.event.offset) - course.event.onset) / PERIOD)
            for number in range(first, last + 1):
                self._add_one(samples, start, course, course.event.onset + PERIOD * number)

    def _add_one(self, samples: Samples, start: int, course: Course, time: float) -> None:
        noise = self._bursts[course.lane % len(self._bursts)]
        count = min(len(noise), round((course.event.offset - time) * self._rate))
        begin = round(time * self._rate) - start
        low, high = max(0, begin), min(samples.shape[1], begin + count)
        if low >= high:
            return
        place = course.at(time + 0.5 * count / self._rate)
        gains = even_pan(lateral_sine(place.azimuth, place.elevation or 0.0))
        shaped = noise[:count] * ramps(count, round(RAMP * self._rate))
        loud = self._level * nearness(place.distance) * gains  # (2,)
        samples[:, low:high] += np.outer(loud, shaped[low - begin : high - begin]).astype(np.float32)


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
