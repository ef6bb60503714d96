"""Fusions of what is heard with the streams of other encoders: one file each, listed here."""

from seldkit.models.fusions.none import NoFusionSettings
from seldkit.models.fusions.transformer_decoder import TransformerDecoderFusion, TransformerDecoderSettings

__all__ = ["NoFusionSettings", "TransformerDecoderFusion", "TransformerDecoderSettings"]
