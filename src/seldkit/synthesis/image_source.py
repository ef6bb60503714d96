"""Image sources of a shoebox room, compiled.

All capsules of a coincident receiver hear an image after the same delay and differ in one gain each, which
its direction gives; so an image costs one short filter, added to every channel (Allen and Berkley 1979).
Gains are kept in two bands, below and above the room's crossover, whose walls reflect differently.
"""

from functools import lru_cache
from typing import Any, Final

import numpy as np

from seldkit.errors import MissingExtraError
from seldkit.types import Floats

FILTER_HALF_LENGTH: Final = 16
"""Samples of the fractional-delay filter on each side."""
DELAY_TABLE_STEPS: Final = 256
"""Entries of the filter's table for each sample; between them it is interpolated linearly, right to 2e-5."""
MIN_DISTANCE_M: Final = 0.05
"""Metres below which a source grows no louder."""


@lru_cache(maxsize=1)
def delay_table() -> Floats:
    """Hann-windowed sinc filters for delays of 0 to 1 sample: (STEPS + 1, 2 · HALF)."""
    tap = np.arange(-FILTER_HALF_LENGTH + 1, FILTER_HALF_LENGTH + 1)[None]
    place = tap - np.linspace(0.0, 1.0, DELAY_TABLE_STEPS + 1)[:, None]
    return np.asarray(np.sinc(place) * np.cos(np.pi * place / (2 * FILTER_HALF_LENGTH)) ** 2)


@lru_cache(maxsize=1)
def difference_energy() -> float:
    """Energy of the steps from sample to sample of an image of amplitude 1, on average over its delays."""
    return float(np.square(np.diff(delay_table(), prepend=0.0, append=0.0)).sum(axis=1).mean())


def image_responses(
    size: Floats,
    source: Floats,
    receiver: Floats,
    gains: Floats,
    reflection: Floats,
    samples: int,
    samples_a_metre: float,
    lowest: int = 0,
) -> Floats:
    """What the images of a source say to a receiver: (2 bands, channels, samples).

    size, source, receiver: metres in the room's axes. gains: (channels, 4), what a channel makes of sound
    from the unit direction u: g0 + g1·ux + g2·uy + g3·uz, in the same axes. reflection: what a wall leaves of
    a sound's amplitude in the low and the high band. All images are heard that arrive within `samples` and
    have met `lowest` walls or more. The first sample is time 0; an image at r metres has amplitude 1/r.
    """
    out = np.zeros((2, len(gains), samples + 2 * FILTER_HALF_LENGTH))
    arrays = (delay_table(), size, source, receiver, gains, reflection)
    _compiled()(out, *arrays, samples_a_metre, lowest)
    return out[:, :, FILTER_HALF_LENGTH:]


def direct_response(away: Floats, gains: Floats, samples_a_metre: float, samples: int) -> Floats:
    """The direct sound of a source that stands `away` (3,) metres from a receiver: (channels, samples).

    `samples` are more than it takes.
    """
    r = max(float(np.linalg.norm(away)), MIN_DISTANCE_M)
    whole, part = divmod(r * samples_a_metre, 1.0)
    row, share = divmod(part * DELAY_TABLE_STEPS, 1.0)
    taps = (1.0 - share) * delay_table()[int(row)] + share * delay_table()[int(row) + 1]
    out = np.zeros((len(gains), samples + 2 * FILTER_HALF_LENGTH))
    amplitudes = (gains[:, 0] + gains[:, 1:] @ away / r) / r
    out[:, int(whole) + 1 : int(whole) + 1 + 2 * FILTER_HALF_LENGTH] = np.outer(amplitudes, taps)
    return out[:, FILTER_HALF_LENGTH:]


def moving_source_signal(dry: Floats, away: Floats, gains: Floats, samples_a_metre: float) -> Floats:
    """A moving source, or an image of it, as a fixed receiver hears it: (channels, samples).

    dry: (n,); away: metres from the receiver, (k, 3), evenly spaced in time over it, straight between. What
    is heard at a moment was sent when the delay from there says; in between, sound is interpolated as above.
    """
    farthest = np.linalg.norm(np.abs(away).max(axis=0))
    out = np.zeros((len(gains), len(dry) + int(np.ceil(farthest * samples_a_metre)) + 1))
    _compiled_moving()(out, delay_table(), np.pad(dry, FILTER_HALF_LENGTH), away, gains, samples_a_metre)
    return out


