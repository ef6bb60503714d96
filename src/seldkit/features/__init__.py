"""Spectral and spatial audio features as PyTorch modules."""

from seldkit.features.amplitude import Amplitude
from seldkit.features.autocorrelation import ShortTermAutocorrelation
from seldkit.features.cross_correlation import CrossCorrelation
from seldkit.features.intensity import IntensityVector
from seldkit.features.level_difference import LevelDifference
from seldkit.features.logmel import LogMel
from seldkit.features.phase_difference import PhaseDifference
from seldkit.features.side_to_mid import SideToMid
from seldkit.features.stack import FeatureConfig, FeatureStack

__all__ = [
    "Amplitude",
    "CrossCorrelation",
    "FeatureConfig",
    "FeatureStack",
    "IntensityVector",
    "LevelDifference",
    "LogMel",
    "PhaseDifference",
    "ShortTermAutocorrelation",
    "SideToMid",
]
