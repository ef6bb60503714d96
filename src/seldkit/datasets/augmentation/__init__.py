"""Augmentation of training clips: each step changes audio, labels and video frames consistently.

>>> augment = Chain([RandomSwap(), RandomApply(Equaliser()), Level()])  # doctest: +SKIP
>>> augmented = augment(clip, np.random.default_rng(0))  # doctest: +SKIP

The modules `swap_effects` and `spec_augment` operate on features and streams. They require PyTorch and are
therefore not imported here.
"""

from seldkit.datasets.augmentation.loudness import Equaliser, Level
from seldkit.datasets.augmentation.mixup import SceneMixup, mix_clips
from seldkit.datasets.augmentation.pipeline import Augmentation, Chain, LabelledClip, RandomApply
from seldkit.datasets.augmentation.swaps import SWAPS, RandomSwap, Swap

__all__ = [
    "SWAPS",
    "Augmentation",
    "Chain",
    "Equaliser",
    "LabelledClip",
    "Level",
    "RandomApply",
    "RandomSwap",
    "SceneMixup",
    "Swap",
    "mix_clips",
]
