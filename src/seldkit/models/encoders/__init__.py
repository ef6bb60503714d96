"""Encoders: one file each, listed here."""

from seldkit.models.encoders.cnn_conformer import CnnConformer, CnnConformerSettings
from seldkit.models.encoders.convolutional import Convolutional, ConvolutionalSettings
from seldkit.models.encoders.no_encoder import NoEncoder, NoEncoderSettings
from seldkit.models.encoders.residual_cnn import ResidualCnn, ResidualCnnSettings
from seldkit.models.encoders.seldnet import Seldnet, SeldnetSettings
from seldkit.models.encoders.temporal_enhancement import TemporalEnhancement, TemporalEnhancementSettings

__all__ = [
    "CnnConformer",
    "CnnConformerSettings",
    "Convolutional",
    "ConvolutionalSettings",
    "NoEncoder",
    "NoEncoderSettings",
    "ResidualCnn",
    "ResidualCnnSettings",
    "Seldnet",
    "SeldnetSettings",
    "TemporalEnhancement",
    "TemporalEnhancementSettings",
]
