"""Spectral and spatial features of sound, as PyTorch modules."""

from seldkit.features.autocorrelation import ShortTermAutocorrelation
from seldkit.features.cross_correlation import CrossCorrelation
from seldkit.features.intensity import IntensityVector
from seldkit.features.level_difference import LevelDifference
from seldkit.features.logmel import LogMel
from seldkit.features.stack import FeatureConfig, FeatureStack

__all__ = [
    "CrossCorrelation",
    "FeatureConfig",
    "FeatureStack",
    "IntensityVector",
    "LevelDifference",
    "LogMel",
    "ShortTermAutocorrelation",
]
