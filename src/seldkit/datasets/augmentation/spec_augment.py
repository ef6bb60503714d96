"""SpecAugment: stretches of the features hidden."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class SpecAugment:
    """Hides stretches of bins and of frames (Park et al. 2019, without its time warping).

    bin_masks, frame_masks: how many of each; bins, frames: their greatest lengths, each drawn from 0 on.
    fill: what is put there, "zero" (the mean of standardised features) or "mean" (of the clip's feature
    channel). All channels of a clip are hidden at the same places, each clip of a batch at its own.
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
        """Features (batch, channels, frames, bins), masked. generator: a CPU generator."""
        batch, _, frames, bins = features.shape
        hidden_bins = _stretches(batch, self.bin_masks, self.bins, bins, generator)
        hidden_frames = _stretches(batch, self.frame_masks, self.frames, frames, generator)
        hidden = hidden_bins[:, None, None, :] | hidden_frames[:, None, :, None]
        value = features.mean(dim=(2, 3), keepdim=True) if self.fill == "mean" else features.new_zeros(())
        return torch.where(hidden.to(features.device), value, features)


def _stretches(batch: int, count: int, longest: int, size: int, generator: torch.Generator) -> Tensor:
    """Which places of (batch, size) lie in one of `count` random stretches."""
    shape = (batch, count, 1)
    length = torch.randint(0, min(longest, size) + 1, shape, generator=generator)
    start = (torch.rand(shape, generator=generator) * (size - length + 1)).long()
    place = torch.arange(size)
    return ((place >= start) & (place < start + length)).any(dim=1)
