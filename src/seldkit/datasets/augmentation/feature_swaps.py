"""Channel swaps of features that are computed already."""

from seldkit.datasets.augmentation.swaps import Swap
from seldkit.features import FeatureStack
from seldkit.features.feature_mirroring import ChannelMap, channel_map


def feature_swap(stack: FeatureStack, swap: Swap) -> ChannelMap:
    """How the raw features of `stack` change with `swap` (`features.mirroring.channel_map`). ValueError."""
    return channel_map(stack, swap.sound)
