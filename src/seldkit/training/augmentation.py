"""What is done to training clips anew in each epoch."""

import torch
from torch import Tensor

from seldkit.datasets.augmentation import SWAPS
from seldkit.datasets.augmentation.feature_swaps import feature_swap
from seldkit.datasets.augmentation.masking import SpecAugment
from seldkit.features import FeatureStack
from seldkit.training.settings import AugmentationSettings


class Augmenter:
    """Exact channel swaps, each clip one of them at random, and hidden stretches of its features.

    What it draws comes from PyTorch's own generator. Raises ValueError where a feature has no exact swap.
    """

    def __init__(self, stack: FeatureStack, settings: AugmentationSettings) -> None:
        swaps = SWAPS.get(stack.config.input, ()) if settings.swaps else ()
        self._swaps = [(swap, feature_swap(stack, swap)) for swap in swaps]
        self._masking = SpecAugment(1, settings.mask_bins, 1, settings.mask_frames)

    def swapped(self, raw: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Raw features (batch, channels, frames, bins) and targets (batch, …, 1 + elements, classes)."""
        if not self._swaps:
            return raw, targets
        raw, targets = raw.clone(), targets.clone()
        chosen = torch.randint(0, len(self._swaps), (len(raw),))
        for number, (swap, of_features) in enumerate(self._swaps):
            rows = (chosen == number).nonzero().flatten().to(raw.device)
            raw[rows], targets[rows] = of_features(raw[rows]), swap.targets(targets[rows])
        return raw, targets

    def hidden(self, features: Tensor) -> Tensor:
        """Standardised features with one stretch of bins and one of frames of each clip at 0."""
        return self._masking(features, torch.default_generator)
