"""Effect of channel exchanges, such as left and right, on features."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from seldkit.features.stack import FeatureStack

MAX_RELATIVE_DIFFERENCE: Final = 1e-3
"""Largest relative difference of two feature channels that are considered equal."""

MIRROR_CHANNELS: Final = {"stereo": ([1, 0], [1, 1]), "foa": ([0, 1, 2, 3], [1, -1, 1, 1])}
"""Source channel and sign of each channel of left-right mirrored audio, by kind of audio."""


@dataclass(frozen=True)
class ChannelMap:
    """Effect of a channel exchange on raw features.

    Attributes:
        channels: For each new feature channel, the index of the channel from which it is taken.
        signs: For each new feature channel, 1 or -1.
    """

    channels: tuple[int, ...]
    signs: tuple[int, ...]

    def __call__(self, features: Tensor) -> Tensor:
        """Applies the exchange to raw features.

        Args:
            features: Features before standardisation, shape ``(..., channels, frames, bins)``.

        Returns:
            Features of the exchanged audio, same shape.
        """
        signs = features.new_tensor(self.signs)[:, None, None]
        return features[..., list(self.channels), :, :] * signs


def mirror_map(stack: FeatureStack) -> ChannelMap:
    """Determines the effect of left-right mirroring on the features of a stack.

    Args:
        stack: The features.

    Returns:
        The mapping of feature channels.

    Raises:
        ValueError: Exchanging channels does not mirror this kind of audio, or `channel_map` fails.
    """
    if stack.config.input not in MIRROR_CHANNELS:
        raise ValueError(f"{stack.config.input} audio cannot be mirrored by exchanging channels")
    order, signs = MIRROR_CHANNELS[stack.config.input]
    return channel_map(stack, lambda audio: audio[..., order, :] * audio.new_tensor(signs)[:, None])


def channel_map(stack: FeatureStack, change: Callable[[Tensor], Tensor]) -> ChannelMap:
    """Determines the effect of an audio transformation on the features of a stack by a trial on noise.

    Each feature channel of the transformed audio must equal a feature channel of the original audio or its
    negative. This holds for log-mel spectra (exchanged with their channel), intensity vectors and level
    differences (sign changes) and features of the sum of all channels. The features need no further
    declaration.

    Args:
        stack: The features.
        change: Transformation of audio ``(batch, channels, samples)``.

    Returns:
        The mapping of feature channels.

    Raises:
        ValueError: A feature channel has no counterpart, for example a cross-correlation, whose lags are not
            symmetrical. In this case transform the audio and compute its features.
    """
    generator = torch.Generator().manual_seed(0)
    levels = torch.tensor([0.3, 0.2, 0.15, 0.1])[: stack.input_channels, None]
    audio = levels * torch.randn(1, stack.input_channels, stack.config.sample_rate, generator=generator)
    with torch.inference_mode():
        before, after = stack.extract_raw(audio)[0], stack.extract_raw(change(audio))[0]
    sources = [_source_channel(before, channel, number) for number, channel in enumerate(after)]
    return ChannelMap(tuple(index for index, _ in sources), tuple(sign for _, sign in sources))


def _source_channel(before: Tensor, channel: Tensor, number: int) -> tuple[int, int]:
    """Returns the index of the channel of ``before`` that equals ``channel``, and the sign."""
    scale = before.abs().amax(dim=(1, 2)).clamp_min(1e-12)
    for sign in (1, -1):
        difference = (before - sign * channel).abs().amax(dim=(1, 2)) / scale
        equal = (difference < MAX_RELATIVE_DIFFERENCE).nonzero().flatten().tolist()
        if equal:
            return (number if number in equal else equal[0]), sign
    raise ValueError(
        f"feature channel {number} of the transformed audio equals no feature channel of the original audio; "
        "transform the audio instead of its features"
    )
