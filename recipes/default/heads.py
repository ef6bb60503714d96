"""Simulates rooms with a measured head as receiver.

    python recipes/default/heads.py --head HEAD.sofa --output DIR

The head of `seldkit.synthesis` is a sphere. A real head has different responses in front and behind, and a
larger level difference between the ears. A part of the training scenes therefore uses measured anechoic
responses of a head (SOFA) in random shoebox rooms: each image source is filtered with the response of its
direction, and the diffuse tail with the responses of many directions. Each room is a SOFA file for
`MeasuredRoom`, with sources in all azimuths at one distance. The size of the head and the spectrum of its
ears vary randomly around the measured ones, and the sources face the head with a random directivity up to
that of loudspeakers and mouths.

From Debian's libmysofa1: MIT_KEMAR_normal_pinna.sofa (Gardner and Martin 1994, MIT Media Lab).
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft
from scipy.interpolate import CubicSpline
from scipy.signal import oaconvolve

from seldkit.files import replacing
from seldkit.geometry import unit_vector
from seldkit.synthesis.event_statistics import starss22_statistics
from seldkit.synthesis.image_source import delay_table
from seldkit.synthesis.measured_responses import MeasuredResponses
from seldkit.synthesis.room_responses import combine_bands, high_pass
from seldkit.synthesis.rooms import (
    HIGH_BAND_DECAY_FACTOR,
    SAMPLE_RATE,
    SPEED_OF_SOUND,
    Room,
    draw_room,
    fibonacci_sphere,
)
from seldkit.synthesis.scene_plan import MAX_SOURCE_DISTANCE_M, MIN_SOURCE_DISTANCE_M

Floats = NDArray[np.float64]

ROOMS = 300
SOURCES = 72
"""Number of sources in a room; those outside of the walls are left out."""
DIRECTIONS = 400
"""Number of directions on the sphere; the direction of an image source is rounded to the nearest, 5
degrees on average."""
EARLY, JOIN = 1200, 240
"""Number of samples with separate image sources, and of their last samples, which are cross-faded with
the tail."""
TAILS, WAVES = 4, 48
"""Number of tails of a room, one of which each source has, and number of directions of each tail."""
SIZES = (0.9, 1.1)
"""Smallest and largest size relative to the measured head; the responses are stretched in time."""
EARS_DB, EARS = 2.5, 6
"""Standard deviation of a smooth random change of the spectrum of a head, and its number of knots; each
ear differs by a third of it."""
LEAD = 24
"""Number of samples before a response, for the pre-ringing of the changed spectrum."""
NARROWEST = 0.8
"""Largest directivity d of a source: gain (1 - d) + d cos(angle to its front), with d / 2 below 2 kHz."""
LEVEL_DB = 3.0
"""Standard deviation of the level of a file."""


@dataclass(frozen=True, eq=False)
class Head:
    """Responses of a head from `DIRECTIONS`, (directions, 2, samples); straight ahead, their mean energy
    is 1."""

    responses: Floats

    @classmethod
    def drawn(cls, measured: MeasuredResponses, rng: np.random.Generator) -> "Head":
        """Draws a head that is similar to the measured one."""
        around = fibonacci_sphere(DIRECTIONS)
        there = unit_vector(measured.azimuth, measured.elevation)
        responses = measured.responses[(around @ there.T).argmax(axis=1)]
        count, size = responses.shape[2], rng.uniform(*SIZES)
        spline = CubicSpline(np.arange(count), responses, axis=2, extrapolate=False)
        responses = np.nan_to_num(spline(np.arange(int(count * max(1.0, size))) / size))
        change = EARS_DB * (rng.standard_normal(EARS) + rng.standard_normal((2, EARS)) / 3.0)
        length = next_fast_len(responses.shape[2] + EARLY, real=True)
        smooth = CubicSpline(np.linspace(0.0, 1.0, EARS), change, axis=1)
        gain = smooth(np.linspace(0.0, 1.0, length // 2 + 1))
        shaped = irfft(rfft(responses, length) * 10.0 ** (gain / 20.0), length)
        # A zero-phase change of the spectrum also rings before the response, which is at the end here.
        shaped = np.roll(shaped, LEAD, axis=2)[:, :, : responses.shape[2] + 2 * LEAD]
        return cls(shaped / np.sqrt(np.square(shaped[around[:, 0].argmax()]).sum(axis=1).mean()))

    @cached_property
    def spectra(self) -> NDArray[np.complex128]:
        """Spectra of the responses for signals of `EARLY` samples: (directions, 2, frequencies)."""
        return np.asarray(rfft(self.responses, self.length))

    @property
    def length(self) -> int:
        """Number of samples of the filtered signal of `EARLY` samples, rounded up for the FFT."""
        return int(next_fast_len(EARLY + self.responses.shape[2], real=True))

    def filter(self, signals: Floats) -> Floats:
        """Filters signals (bands, directions, EARLY) with the responses and sums them: (bands, 2, length)."""
        waves = rfft(signals, self.length)
        return np.asarray(irfft(np.einsum("bdf,def->bef", waves, self.spectra), self.length))


def main() -> None:
    """Writes missing rooms."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--head", type=Path, required=True, help="SOFA file with anechoic responses of a head"
    )
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--rooms", type=int, default=ROOMS)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(options.workers) as pool:
        for path in pool.map(partial(make, options.head, options.output), range(options.rooms)):
            print(path, flush=True)


