"""SpecAugment: masks ranges of bins and frames of the features."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class SpecAugment:
    """Masks ranges of bins and of frames (Park et al., Interspeech 2019, without time warping).

    All feature channels of a clip have the same mask. Each clip of a batch has its own mask.

    Attributes:
        bin_masks: Number of masked ranges of bins.
        bins: Maximum width of a range of bins. The width is drawn from 0 to this value.
        frame_masks: Number of masked ranges of frames.
        frames: Maximum length of a range, in feature frames. The length is drawn from 0 to this value.
        fill: Value in masked ranges: "zero", which is the mean of standardised features, or "mean", the mean
            of the clip's feature channel.
    """

    bin_masks: int = 2
    bins: int = 8
    frame_masks: int = 2
    frames: int = 20
    fill: str = "zero"

    def __post_init__(self) -> None:
        if self.fill not in ("zero", "mean"):
            raise ValueError(f"expected the fill zero or mean, got {self.fill!r}")

    def __call__(self, features: Tensor, generator: torch.Generator) -> Tensor:
        """Masks features.

        Args:
            features: Features. Shape ``(batch, channels, frames, bins)``.
            generator: Random generator on the CPU.

        Returns:
            Masked features. Same shape.
        """
        batch, _, frames, bins = features.shape
        masked_bins = _random_ranges(batch, self.bin_masks, self.bins, bins, generator)
        masked_frames = _random_ranges(batch, self.frame_masks, self.frames, frames, generator)
        mask = masked_bins[:, None, None, :] | masked_frames[:, None, :, None]
        value = features.mean(dim=(2, 3), keepdim=True) if self.fill == "mean" else features.new_zeros(())
        return torch.where(mask.to(features.device), value, features)


def _random_ranges(batch: int, count: int, max_length: int, size: int, generator: torch.Generator) -> Tensor:
    """A mask (batch, size) of `count` random ranges."""
    shape = (batch, count, 1)
    length = torch.randint(0, min(max_length, size) + 1, shape, generator=generator)
    start = (torch.rand(shape, generator=generator) * (size - length + 1)).long()
    position = torch.arange(size)
    return ((position >= start) & (position < start + length)).any(dim=1)
