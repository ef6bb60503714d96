"""Propagation of a static or moving source to a receiver."""

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

PATH_STEP_SECONDS: Final = 0.1
"""Time between the points of a trajectory at which reflections are computed: 15 cm at 1.5 m/s."""
FADE_LEAD_SAMPLES: Final = 128
"""Samples before a crossfade that its zero-phase filter needs."""


def propagate(
    dry: Floats,
    path: Floats,
    room: Room | MeasuredRoom,
    receiver: Receiver,
    sample_rate: int = SAMPLE_RATE,
    tail_seed: int = 0,
) -> Floats:
    """Renders a static or moving source as recorded by a receiver in a room.

    For a moving source, the direct sound and the six first-order reflections have a continuously changing
    delay: they have a Doppler shift, and no two copies interfere. Other reflections are crossfaded every
    100 ms. One tail is used for the whole trajectory, at the changing level of the reflections.

    Args:
        dry: Emitted signal, shape ``(samples,)``.
        path: Trajectory in metres in the room's axes, shape ``(points, 3)``: evenly spaced in time over the
            signal, with straight segments between the points. One point is a static source.
        room: Simulated or measured room.
        receiver: The receiver; a measured room has its own.
        sample_rate: Sample rate in Hz.
        tail_seed: Random seed of the tail in addition to the room's.

    Returns:
        Recorded signal of shape ``(channels, samples + response length)``.
    """
    from scipy.signal import oaconvolve

    steps = max(2, round(len(dry) / sample_rate / PATH_STEP_SECONDS) + 1)
    points = path if len(path) == 1 else interpolate_path(path, np.linspace(0.0, 1.0, steps))
    if isinstance(room, MeasuredRoom):
        return room.render(dry, points)
    if len(path) == 1:
        response = impulse_responses(room, receiver, path, sample_rate, tail_seed)[0]
        return np.asarray(oaconvolve(dry[None].astype(np.float32), response.astype(np.float32), axes=1))
    out = _direct_and_first_reflections(dry, path, room, receiver, sample_rate)
    if room.rt60 > 0:
        early_end = early_length(room, points, sample_rate)
        tail = ReverberantTail.from_room(room, receiver, sample_rate, tail_seed, early_end)
        late = _late_reflections(dry, points, room, receiver, sample_rate, tail)
        out = _sum_signals(out, high_pass(late, sample_rate))
    return receiver.combine_capsules(out, sample_rate)


def interpolate_path(values: Floats, positions: Floats) -> Floats:
    """Interpolates values linearly.

    Args:
        values: Values at positions evenly spaced from 0 to 1, shape ``(points, columns)``.
        positions: Positions between 0 and 1, shape ``(n,)``.

    Returns:
        Interpolated values, shape ``(n, columns)``.
    """
    grid = np.linspace(0.0, 1.0, len(values))
    return np.stack([np.interp(positions, grid, column) for column in values.T], axis=1)


def _direct_and_first_reflections(
    dry: Floats, path: Floats, room: Room, receiver: Receiver, sample_rate: int
) -> Floats:
    """The direct sound and the six first-order reflections, (capsules, samples)."""
    scale = sample_rate / SPEED_OF_SOUND
    groups = capsule_groups(room, receiver)

    def received(trajectory: Floats) -> Floats:
        return _stack_capsules(
            [moving_source_signal(dry, trajectory - position, gains, scale) for position, gains in groups]
        )

    direct = received(path)
    if room.rt60 == 0:
        return direct
    reflections = _sum_signals(*(received(image) for image in _mirrored_paths(path, room)))
    return _sum_signals(direct, combine_bands(room.reflection[:, None, None] * reflections, sample_rate))


def _mirrored_paths(path: Floats, room: Room) -> list[Floats]:
    """The trajectory mirrored at each of the six walls, (points, 3)."""
    images = []
    for axis in range(3):
        for wall in (0.0, room.size[axis]):
            image = path.copy()
            image[:, axis] = 2.0 * wall - image[:, axis]
            images.append(image)
    return images


def _stack_capsules(parts: list[Floats]) -> Floats:
    """Signals (capsules, samples) of several positions as one array with the longest length."""
    if len(parts) == 1:
        return parts[0]
    out = np.zeros((sum(len(part) for part in parts), max(part.shape[1] for part in parts)))
    first = 0
    for part in parts:
        out[first : first + len(part), : part.shape[1]] = part
        first += len(part)
    return out


def _late_reflections(
    dry: Floats, points: Floats, room: Room, receiver: Receiver, sample_rate: int, tail: ReverberantTail
) -> Floats:
    """Reflections from the second order on, and the tail, (capsules, samples)."""
    from scipy.signal import oaconvolve

    responses = [
        early_reflections(room, receiver, point, sample_rate, tail.fade_end, min_order=2) for point in points
    ]
    early = np.stack(responses) * np.sqrt(1.0 - tail.ramp(tail.fade_end))
    levels = np.sqrt(np.mean([np.square(tail.levels(images)) for images in responses], axis=1))
    gain = np.interp(np.linspace(0.0, 1.0, len(dry)), np.linspace(0.0, 1.0, len(levels)), levels)
    noise = combine_bands(tail.noise * np.sqrt(tail.ramp(tail.noise.shape[-1])), sample_rate)
    late = oaconvolve((dry * gain)[None].astype(np.float32), noise.astype(np.float32), axes=1)
    step = float(np.linalg.norm(np.diff(points, axis=0), axis=1).mean())
    return _sum_signals(late, _crossfade(dry, combine_bands(early, sample_rate), step, sample_rate))


def _crossfade(dry: Floats, early: Floats, step: float, sample_rate: int) -> Floats:
    """Filters `dry` by responses (points, capsules, samples) in turn, each fading in and out.

    Two responses `step` metres apart are equal at low frequencies, where linear fades keep the level, and
    uncorrelated at high ones, where fades of equal power do. Their correlation in between is taken from the
    spatial coherence of a diffuse field, sin(kd) / (kd) (Cook et al. 1955).
    """
    from scipy.fft import irfft, next_fast_len, rfft, rfftfreq

    count, capsules, taps = early.shape
    edges = np.linspace(0, len(dry), count).round().astype(int)
    lead = FADE_LEAD_SAMPLES
    size = next_fast_len(2 * int(np.diff(edges).max()) + taps + 2 * lead, real=True)
    frequency = rfftfreq(size, 1.0 / sample_rate).astype(np.float32)
    coherence = np.maximum(np.sinc(2.0 * frequency * step / SPEED_OF_SOUND), 0.0)
    segments = np.zeros((2, count, size), np.float32)
    for number in range(count):
        first, middle, last = edges[max(0, number - 1)], edges[number], edges[min(count - 1, number + 1)]
        fade = np.interp(
            np.arange(first, last), [first, middle, last], [first == middle, 1.0, middle == last]
        )
        segments[:, number, lead : lead + last - first] = dry[first:last] * np.stack([fade, np.sqrt(fade)])
    linear, equal_power = rfft(segments)
    faded = (equal_power + coherence * (linear - equal_power))[:, None]
    wet = irfft(faded * rfft(early.astype(np.float32), size), size)
    out = np.zeros((capsules, len(dry) + size))
    for number in range(count):
        first = edges[max(0, number - 1)]
        out[:, first : first + size] += wet[number]
    return out[:, lead : lead + len(dry) + taps]


def _sum_signals(*parts: Floats) -> Floats:
    """The sum of signals (channels, samples) with the longest length."""
    out = np.zeros((len(parts[0]), max(part.shape[1] for part in parts)))
    for part in parts:
        out[:, : part.shape[1]] += part
    return out