def make(head: Path, folder: Path, number: int) -> Path:
    """Writes the file of a room, unless it exists."""
    path = folder / f"{number:04}.sofa"
    if not path.exists():
        places, responses = room_responses(MeasuredResponses.from_file(head), number)
        with replacing(path) as temporary, h5py.File(temporary, "w") as file:
            file.attrs.update(Conventions="SOFA", SOFAConventions="SingleRoomDRIR", DataType="FIR")
            file["SourcePosition"] = places
            file["SourcePosition"].attrs["Type"] = "spherical"
            file["Data.IR"] = responses.astype(np.float32)
            file["Data.SamplingRate"] = [float(SAMPLE_RATE)]
    return path


def room_responses(measured: MeasuredResponses, number: int) -> tuple[Floats, Floats]:
    """Azimuths, elevations, distances (sources, 3) in a random room, and responses (sources, 2, samples)."""
    rng = np.random.default_rng((number, 4))
    room, places = _drawn(rng)
    head, narrow = Head.drawn(measured, rng), rng.uniform(0.0, NARROWEST)
    tails = [_tail(room, head, rng) for _ in range(TAILS)]
    level = 10.0 ** (rng.normal(0.0, LEVEL_DB) / 20.0)
    responses = [_response(room, head, place, narrow, tails[rng.integers(TAILS)]) for place in places]
    return places, level * np.stack(responses)


def _drawn(rng: np.random.Generator) -> tuple[Room, Floats]:
    """Random room, and azimuths, elevations and distances of its sources."""
    while True:
        room, distance = draw_room(rng), rng.uniform(MIN_SOURCE_DISTANCE_M, MAX_SOURCE_DISTANCE_M)
        azimuth = np.arange(SOURCES) * 360.0 / SOURCES + rng.uniform(-2.0, 2.0, SOURCES)
        places = [(one, starss22_statistics().draw_elevation(rng), distance) for one in azimuth]
        places = [place for place in places if room.distance_to_wall(*place[:2]) > distance]
        if len(places) >= SOURCES // 4:
            return room, np.array(places)


