"""A running sound cut into windows of one length."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from seldkit.types import Samples

DIFFERENCE_FLOOR = 1e-3
"""Channels that differ by less than this, relative to their own peak (−60 dB), are one channel twice."""

LEVEL_TOLERANCE = 0.5
"""Decibels that two channels of one microphone may differ by: as a source 1.6° off the middle makes them."""


@dataclass(frozen=True)
class Window:
    """One stretch of sound for a model.

    samples: (channels, samples), padded with silence where the sound ends within it.
    first_frame, frames: the label frames that it covers, without the padding.
    final_before: frames before this one are not covered by any later window.
    directional: whether the channels have differed anywhere up to this window's end.
    """

    samples: Samples
    first_frame: int
    frames: int
    final_before: int
    directional: bool


def cut_windows(
    chunks: Iterable[Samples],
    length: int,
    hop: int,
    samples_per_frame: int,
    batch: int,
    ahead: int | None = None,
) -> Iterator[list[Window]]:
    """Cut a sound into windows of `length` frames, each `hop` frames after the last.

    A window's frames are final up to `ahead` frames before its end; by default, and at most, that is where
    the next one begins. With fewer, the first windows are shorter than `length`, for nothing waits longer
    than `ahead` + `hop` frames: what lies before the sound is unknown, and they are padded behind.

    The windows that a chunk completes come at once, at most `batch` together. The last window ends where
    the sound ends (and overlaps more than the others), so that else only a sound shorter than one window is
    padded by more than a frame. Which windows there are, and what they hold, does not depend on how the
    sound was cut into chunks.
    """
    cutter = _Cutter(length, hop, samples_per_frame, length - hop if ahead is None else ahead)
    for chunk in chunks:
        ready = cutter.push(chunk)
        yield from (ready[start : start + batch] for start in range(0, len(ready), batch))
    last = cutter.finish()
    if last is not None:
        yield [last]


class _Cutter:
    """Holds the sound from the last window's beginning on, and cuts the next windows from it."""

    def __init__(self, length: int, hop: int, samples_per_frame: int, ahead: int) -> None:
        self._length, self._hop, self._scale, self._ahead = length, hop, samples_per_frame, ahead
        self._held: Samples | None = None
        self._origin = 0  # the frame at which the held sound begins
        self._end = hop + ahead  # the frame at which the next window ends
        self._directional = False

    def push(self, chunk: Samples) -> list[Window]:
        """The windows that are complete, and known not to be the last, after `chunk`."""
        held = chunk if self._held is None else np.concatenate([self._held, chunk], axis=1)
        self._held = held
        windows: list[Window] = []
        while self._origin * self._scale + held.shape[1] > self._end * self._scale:
            windows.append(self._cut(self._end, self._end - self._ahead))
            self._end += self._hop
        if windows:
            last = windows[-1].first_frame
            self._held = held[:, (last - self._origin) * self._scale :].copy()
            self._origin = last
        return windows

    def finish(self) -> Window | None:
        """The window that ends with the sound; None where there was no sound at all."""
        if self._held is None or self._held.shape[1] == 0:
            return None
        end = self._origin - (-self._held.shape[1] // self._scale)  # the begun frame counts
        return self._cut(end, end)

    def _cut(self, end: int, final_before: int) -> Window:
        """The window that ends with the frame before `end`."""
        assert self._held is not None
        first = max(0, end - self._length)
        samples = self._held[:, (first - self._origin) * self._scale : (end - self._origin) * self._scale]
        self._directional = self._directional or _has_direction(samples)
        padded = np.pad(samples, ((0, 0), (0, self._length * self._scale - samples.shape[1])))
        return Window(padded, first, end - first, final_before, self._directional)


def _has_direction(samples: Samples) -> bool:
    """Whether the channels of (channels, samples) are more than one channel repeated at about one level."""
    floor = DIFFERENCE_FLOOR * np.abs(samples).max(initial=0.0)
    if np.abs(samples - samples[:1]).max(initial=0.0) <= floor:
        return False
    left, right = samples[0], samples[-1]
    power = float(left @ left)
    gain = float(left @ right) / power if len(samples) == 2 and power > 0.0 else 0.0
    alike = gain > 0.0 and abs(20.0 * np.log10(gain)) <= LEVEL_TOLERANCE
    return not (alike and np.abs(right - np.float32(gain) * left).max(initial=0.0) <= floor)
