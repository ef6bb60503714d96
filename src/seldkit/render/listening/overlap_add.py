"""A running sound changed in the time-frequency plane, in constant memory and without delay or loss."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from seldkit.types import Floats, Samples

Spectrum = NDArray[Any]
Change = Callable[[Floats, Spectrum], Spectrum]
"""Of the frames' middle times in seconds (frames,) and a spectrum (channels, frames, bins): another one."""

WINDOW_SECONDS: Final = 0.085
"""Of a frame: measured best of 43 and 85 ms for masks of two voices."""


def changed(blocks: Iterable[Samples], rate: int, change: Change) -> Iterator[Samples]:
    """The sound of float32 blocks (channels, samples) with its spectrum changed; as many samples in all.

    Frames overlap by half under the root of a Hann window, for analysis and synthesis, so that an unchanged
    spectrum gives the same sound. What comes out does not depend on how the sound was cut into blocks.
    """
    overlap = _Overlap(rate, change)
    for block in blocks:
        overlap.heard += block.shape[1]
        yield from overlap.push(block)
    yield from overlap.finish()


class _Overlap:
    """Holds the begun half frames between blocks.

    heard: samples that came in so far.
    """

    def __init__(self, rate: int, change: Change) -> None:
        from scipy.fft import next_fast_len
        from scipy.signal.windows import hann

        self._rate, self._change = rate, change
        self._hop = int(next_fast_len(max(8, round(rate * WINDOW_SECONDS / 2)), real=True))
        self._window = np.sqrt(hann(2 * self._hop, sym=False)).astype(np.float32)
        self._held: Samples | None = None
        self._second: Samples | None = None  # (channels, hop) of the last frame
        self._next = 0  # the next frame; its middle is at sample `next` · hop
        self._given = 0
        self.heard = 0

    def push(self, block: Samples) -> Iterator[Samples]:
        """What is complete after a block."""
        if self._held is None:  # the first frame's middle is the first sample
            self._held = np.zeros((len(block), self._hop), dtype=np.float32)
        self._held = np.concatenate([self._held, block], axis=1)
        halves = self._held.shape[1] // self._hop
        if halves < 2:
            return
        whole = self._held[:, : halves * self._hop].reshape(len(block), halves, self._hop)
        self._held = self._held[:, (halves - 1) * self._hop :].copy()
        yield from self._cut(self._answer(whole))

    def finish(self) -> Iterator[Samples]:
        """The rest, for which the last frames are filled up with silence."""
        if self._held is not None:
            missing = -self.heard % self._hop + self._hop
            yield from self.push(np.zeros((len(self._held), missing), dtype=np.float32))

    def _answer(self, halves: Samples) -> Samples:
        from scipy.fft import irfft, rfft

        frames = np.concatenate([halves[:, :-1], halves[:, 1:]], axis=2) * self._window
        times = (self._next + np.arange(frames.shape[1])) * self._hop / self._rate
        back = irfft(self._change(times, rfft(frames)), 2 * self._hop)
        back = np.asarray(back * self._window, dtype=np.float32)
        first, second = back[..., : self._hop], back[..., self._hop :]
        before = np.zeros_like(first[:, :1]) if self._second is None else self._second[:, None]
        out = first + np.concatenate([before, second[:, :-1]], axis=1)
        if self._next == 0:
            out = out[:, 1:]  # what lies before the first sample
        self._next, self._second = self._next + frames.shape[1], second[:, -1].copy()
        return np.asarray(out.reshape(len(out), -1))

    def _cut(self, samples: Samples) -> Iterator[Samples]:
        kept = samples[:, : self.heard - self._given]
        self._given += kept.shape[1]
        if kept.shape[1]:
            yield kept
