"""Channel swaps of features that are computed already."""

from dataclasses import dataclass

import torch
from torch import Tensor

from seldkit.datasets.augmentation.swaps import Swap
from seldkit.features import FeatureStack

_TOLERANCE = 1e-3


@dataclass(frozen=True)
class FeatureSwap:
    """What a swap of sound does to raw features: which channel each new one is made of, and its sign."""

    channels: tuple[int, ...]
    signs: tuple[int, ...]

    def __call__(self, features: Tensor) -> Tensor:
        """Raw features (…, channels, frames, bins), before they are standardised, swapped."""
        signs = features.new_tensor(self.signs)[:, None, None]
        return features[..., list(self.channels), :, :] * signs


def feature_swap(stack: FeatureStack, swap: Swap) -> FeatureSwap:
    """How the features of `stack` change with `swap`, found by trial on noise.

    Every feature channel of swapped sound must be one of unswapped sound, or its negative: so it is with
    log-mel spectra (which go with their channel), with intensity vectors and level differences (which change
    sign) and with what is made of all channels alike. Nothing else needs to be known of a feature. Raises
    ValueError that names the channel for which it is not so (a cross-correlation's lags are not symmetrical):
    swap the sound then, and compute its features.
    """
    generator = torch.Generator().manual_seed(0)
    levels = torch.tensor([0.3, 0.2, 0.15, 0.1])[: stack.input_channels, None]
    sound = levels * torch.randn(1, stack.input_channels, stack.config.sample_rate, generator=generator)
    with torch.inference_mode():
        before, after = stack.raw(sound)[0], stack.raw(swap.sound(sound))[0]
    found = [_origin(before, channel, number) for number, channel in enumerate(after)]
    return FeatureSwap(tuple(origin for origin, _ in found), tuple(sign for _, sign in found))


def _origin(before: Tensor, channel: Tensor, number: int) -> tuple[int, int]:
    """The channel of `before` (channels, frames, bins) that `channel` equals, and the sign."""
    scale = before.abs().amax(dim=(1, 2)).clamp_min(1e-12)
    for sign in (1, -1):
        apart = (before - sign * channel).abs().amax(dim=(1, 2)) / scale
        same = (apart < _TOLERANCE).nonzero().flatten().tolist()
        if same:
            return (number if number in same else same[0]), sign
    raise ValueError(
        f"feature channel {number} of swapped sound is no channel of the sound as it was; swap the sound"
    )
