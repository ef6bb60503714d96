"""Windows of constant length over continuous audio."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from seldkit.types import Samples

MIN_RELATIVE_DIFFERENCE: Final = 1e-3
"""Channels that differ by less than this fraction of the peak (-60 dB) count as identical."""
MAX_LEVEL_DIFFERENCE_DB: Final = 0.5
"""Level difference up to which two channels with the same waveform count as one microphone, in dB. A source
at 1.6 degrees causes this difference."""


@dataclass(frozen=True)
class Window:
    """One window of audio.

    Attributes:
        samples: Audio, shape ``(channels, samples)``, padded with zeros after the end of the recording.
        first_frame: First label frame (100 ms each) of the window.
        frames: Number of label frames without the padding.
        final_before: Frames before this one are in no later window.
        directional: Whether the channels have differed anywhere up to the end of this window.
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
    """Divides continuous audio into overlapping windows.

    The windows do not depend on how the audio is divided into chunks. The last window ends at the end of the
    audio, so only audio shorter than one window is padded by more than one frame.

    Args:
        chunks: Audio of any length, each ``(channels, samples)``.
        length: Length of a window in frames.
        hop: Distance between windows in frames.
        samples_per_frame: Samples per frame.
        batch: Largest number of windows in one list.
        ahead: Number of frames at the end of a window that are not final yet, at most ``length - hop`` (the
            default). With fewer, the first windows are shorter than `length` and padded at the end, because
            no frame may wait for more than ``ahead + hop`` frames.

    Yields:
        The windows that a chunk completes.
    """
    cutter = _Cutter(length, hop, samples_per_frame, length - hop if ahead is None else ahead)
    for chunk in chunks:
        ready = cutter.push(chunk)
        yield from (ready[start : start + batch] for start in range(0, len(ready), batch))
    last = cutter.finish()
    if last is not None:
        yield [last]


class _Cutter:
    """Buffers the audio since the start of the last window."""

    def __init__(self, length: int, hop: int, samples_per_frame: int, ahead: int) -> None:
        self._length, self._hop, self._scale, self._ahead = length, hop, samples_per_frame, ahead
        self._buffer: Samples | None = None
        self._buffer_start = 0  # frame
        self._next_end = hop + ahead  # frame at which the next window ends
        self._directional = False

    def push(self, chunk: Samples) -> list[Window]:
        """Returns the windows that the chunk completes and that are not the last."""
        buffer = chunk if self._buffer is None else np.concatenate([self._buffer, chunk], axis=1)
        self._buffer = buffer
        windows: list[Window] = []
        while self._buffer_start * self._scale + buffer.shape[1] > self._next_end * self._scale:
            windows.append(self._cut(self._next_end, self._next_end - self._ahead))
            self._next_end += self._hop
        if windows:
            start = windows[-1].first_frame
            self._buffer = buffer[:, (start - self._buffer_start) * self._scale :].copy()
            self._buffer_start = start
        return windows

    def finish(self) -> Window | None:
        """Returns the window that ends with the audio; None if there was no audio."""
        if self._buffer is None or self._buffer.shape[1] == 0:
            return None
        end = self._buffer_start - (-self._buffer.shape[1] // self._scale)  # an incomplete frame counts
        return self._cut(end, end)

    def _cut(self, end: int, final_before: int) -> Window:
        """Returns the window that ends before frame `end`."""
        assert self._buffer is not None
        first = max(0, end - self._length)
        start, stop = ((frame - self._buffer_start) * self._scale for frame in (first, end))
        samples = self._buffer[:, start:stop]
        self._directional = self._directional or _has_direction(samples)
        padded = np.pad(samples, ((0, 0), (0, self._length * self._scale - samples.shape[1])))
        return Window(padded, first, end - first, final_before, self._directional)


def _has_direction(samples: Samples) -> bool:
    """Whether the channels, shape (channels, samples), are more than one waveform at about one level."""
    floor = MIN_RELATIVE_DIFFERENCE * np.abs(samples).max(initial=0.0)
    if np.abs(samples - samples[:1]).max(initial=0.0) <= floor:
        return False
    left, right = samples[0], samples[-1]
    power = float(left @ left)
    gain = float(left @ right) / power if len(samples) == 2 and power > 0.0 else 0.0
    similar_level = gain > 0.0 and abs(20.0 * np.log10(gain)) <= MAX_LEVEL_DIFFERENCE_DB
    return not (similar_level and np.abs(right - np.float32(gain) * left).max(initial=0.0) <= floor)
