"""Blending of overlapping windows into one ACCDOA tensor, in constant memory."""

import numpy as np
import torch

from seldkit.accdoa import align_tracks
from seldkit.types import Floats32


class WindowBlender:
    """Blends the model outputs of overlapping windows into one continuous output.

    Each frame is the weighted mean of the windows that cover it. The weights decrease linearly towards the
    ends of a window, where the model has the least context. Because ADPIT leaves the order of the tracks
    free, the tracks of a window are first permuted, per frame and class, to match the previous windows.

    Args:
        window_frames: Length of a window in frames.
    """

    def __init__(self, window_frames: int) -> None:
        ramp = np.minimum(np.arange(1, window_frames + 1), np.arange(window_frames, 0, -1))
        self._weights: Floats32 = (ramp / ramp.max()).astype(np.float32)
        self._start = 0
        self._sum: Floats32 | None = None  # (pending frames, tracks, elements, classes)
        self._weight: Floats32 = np.zeros(0, np.float32)  # (pending frames,)

    @property
    def start(self) -> int:
        """The first frame that has not been returned yet."""
        return self._start

    def add(self, output: Floats32, first_frame: int, final_before: int) -> Floats32:
        """Adds one window and returns the frames that no later window changes.

        Args:
            output: Model output of the window, shape ``(frames, tracks, elements, classes)``. Frames that
                have been returned before are ignored.
            first_frame: First frame of the window.
            final_before: Frames before this one are final.

        Returns:
            Blended frames from `start` to `final_before` (exclusive), shape
            ``(frames, tracks, elements, classes)``.
        """
        skipped = max(0, self._start - first_frame)
        weights, output = self._weights[skipped : len(output)], output[skipped:]
        offset = first_frame + skipped - self._start
        pending = self._extended_to(offset + len(output), output)
        shared = slice(offset, len(self._weight[self._weight > 0]))
        aligned = _aligned(output, pending[shared] / self._weight[shared, None, None, None])
        pending[offset : offset + len(output)] += weights[:, None, None, None] * aligned
        self._weight[offset : offset + len(output)] += weights
        return self._remove_final(final_before - self._start)

    def _extended_to(self, frames: int, like: Floats32) -> Floats32:
        pending = np.zeros((0, *like.shape[1:]), np.float32) if self._sum is None else self._sum
        missing = max(0, frames - len(pending))
        self._sum = np.concatenate([pending, np.zeros((missing, *like.shape[1:]), np.float32)])
        self._weight = np.concatenate([self._weight, np.zeros(missing, np.float32)])
        return self._sum

    def _remove_final(self, frames: int) -> Floats32:
        assert self._sum is not None
        blended = self._sum[:frames] / self._weight[:frames, None, None, None]
        self._sum, self._weight = self._sum[frames:], self._weight[frames:]
        self._start += len(blended)
        return blended


def _aligned(output: Floats32, previous: Floats32) -> Floats32:
    """Permutes the tracks of the shared frames to match the previous windows.

    Both have the shape (frames, tracks, elements, classes); `previous` starts at the same frame.
    """
    shared = min(len(previous), len(output))
    if shared == 0:
        return output
    aligned = align_tracks(torch.from_numpy(output[:shared]), torch.from_numpy(previous[:shared]))
    return np.concatenate([aligned.numpy(), output[shared:]])
