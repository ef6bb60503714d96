"""What a receiver hears of a source that stands still or moves."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from seldkit.synthesis.images import add_direct
from seldkit.synthesis.measured import MeasuredRoom
from seldkit.synthesis.receivers import Receiver
from seldkit.synthesis.responses import Tail, crossed, early_responses, responses
from seldkit.synthesis.rooms import SAMPLE_RATE, SPEED_OF_SOUND, Room

Floats = NDArray[np.float64]

STEP_SECONDS: Final = 0.1
"""Between the points of a path at which the reflections are computed; 15 cm at a walk of 1.5 m/s."""


def heard(
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
    heard with its Doppler shift, and no two copies of it interfere); reflections cross-fade every 100 ms;
    the tail is one for the whole path, at the changing level of the reflections.
    """
    from scipy.signal import oaconvolve

    steps = max(2, round(len(dry) / sample_rate / STEP_SECONDS) + 1)
    points = path if len(path) == 1 else along(path, np.linspace(0.0, 1.0, steps))
    if isinstance(room, MeasuredRoom):
        return room.heard(dry, points)
    if len(path) == 1:
        response = responses(room, receiver, path, sample_rate, tail_seed)[0]
        return np.asarray(oaconvolve(dry[None].astype(np.float32), response.astype(np.float32), axes=1))
    early = early_responses(room, receiver, points, sample_rate, direct=False)
    out = _direct(dry, path, room, receiver, sample_rate)
    if room.rt60 > 0:
        tail = Tail.of(room, receiver, sample_rate, tail_seed)
        late = crossed(tail.noise * np.sqrt(tail.ramp(tail.noise.shape[-1])), sample_rate)
        level = along(
            np.sqrt(np.square(tail.levels(early)).mean(axis=1))[:, None], np.linspace(0, 1, len(dry))
        )
        out = _sum(
            out, oaconvolve((dry * level[:, 0])[None].astype(np.float32), late.astype(np.float32), axes=1)
        )
        early *= np.sqrt(1.0 - tail.ramp(early.shape[-1]))
        out = _sum(out, _faded(dry, crossed(early, sample_rate)))
    return out


def along(values: Floats, where: Floats) -> Floats:
    """Values (k, …), evenly spaced over 0 to 1, interpolated linearly at `where` (n,): (n, …)."""
    at = np.linspace(0.0, 1.0, len(values))
    return np.stack([np.interp(where, at, column) for column in values.T], axis=1)


def _direct(dry: Floats, path: Floats, room: Room, receiver: Receiver, sample_rate: int) -> Floats:
    """The source's own sound, (channels, samples)."""
    points = along(path, np.linspace(0.0, 1.0, len(dry)))  # (n, 3)
    places = np.asarray(room.receiver) + receiver.offsets @ room.axes
    parts = []
    for group in receiver.groups:
        away = points - places[group[0]]
        distance = np.maximum(np.sqrt(np.square(away).sum(axis=1)), 0.05)
        unit = room.axes @ away.T / distance  # (3, n)
        patterns = receiver.patterns[group]
        amplitudes = (patterns[:, :1] + patterns[:, 1:] @ unit) / distance
        delay = distance / SPEED_OF_SOUND * sample_rate
        parts.append(add_direct(dry, delay, amplitudes, len(dry) + int(np.ceil(delay.max())) + 1))
    longest = max(part.shape[1] for part in parts)
    return np.concatenate([np.pad(part, ((0, 0), (0, longest - part.shape[1]))) for part in parts])


def _faded(dry: Floats, early: Floats) -> Floats:
    """`dry` through responses (k, channels, samples) that take turns: each fades in and out linearly."""
    from scipy.fft import irfft, next_fast_len, rfft

    count, channels, taps = early.shape
    edges = np.linspace(0, len(dry), count).round().astype(int)
    widest = int(np.diff(edges).max())
    size = next_fast_len(2 * widest + taps, real=True)
    pieces = np.zeros((count, size))
    for number in range(count):
        first, middle, last = edges[max(0, number - 1)], edges[number], edges[min(count - 1, number + 1)]
        rise, fall = (
            np.linspace(0, 1, middle - first, endpoint=False),
            np.linspace(1, 0, last - middle, endpoint=False),
        )
        pieces[number, : last - first] = dry[first:last] * np.concatenate([rise, fall])
    wet = irfft(
        rfft(pieces.astype(np.float32))[:, None] * rfft(early.astype(np.float32), size), size
    )  # (k, channels, size)
    out = np.zeros((channels, len(dry) + size))
    for number in range(count):
        first = edges[max(0, number - 1)]
        out[:, first : first + size] += wet[number]
    return out[:, : len(dry) + taps]


def _sum(first: Floats, second: Floats) -> Floats:
    """Both signals (channels, samples) together, as long as the longer."""
    length = max(first.shape[1], second.shape[1])
    return np.asarray(
        np.pad(first, ((0, 0), (0, length - first.shape[1])))
        + np.pad(second, ((0, 0), (0, length - second.shape[1])))
    )