def _images(  # noqa: C901  (one loop nest, as it is compiled)
    out: Any,
    table: Any,
    size: Any,
    source: Any,
    receiver: Any,
    gains: Any,
    reflection: Any,
    scale: float,
    lowest: int,
) -> None:
    """The kernel. `scale`: samples a metre."""
    reach = (out.shape[2] - 2 * FILTER_HALF_LENGTH) / scale
    most = np.empty(3, np.int64)
    taps = np.empty(2 * FILTER_HALF_LENGTH)
    for axis in range(3):
        most[axis] = int(np.ceil(reach / (2.0 * size[axis]))) + 1
    for nx in range(-most[0], most[0] + 1):
        for px in range(2):
            x = 2.0 * nx * size[0] + (1 - 2 * px) * source[0] - receiver[0]
            if abs(x) > reach:
                continue
            for ny in range(-most[1], most[1] + 1):
                for py in range(2):
                    y = 2.0 * ny * size[1] + (1 - 2 * py) * source[1] - receiver[1]
                    if x * x + y * y > reach * reach:
                        continue
                    for nz in range(-most[2], most[2] + 1):
                        for pz in range(2):
                            z = 2.0 * nz * size[2] + (1 - 2 * pz) * source[2] - receiver[2]
                            square = x * x + y * y + z * z
                            if square > reach * reach:
                                continue
                            order = abs(nx - px) + abs(nx) + abs(ny - py) + abs(ny) + abs(nz - pz) + abs(nz)
                            if order < lowest:
                                continue
                            r = max(np.sqrt(square), MIN_DISTANCE_M)
                            low = reflection[0] ** order / r
                            high = reflection[1] ** order / r
                            place = r * scale
                            whole = int(place)
                            where = (place - whole) * DELAY_TABLE_STEPS
                            row = int(where)
                            part = where - row
                            for tap in range(2 * FILTER_HALF_LENGTH):
                                taps[tap] = table[row, tap] * (1.0 - part) + table[row + 1, tap] * part
                            for channel in range(gains.shape[0]):
                                gain = (
                                    gains[channel, 0]
                                    + (gains[channel, 1] * x + gains[channel, 2] * y + gains[channel, 3] * z)
                                    / r
                                )
                                for band in range(2):
                                    factor = gain * (low if band == 0 else high)
                                    heard = out[band, channel, whole + 1 : whole + 1 + 2 * FILTER_HALF_LENGTH]
                                    for tap in range(2 * FILTER_HALF_LENGTH):
                                        heard[tap] += factor * taps[tap]


def _moving(out: Any, table: Any, dry: Any, away: Any, gains: Any, scale: float) -> None:
    """The kernel of `moving_source_signal`: for each moment the dry sound where it was sent.

    dry has HALF zeros on both sides. Sums are taken in halves, so that they vectorise in a fixed order.
    """
    count = dry.shape[0] - 2 * FILTER_HALF_LENGTH
    legs = away.shape[0] - 1
    pace = legs / max(1.0, count - 1.0)
    products = np.empty(2 * FILTER_HALF_LENGTH)
    moment, before, near = 0, 0.0, 1.0  # when the sample before was heard, and from how far
    for sent in range(count):
        leg = min(int(sent * pace), legs - 1)
        share = sent * pace - leg
        x = away[leg, 0] + share * (away[leg + 1, 0] - away[leg, 0])
        y = away[leg, 1] + share * (away[leg + 1, 1] - away[leg, 1])
        z = away[leg, 2] + share * (away[leg + 1, 2] - away[leg, 2])
        r = max(np.sqrt(x * x + y * y + z * z), MIN_DISTANCE_M)
        now = sent + r * scale
        if sent == 0:
            moment = int(np.ceil(now))
        while sent > 0 and moment <= now and moment < out.shape[1]:
            share = (moment - before) / (now - before)
            row = min(int(share * DELAY_TABLE_STEPS), DELAY_TABLE_STEPS - 1)
            part = share * DELAY_TABLE_STEPS - row
            for tap in range(2 * FILTER_HALF_LENGTH):
                weight = table[row, tap] + part * (table[row + 1, tap] - table[row, tap])
                products[tap] = dry[sent + tap] * weight
            for tap in range(FILTER_HALF_LENGTH):
                products[tap] += products[tap + FILTER_HALF_LENGTH]
            for tap in range(FILTER_HALF_LENGTH // 2):
                products[tap] += products[tap + FILTER_HALF_LENGTH // 2]
            value = 0.0
            for tap in range(FILTER_HALF_LENGTH // 2):
                value += products[tap]
            value /= near + (r - near) * share
            for channel in range(gains.shape[0]):
                toward = gains[channel, 1] * x + gains[channel, 2] * y + gains[channel, 3] * z
                out[channel, moment] += (gains[channel, 0] + toward / r) * value
            moment += 1
        before, near = now, r


@lru_cache(maxsize=1)
def _compiled() -> Any:
    return _compile(_images)


@lru_cache(maxsize=1)
def _compiled_moving() -> Any:
    return _compile(_moving)


def _compile(kernel: Any) -> Any:
    try:
        import numba
    except ImportError as error:
        raise MissingExtraError("rendering rooms", "synthesis") from error
    return numba.njit(cache=True, error_model="numpy")(kernel)
