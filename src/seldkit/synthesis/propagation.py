"""What a receiver hears of a source that stands still or moves."""

from typing import Final

import numpy as np

from seldkit.synthesis.image_source import moving_source_signal
from seldkit.synthesis.measured_responses import MeasuredRoom
from seldkit.synthesis.receivers import Receiver
from seldkit.synthesis.room_responses import (
    ReverberantTail,
    capsule_groups,
    combine_bands,
    early_length,
    early_reflections,
    high_pass,
    impulse_responses,
)
from seldkit.synthesis.rooms import SAMPLE_RATE, SPEED_OF_SOUND, Room
from seldkit.types import Floats

STEP_SECONDS: Final = 0.1
"""Between the points of a path at which the reflections are computed; 15 cm at a walk of 1.5 m/s."""
SPREAD: Final = 128
"""Samples before a fade over which its two kinds are mixed."""


def propagate(
    dry: Floats,
    path: Floats,
    room: Room | MeasuredRoom,
    receiver: Receiver,
    sample_rate: int = SAMPLE_RATE,
    tail_seed: int = 0,
) -> Floats:
    """The sound `dry` (n,) of a source on a path, as the receiver hears it: (channels, samples).

    path: points (k, 3) in metres, evenly spaced in time over `dry`, straight between; one point is a still
    source. The direct sound of a moving one goes through a delay that changes with every sample (it is
    heard with its Doppler shift, and no two copies of it interfere), and so do the six first reflections;
    the others cross-fade every 100 ms; the tail is one for the whole path, at their changing level.
    """
    from scipy.signal import oaconvolve

    steps = max(2, round(len(dry) / sample_rate / STEP_SECONDS) + 1)
    points = path if len(path) == 1 else interpolate_path(path, np.linspace(0.0, 1.0, steps))
    if isinstance(room, MeasuredRoom):
        return room.heard(dry, points)
    if len(path) == 1:
        response = impulse_responses(room, receiver, path, sample_rate, tail_seed)[0]
        return np.asarray(oaconvolve(dry[None].astype(np.float32), response.astype(np.float32), axes=1))
    out = _coherent(dry, path, room, receiver, sample_rate)
    if room.rt60 > 0:
        full = early_length(room, points, sample_rate)
        tail = ReverberantTail.of(room, receiver, sample_rate, tail_seed, full)
        late = _late(dry, points, room, receiver, sample_rate, tail)
        out = _sum(out, high_pass(late, sample_rate))
    return receiver.recorded(out, sample_rate)


def interpolate_path(values: Floats, where: Floats) -> Floats:
    """Values (k, …), evenly spaced over 0 to 1, interpolated linearly at `where` (n,): (n, …)."""
    at = np.linspace(0.0, 1.0, len(values))
    return np.stack([np.interp(where, at, column) for column in values.T], axis=1)


def _coherent(dry: Floats, path: Floats, room: Room, receiver: Receiver, sample_rate: int) -> Floats:
    """The source's own sound and its six first reflections, (channels, samples)."""
    scale = sample_rate / SPEED_OF_SOUND
    capsules = capsule_groups(room, receiver)
    direct = _together([moving_source_signal(dry, path - place, gains, scale) for place, gains in capsules])
    if room.rt60 == 0:
        return direct
    first = _sum(
        *(
            _together([moving_source_signal(dry, image - place, gains, scale) for place, gains in capsules])
            for image in _mirrored(path, room)
        )
    )
    return _sum(direct, combine_bands(room.reflection[:, None, None] * first, sample_rate))


def _mirrored(path: Floats, room: Room) -> list[Floats]:
    """A path behind each wall, (k, 3)."""
    images = []
    for axis in range(3):
        for wall in (0.0, room.size[axis]):
            image = path.copy()
            image[:, axis] = 2.0 * wall - image[:, axis]
            images.append(image)
    return images


def _together(parts: list[Floats]) -> Floats:
    """Channels (m, n) of several capsules as one array, as long as the longest."""
    if len(parts) == 1:
        return parts[0]
    out = np.zeros((sum(len(part) for part in parts), max(part.shape[1] for part in parts)))
    first = 0
    for part in parts:
        out[first : first + len(part), : part.shape[1]] = part
        first += len(part)
    return out


def _late(
    dry: Floats, points: Floats, room: Room, receiver: Receiver, sample_rate: int, tail: ReverberantTail
) -> Floats:
    """All other reflections and the tail, (channels, samples)."""
    from scipy.signal import oaconvolve

    found = [early_reflections(room, receiver, point, sample_rate, tail.full, lowest=2) for point in points]
    early = np.stack(found) * np.sqrt(1.0 - tail.ramp(tail.full))
    level = np.sqrt(np.mean([np.square(tail.levels(images)) for images in found], axis=1))
    louder = np.interp(np.linspace(0.0, 1.0, len(dry)), np.linspace(0.0, 1.0, len(level)), level)
    noise = combine_bands(tail.noise * np.sqrt(tail.ramp(tail.noise.shape[-1])), sample_rate)
    late = oaconvolve((dry * louder)[None].astype(np.float32), noise.astype(np.float32), axes=1)
    step = float(np.linalg.norm(np.diff(points, axis=0), axis=1).mean())
    return _sum(late, _faded(dry, combine_bands(early, sample_rate), step, sample_rate))


def _faded(dry: Floats, early: Floats, step: float, sample_rate: int) -> Floats:
    """`dry` through responses (k, channels, samples) that take turns, each fading in and out.

    Two responses `step` metres apart agree at low frequencies, where linear fades keep the level, and not at
    high ones, where the roots of linear fades do; in between they agree as a diffuse field does: sin x / x.
    """
    from scipy.fft import irfft, next_fast_len, rfft, rfftfreq

    count, channels, taps = early.shape
    edges = np.linspace(0, len(dry), count).round().astype(int)
    size = next_fast_len(2 * int(np.diff(edges).max()) + taps + 2 * SPREAD, real=True)
    frequency = rfftfreq(size, 1.0 / sample_rate).astype(np.float32)
    alike = np.maximum(np.sinc(2.0 * frequency * step / SPEED_OF_SOUND), 0.0)
    pieces = np.zeros((2, count, size), np.float32)
    for number in range(count):
        first, middle, last = edges[max(0, number - 1)], edges[number], edges[min(count - 1, number + 1)]
        fade = np.interp(
            np.arange(first, last), [first, middle, last], [first == middle, 1.0, middle == last]
        )
        pieces[:, number, SPREAD : SPREAD + last - first] = dry[first:last] * np.stack([fade, np.sqrt(fade)])
    linear, root = rfft(pieces)
    wet = irfft((root + alike * (linear - root))[:, None] * rfft(early.astype(np.float32), size), size)
    out = np.zeros((channels, len(dry) + size))
    for number in range(count):
        first = edges[max(0, number - 1)]
        out[:, first : first + size] += wet[number]
    return out[:, SPREAD : SPREAD + len(dry) + taps]


def _sum(*parts: Floats) -> Floats:
    """Signals (channels, samples) together, as long as the longest."""
    out = np.zeros((len(parts[0]), max(part.shape[1] for part in parts)))
    for part in parts:
        out[:, : part.shape[1]] += part
    return out
