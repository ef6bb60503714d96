"""Image sources of a shoebox room, compiled.

All capsules of a coincident receiver hear an image after the same delay and differ in one gain each, which
its direction gives; so an image costs one short filter, added to every channel (Allen and Berkley 1979).
Gains are kept in two bands, below and above the room's crossover, whose walls reflect differently.
"""

from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from seldkit.errors import MissingExtraError

Floats = NDArray[np.float64]

HALF: Final = 16
"""Samples of the fractional-delay filter on each side."""
STEPS: Final = 512
"""Entries of the filter's table for each sample; between them it is interpolated linearly."""


@lru_cache(maxsize=1)
def delay_table() -> Floats:
    """Hann-windowed sinc filters for delays of 0 to 1 sample: (STEPS + 1, 2 · HALF)."""
    tap = np.arange(-HALF + 1, HALF + 1)[None]
    place = tap - np.linspace(0.0, 1.0, STEPS + 1)[:, None]
    return np.asarray(np.sinc(place) * np.cos(np.pi * place / (2 * HALF)) ** 2)


def add_images(
    size: Floats,
    source: Floats,
    receiver: Floats,
    gains: Floats,
    reflection: Floats,
    seconds: float,
    sample_rate: int,
    speed: float,
    direct: bool,
) -> Floats:
    """What the images of a source say to a receiver: (2 bands, channels, samples).

    size, source, receiver: metres in the room's axes. gains: (channels, 4), what a channel makes of sound
    from the unit direction u: g0 + g1·ux + g2·uy + g3·uz, in the same axes. reflection: what a wall leaves of
    a sound's amplitude in the low and the high band. All images are heard that arrive within `seconds`,
    the source itself only where `direct`. The first sample is time 0; an image at r metres has amplitude 1/r.
    """
    out = np.zeros((2, len(gains), int(np.ceil(seconds * sample_rate)) + 2 * HALF))
    _compiled()(
        out, delay_table(), size, source, receiver, gains, reflection, seconds, sample_rate / speed, direct
    )
    return out[:, :, HALF:]


def add_direct(dry: Floats, delay: Floats, amplitudes: Floats, samples: int) -> Floats:
    """A moving source's own sound as a fixed receiver hears it: (channels, samples).

    dry: (n,); delay: of each of its samples, in samples, (n,); amplitudes: of each, (channels, n). What is
    heard at a moment was sent when moment minus delay says; in between, sound is interpolated as above.
    """
    out = np.zeros((len(amplitudes), samples))
    _compiled_direct()(out, delay_table(), dry, delay, amplitudes)
    return out


def _images(  # noqa: C901  (one loop nest, as it is compiled)
    out: Any,
    table: Any,
    size: Any,
    source: Any,
    receiver: Any,
    gains: Any,
    reflection: Any,
    seconds: float,
    scale: float,
    direct: bool,
) -> None:
    """The kernel. `scale`: samples a metre."""
    rate_limit = out.shape[2] - 2 * HALF
    reach = rate_limit / scale
    most = np.empty(3, np.int64)
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
                            if order == 0 and not direct:
                                continue
                            r = max(np.sqrt(square), 1e-3)
                            place = r * scale
                            whole = int(place)
                            where = (place - whole) * STEPS
                            row = int(where)
                            part = where - row
                            low = reflection[0] ** order / r
                            high = reflection[1] ** order / r
                            for channel in range(gains.shape[0]):
                                gain = (
                                    gains[channel, 0]
                                    + (gains[channel, 1] * x + gains[channel, 2] * y + gains[channel, 3] * z)
                                    / r
                                )
                                for tap in range(2 * HALF):
                                    value = gain * (
                                        table[row, tap] * (1.0 - part) + table[row + 1, tap] * part
                                    )
                                    out[0, channel, whole + 1 + tap] += low * value
                                    out[1, channel, whole + 1 + tap] += high * value


def _moving(out: Any, table: Any, dry: Any, delay: Any, amplitudes: Any) -> None:
    """The kernel of `add_direct`: for each moment the dry sound where it was sent."""
    count = dry.shape[0]
    sent = 0
    for moment in range(out.shape[1]):
        while sent + 1 < count and sent + 1 + delay[sent + 1] <= moment:
            sent += 1
        first = sent + delay[sent]
        if moment < first or sent + 1 >= count:
            continue
        step = sent + 1 + delay[sent + 1] - first
        share = (moment - first) / step
        where = (1.0 - share) * STEPS  # a filter's tap j weighs sample sent + 1 - ... from the other side
        row = int(where)
        part = where - row
        value = 0.0
        for tap in range(2 * HALF):
            index = sent + 1 + HALF - 1 - tap
            if 0 <= index < count:
                value += dry[index] * (table[row, tap] * (1.0 - part) + table[row + 1, tap] * part)
        for channel in range(out.shape[0]):
            mixed = amplitudes[channel, sent] * (1.0 - share) + amplitudes[channel, sent + 1] * share
            out[channel, moment] += mixed * value


@lru_cache(maxsize=1)
def _compiled() -> Any:
    return _compile(_images)


@lru_cache(maxsize=1)
def _compiled_direct() -> Any:
    return _compile(_moving)


def _compile(kernel: Any) -> Any:
    try:
        import numba
    except ImportError as error:
        raise MissingExtraError("rendering rooms", "synthesis") from error
    return numba.njit(cache=True)(kernel)
