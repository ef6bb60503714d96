"""What is done to training clips anew in each epoch."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from seldkit.training.settings import AugmentationSettings

if TYPE_CHECKING:
    from torch import device as Device


def hidden(features: Tensor, settings: AugmentationSettings) -> Tensor:
    """Standardised features (batch, channels, frames, bins) with random stretches of each clip set to 0.

    One stretch of bins and one of frames, the same in all channels (SpecAugment, Park et al. 2019).
    """
    for axis, most in ((3, settings.mask_bins), (2, settings.mask_frames)):
        if most:
            kept = _kept(len(features), features.shape[axis], most, features.device)
            features = features * (kept[:, None, :, None] if axis == 2 else kept[:, None, None, :])
    return features


def _kept(clips: int, size: int, most: int, device: "Device") -> Tensor:
    """0 within each clip's stretch and 1 elsewhere: (clips, size)."""
    length = torch.randint(0, min(most, size) + 1, (clips, 1), device=device)
    start = (torch.rand(clips, 1, device=device) * (size - length + 1)).long()
    place = torch.arange(size, device=device)
    return ((place < start) | (place >= start + length)).float()
