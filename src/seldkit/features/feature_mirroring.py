"""What left and right exchanged, or any other exchange of channels, does to features."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from seldkit.features.stack import FeatureStack

TOLERANCE: Final = 1e-3
"""Relative difference within which two feature channels are the same."""

SIDES: Final = {"stereo": ([1, 0], [1, 1]), "foa": ([0, 1, 2, 3], [1, -1, 1, 1])}
"""Of each kind of sound that has a mirror image: the channel that each new one is made of, and its sign."""


@dataclass(frozen=True)
class ChannelMap:
    """What an exchange does to raw features: which channel each new one is made of, and its sign."""

    channels: tuple[int, ...]
    signs: tuple[int, ...]

    def __call__(self, features: Tensor) -> Tensor:
        """Raw features (…, channels, frames, bins), before they are standardised, changed."""
        signs = features.new_tensor(self.signs)[:, None, None]
        return features[..., list(self.channels), :, :] * signs


def mirror_map(stack: FeatureStack) -> ChannelMap:
    """What left and right exchanged do to a stack's features. ValueError where there is no such thing."""
    if stack.config.input not in SIDES:
        raise ValueError(f"{stack.config.input} sound has no mirror image by exchanging channels")
    order, signs = SIDES[stack.config.input]
    return channel_map(stack, lambda sound: sound[..., order, :] * sound.new_tensor(signs)[:, None])


def channel_map(stack: FeatureStack, change: Callable[[Tensor], Tensor]) -> ChannelMap:
    """What a change of sound, (batch, channels, samples), does to a stack's features, found on noise.

    Every feature channel of changed sound must be one of the sound as it was, or its negative: so it is with
    log-mel spectra (which go with their channel), with intensity vectors and level differences (which change
    sign) and with what is made of all channels alike. Nothing else needs to be known of a feature. Raises
    ValueError that names the channel for which it is not so (a cross-correlation's lags are not symmetrical):
    change the sound then, and compute its features.
    """
    generator = torch.Generator().manual_seed(0)
    levels = torch.tensor([0.3, 0.2, 0.15, 0.1])[: stack.input_channels, None]
    sound = levels * torch.randn(1, stack.input_channels, stack.config.sample_rate, generator=generator)
    with torch.inference_mode():
        before, after = stack.extract_raw(sound)[0], stack.extract_raw(change(sound))[0]
    found = [_origin(before, channel, number) for number, channel in enumerate(after)]
    return ChannelMap(tuple(origin for origin, _ in found), tuple(sign for _, sign in found))


def _origin(before: Tensor, channel: Tensor, number: int) -> tuple[int, int]:
    """The channel of `before` (channels, frames, bins) that `channel` equals, and the sign."""
    scale = before.abs().amax(dim=(1, 2)).clamp_min(1e-12)
    for sign in (1, -1):
        apart = (before - sign * channel).abs().amax(dim=(1, 2)) / scale
        same = (apart < TOLERANCE).nonzero().flatten().tolist()
        if same:
            return (number if number in same else same[0]), sign
    raise ValueError(
        f"feature channel {number} of swapped sound is no channel of the sound as it was; swap the sound"
    )