def _response(room: Room, head: Head, place: Floats, narrow: float, tail: Floats) -> Floats:
    """Impulse response of both ears, (2, samples): direct sound, image sources, then the tail."""
    farthest = place[2] + EARLY / SAMPLE_RATE * SPEED_OF_SOUND
    away, gains = images(room, room.position(*place), narrow, farthest)
    metres = np.linalg.norm(away, axis=1)
    nearest = (away @ fibonacci_sphere(DIRECTIONS).T).argmax(axis=1)
    delay = (metres - place[2]) / SPEED_OF_SOUND * SAMPLE_RATE
    table = delay_table()
    direct, reflected = np.zeros((2, 2, DIRECTIONS, EARLY))
    for image in np.flatnonzero(delay < EARLY - table.shape[1]):
        taps = table[round((delay[image] % 1.0) * (len(table) - 1))]
        first, into = int(delay[image]), direct if image == metres.argmin() else reflected
        into[:, nearest[image], first : first + len(taps)] += gains[:, image, None] * taps
    early = head.filter(reflected)
    ramp = np.clip((np.arange(tail.shape[2]) - (EARLY - JOIN)) / JOIN, 0.0, 1.0)
    joined = slice(EARLY - JOIN, EARLY)
    level = np.sqrt(np.square(early[..., joined]).sum() / np.square(tail[..., joined]).sum())
    out = level * tail * np.sqrt(ramp)
    out[..., : head.length] += early * np.sqrt(1.0 - ramp[: head.length])
    out = high_pass(combine_bands(out, SAMPLE_RATE), SAMPLE_RATE)
    out[:, : head.length] += combine_bands(head.filter(direct), SAMPLE_RATE)
    return out


def images(room: Room, source: Floats, narrow: float, farthest: float) -> tuple[Floats, Floats]:
    """Computes a source and its image sources.

    Args:
        room: The room.
        source: Position of the source in metres, (3,).
        narrow: Directivity of the source, 0 to `NARROWEST`.
        farthest: Largest distance from the receiver in metres.

    Returns:
        Positions relative to the receiver, (images, 3), metres ahead, left and up, and gains,
        (2 bands, images).
    """
    axes = []
    for size, place, receiver in zip(room.size, source, room.receiver, strict=True):
        most = int(np.ceil(farthest / (2.0 * size))) + 1
        number, odd = (grid.ravel() for grid in np.meshgrid(np.arange(-most, most + 1), [0, 1]))
        sign = 1.0 - 2.0 * odd
        axes.append((2.0 * number * size + sign * place - receiver, sign, abs(number - odd) + abs(number)))
    grids = (np.meshgrid(*kind, indexing="ij") for kind in zip(*axes, strict=True))
    away, sign, walls = (np.stack(grid, axis=-1).reshape(-1, 3) for grid in grids)
    metres = np.linalg.norm(away, axis=1)
    near = metres < farthest
    away, sign, walls, metres = away[near], sign[near], walls[near].sum(axis=1), metres[near]
    front = (np.asarray(room.receiver) - source) / np.linalg.norm(np.asarray(room.receiver) - source)
    cosine = -(away * sign * front).sum(axis=1) / metres
    sends = 1.0 + np.outer([narrow / 2.0, narrow], cosine - 1.0)
    return away @ room.axes.T, sends * room.reflection[:, None] ** walls / metres


def _tail(room: Room, head: Head, rng: np.random.Generator) -> Floats:
    """Diffuse decay at both ears from the arrival of the direct sound: (2 bands, 2, samples)."""
    samples = max(int(room.rt60 * SAMPLE_RATE), head.length)
    chosen = rng.choice(DIRECTIONS, WAVES, replace=False)
    noise = rng.standard_normal((WAVES, 1, samples))
    diffuse = oaconvolve(noise, head.responses[chosen], axes=2).sum(axis=0)[:, :samples]
    time = np.arange(samples) / SAMPLE_RATE
    return np.stack(
        [diffuse * 10.0 ** (-3.0 * fall * time / room.rt60) for fall in (1.0, HIGH_BAND_DECAY_FACTOR)]
    )


if __name__ == "__main__":
    main()
