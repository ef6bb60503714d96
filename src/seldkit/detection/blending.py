"""Overlapping windows joined into one ACCDOA tensor, frame by frame, in constant memory."""

import numpy as np
import torch

from seldkit.accdoa import align_tracks
from seldkit.types import Floats32


class WindowBlender:
    """Joins the model's outputs for overlapping windows into one running output.

    Each frame is the weighted mean of the windows that cover it; weights fall linearly towards a
    window's ends, where a model has the least context. A model may number its tracks differently in each
    window and even in each frame (ADPIT leaves the order free), so a window's tracks are first put in the
    order, frame by frame and class by class, that lies nearest to what the earlier windows said.

    Every call gives back the frames that no later window can change.
    """

    def __init__(self, window_frames: int) -> None:
        ramp = np.minimum(np.arange(1, window_frames + 1), np.arange(window_frames, 0, -1))
        self._weights: Floats32 = (ramp / ramp.max()).astype(np.float32)
        self._start = 0  # the first frame that has not been given out
        self._sum: Floats32 | None = None  # (pending frames, tracks, elements, classes)
        self._weight: Floats32 = np.zeros(0, np.float32)  # (pending frames,)

    @property
    def start(self) -> int:
        """The first frame that has not been given out yet."""
        return self._start

    def add(self, output: Floats32, first_frame: int, final_before: int) -> Floats32:
        """Blend in one window's `output`, (frames, tracks, elements, classes), that begins at `first_frame`.

        Gives the blended frames from `start` up to `final_before` (exclusive) and forgets them. Frames of
        the window that were given out before are passed over.
        """
        skipped = max(0, self._start - first_frame)
        weights, output = self._weights[skipped : len(output)], output[skipped:]
        offset = first_frame + skipped - self._start
        pending = self._grown_to(offset + len(output), output)
        shared = slice(offset, len(self._weight[self._weight > 0]))
        aligned = _aligned(output, pending[shared] / self._weight[shared, None, None, None])
        pending[offset : offset + len(output)] += weights[:, None, None, None] * aligned
        self._weight[offset : offset + len(output)] += weights
        return self._give_out(final_before - self._start)

    def _grown_to(self, frames: int, like: Floats32) -> Floats32:
        held = np.zeros((0, *like.shape[1:]), np.float32) if self._sum is None else self._sum
        missing = max(0, frames - len(held))
        self._sum = np.concatenate([held, np.zeros((missing, *like.shape[1:]), np.float32)])
        self._weight = np.concatenate([self._weight, np.zeros(missing, np.float32)])
        return self._sum

    def _give_out(self, frames: int) -> Floats32:
        assert self._sum is not None
        blended = self._sum[:frames] / self._weight[:frames, None, None, None]
        self._sum, self._weight = self._sum[frames:], self._weight[frames:]
        self._start += len(blended)
        return blended


def _aligned(output: Floats32, earlier: Floats32) -> Floats32:
    """`output` with the tracks of its first frames, those of `earlier`, in the order that lies nearest to it.

    output (frames, tracks, elements, classes); earlier (shared frames, tracks, elements, classes).
    """
    shared = min(len(earlier), len(output))
    if shared == 0:
        return output
    first = align_tracks(torch.from_numpy(output[:shared]), torch.from_numpy(earlier[:shared]))
    return np.concatenate([first.numpy(), output[shared:]])
