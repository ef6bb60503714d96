"""Image sources of a shoebox room (Allen and Berkley 1979), compiled with Numba.

All capsules at one position receive an image source after the same delay. They differ in one gain each, which
the direction of arrival determines. An image source therefore costs one short fractional-delay filter, which
is added to every channel. Reflections are computed in two bands, below and above the crossover frequency of
the room, with different reflection coefficients.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import numpy as np

from seldkit.errors import MissingExtraError
from seldkit.types import Floats, Integers

FILTER_HALF_LENGTH: Final = 16
"""Samples of the fractional-delay filter on each side."""
DELAY_TABLE_STEPS: Final = 256
"""Entries of the filter table per sample; linear interpolation between them has an error of 2e-5."""
MIN_DISTANCE_M: Final = 0.05
"""Distance in metres below which the level of a source does not increase."""


@lru_cache(maxsize=1)
def delay_table() -> Floats:
    """Returns Hann-windowed sinc filters for delays between 0 and 1 sample.

    Returns:
        Filters of shape ``(DELAY_TABLE_STEPS + 1, 2 · FILTER_HALF_LENGTH)``.
    """
    tap = np.arange(-FILTER_HALF_LENGTH + 1, FILTER_HALF_LENGTH + 1)[None]
    time = tap - np.linspace(0.0, 1.0, DELAY_TABLE_STEPS + 1)[:, None]
    return np.asarray(np.sinc(time) * np.cos(np.pi * time / (2 * FILTER_HALF_LENGTH)) ** 2)


@lru_cache(maxsize=1)
def difference_energy() -> float:
    """Returns the energy of the first difference of an image source of amplitude 1.

    Returns:
        Mean energy over all fractional delays.
    """
    return float(np.square(np.diff(delay_table(), prepend=0.0, append=0.0)).sum(axis=1).mean())


def image_responses(
    size: Floats,
    source: Floats,
    receiver: Floats,
    gains: Floats,
    reflection: Floats,
    samples: int,
    samples_per_metre: float,
    min_order: int = 0,
) -> Floats:
    """Computes the response of all image sources that arrive within a time.

    Sample 0 is the time of emission. An image source at r metres has the amplitude 1/r.

    Args:
        size: Size of the room in metres, shape ``(3,)``.
        source: Position of the source in metres in the room's axes, shape ``(3,)``.
        receiver: Position of the capsules in metres in the room's axes, shape ``(3,)``.
        gains: Directivity coefficients in the room's axes, each a factor, shape ``(channels, 4)``: the gain
            of a channel for the unit direction u is g0 + g1·ux + g2·uy + g3·uz.
        reflection: Reflection coefficients of the walls (amplitude) in the low and high band, shape ``(2,)``.
        samples: Length of the response in samples.
        samples_per_metre: Sample rate divided by the speed of sound.
        min_order: Minimum number of reflections; 0 includes the direct sound.

    Returns:
        Responses of shape ``(2, channels, samples + FILTER_HALF_LENGTH)``: low band, high band.
    """
    out = np.zeros((2, len(gains), samples + 2 * FILTER_HALF_LENGTH))
    reach = (out.shape[2] - 2 * FILTER_HALF_LENGTH) / samples_per_metre
    axes = [_axis_images(*values, reach) for values in zip(size, source, receiver, strict=True)]
    coordinates = tuple(coordinate for coordinate, _ in axes)
    orders = tuple(order for _, order in axes)
    _compiled(_add_images)(
        out, delay_table(), coordinates, orders, gains, reflection, samples_per_metre, min_order
    )
    return out[:, :, FILTER_HALF_LENGTH:]


def direct_response(offset: Floats, gains: Floats, samples_per_metre: float, samples: int) -> Floats:
    """Computes the direct sound of a static source.

    Args:
        offset: Position of the source relative to the capsules in metres, shape ``(3,)``.
        gains: Directivity coefficients, each a factor, shape ``(channels, 4)``, as in `image_responses`.
        samples_per_metre: Sample rate divided by the speed of sound.
        samples: Length of the response in samples, greater than the delay.

    Returns:
        Responses of shape ``(channels, samples + FILTER_HALF_LENGTH)``.
    """
    r = max(float(np.linalg.norm(offset)), MIN_DISTANCE_M)
    delay, fraction = divmod(r * samples_per_metre, 1.0)
    row, share = divmod(fraction * DELAY_TABLE_STEPS, 1.0)
    taps = (1.0 - share) * delay_table()[int(row)] + share * delay_table()[int(row) + 1]
    out = np.zeros((len(gains), samples + 2 * FILTER_HALF_LENGTH))
    amplitudes = (gains[:, 0] + gains[:, 1:] @ offset / r) / r
    out[:, int(delay) + 1 : int(delay) + 1 + 2 * FILTER_HALF_LENGTH] = np.outer(amplitudes, taps)
    return out[:, FILTER_HALF_LENGTH:]


def moving_source_signal(dry: Floats, offsets: Floats, gains: Floats, samples_per_metre: float) -> Floats:
    """Computes the signal of a moving source or of one of its image sources at a static receiver.

    A sample that is received at a time was emitted earlier by the propagation delay, which changes
    continuously (Doppler effect). Between samples, the emitted signal is interpolated by the delay table.

    Args:
        dry: Emitted signal, shape ``(samples,)``.
        offsets: Trajectory relative to the capsules in metres, shape ``(points, 3)``: evenly spaced in time
            over the signal, with straight segments between the points.
        gains: Directivity coefficients, each a factor, shape ``(channels, 4)``, as in `image_responses`.
        samples_per_metre: Sample rate divided by the speed of sound.

    Returns:
        Received signal of shape ``(channels, samples + longest delay)``.
    """
    farthest = np.linalg.norm(np.abs(offsets).max(axis=0))
    out = np.zeros((len(gains), len(dry) + int(np.ceil(farthest * samples_per_metre)) + 1))
    emitted = np.pad(dry, FILTER_HALF_LENGTH)
    _compiled(_add_moving_source)(out, delay_table(), emitted, offsets, gains, samples_per_metre)
    return out


def _axis_images(size: float, source: float, receiver: float, reach: float) -> tuple[Floats, Integers]:
    """Coordinates of the image sources along one axis relative to the receiver, and their reflections."""
    count = int(np.ceil(reach / (2.0 * size))) + 1
    number = np.repeat(np.arange(-count, count + 1), 2)
    mirrored = np.tile(np.arange(2), 2 * count + 1)
    coordinate = 2.0 * number * size + (1 - 2 * mirrored) * source - receiver
    order = np.abs(number - mirrored) + np.abs(number)
    is_within_reach = np.abs(coordinate) <= reach
    return coordinate[is_within_reach], order[is_within_reach]


def _add_images(
    out: Floats,
    table: Floats,
    coordinates: tuple[Floats, ...],
    orders: tuple[Integers, ...],
    gains: Floats,
    reflection: Floats,
    samples_per_metre: float,
    min_order: int,
) -> None:
    """Kernel of `image_responses`."""
    reach = (out.shape[2] - 2 * FILTER_HALF_LENGTH) / samples_per_metre
    taps = np.empty(2 * FILTER_HALF_LENGTH)
    for x, order_x in zip(coordinates[0], orders[0]):  # noqa: B905  (Numba has no strict zip)
        for y, order_y in zip(coordinates[1], orders[1]):  # noqa: B905
            if x * x + y * y > reach * reach:
                continue
            for z, order_z in zip(coordinates[2], orders[2]):  # noqa: B905
                square = x * x + y * y + z * z
                order = order_x + order_y + order_z
                if square > reach * reach or order < min_order:
                    continue
                r = max(np.sqrt(square), MIN_DISTANCE_M)
                low = reflection[0] ** order / r
                high = reflection[1] ** order / r
                delay = r * samples_per_metre
                whole = int(delay)
                place = (delay - whole) * DELAY_TABLE_STEPS
                row = int(place)
                part = place - row
                for tap in range(2 * FILTER_HALF_LENGTH):
                    taps[tap] = table[row, tap] * (1.0 - part) + table[row + 1, tap] * part
                for channel in range(gains.shape[0]):
                    directional = gains[channel, 1] * x + gains[channel, 2] * y + gains[channel, 3] * z
                    gain = gains[channel, 0] + directional / r
                    for band in range(2):
                        factor = gain * (low if band == 0 else high)
                        target = out[band, channel, whole + 1 : whole + 1 + 2 * FILTER_HALF_LENGTH]
                        for tap in range(2 * FILTER_HALF_LENGTH):
                            target[tap] += factor * taps[tap]


def _add_moving_source(
    out: Floats, table: Floats, emitted: Floats, offsets: Floats, gains: Floats, samples_per_metre: float
) -> None:
    """Kernel of `moving_source_signal`; `emitted` has FILTER_HALF_LENGTH zeros on both sides.

    Products are summed in halves, so that the compiler can vectorize them in a fixed order.
    """
    count = emitted.shape[0] - 2 * FILTER_HALF_LENGTH
    segments = offsets.shape[0] - 1
    segments_per_sample = segments / max(1.0, count - 1.0)
    products = np.empty(2 * FILTER_HALF_LENGTH)
    received, previous_arrival, previous_r = 0, 0.0, 1.0
    for sent in range(count):
        segment = min(int(sent * segments_per_sample), segments - 1)
        share = sent * segments_per_sample - segment
        x = offsets[segment, 0] + share * (offsets[segment + 1, 0] - offsets[segment, 0])
        y = offsets[segment, 1] + share * (offsets[segment + 1, 1] - offsets[segment, 1])
        z = offsets[segment, 2] + share * (offsets[segment + 1, 2] - offsets[segment, 2])
        r = max(np.sqrt(x * x + y * y + z * z), MIN_DISTANCE_M)
        arrival = sent + r * samples_per_metre
        if sent == 0:
            received = int(np.ceil(arrival))
        while sent > 0 and received <= arrival and received < out.shape[1]:
            share = (received - previous_arrival) / (arrival - previous_arrival)
            row = min(int(share * DELAY_TABLE_STEPS), DELAY_TABLE_STEPS - 1)
            part = share * DELAY_TABLE_STEPS - row
            for tap in range(2 * FILTER_HALF_LENGTH):
                weight = table[row, tap] + part * (table[row + 1, tap] - table[row, tap])
                products[tap] = emitted[sent + tap] * weight
            for tap in range(FILTER_HALF_LENGTH):
                products[tap] += products[tap + FILTER_HALF_LENGTH]
            for tap in range(FILTER_HALF_LENGTH // 2):
                products[tap] += products[tap + FILTER_HALF_LENGTH // 2]
            value = 0.0
            for tap in range(FILTER_HALF_LENGTH // 2):
                value += products[tap]
            value /= previous_r + (r - previous_r) * share
            for channel in range(gains.shape[0]):
                directional = gains[channel, 1] * x + gains[channel, 2] * y + gains[channel, 3] * z
                out[channel, received] += (gains[channel, 0] + directional / r) * value
            received += 1
        previous_arrival, previous_r = arrival, r


@lru_cache(maxsize=2)
def _compiled(kernel: Callable[..., None]) -> Any:
    try:
        import numba
    except ImportError as error:
        raise MissingExtraError("rendering rooms", "synthesis") from error
    return numba.njit(cache=True, error_model="numpy")(kernel)
