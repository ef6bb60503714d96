"""Other clips out of clips: each step on sound, labels and pictures together, or on features.

>>> chain = Chain([RandomSwap(), Sometimes(Equaliser()), Level()])  # doctest: +SKIP
>>> other = chain(clip, np.random.default_rng(0))  # doctest: +SKIP

`feature_swaps` and `masking` work on features and need PyTorch; they are imported from their own files.
"""

from seldkit.datasets.augmentation.loudness import Equaliser, Level
from seldkit.datasets.augmentation.mixup import SceneMixup, mixed_with
from seldkit.datasets.augmentation.pipeline import Augmentation, Chain, LabelledClip, Sometimes
from seldkit.datasets.augmentation.swaps import SWAPS, RandomSwap, Swap

__all__ = [
    "SWAPS",
    "Augmentation",
    "Chain",
    "Equaliser",
    "LabelledClip",
    "Level",
    "RandomSwap",
    "SceneMixup",
    "Sometimes",
    "Swap",
    "mixed_with",
]
