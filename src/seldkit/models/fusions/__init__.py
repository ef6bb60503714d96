"""Fusions of what is heard with the streams of other encoders: one file each, listed here."""

from seldkit.models.fusions.av_conformer import AvConformer, AvConformerSettings
from seldkit.models.fusions.bidirectional_gru import BidirectionalGru, BidirectionalGruSettings
from seldkit.models.fusions.cmaf import CmafSettings, CrossAttentionSettings, CrossModalBlocks
from seldkit.models.fusions.cross_modal_conformer import CrossModalConformer, CrossModalConformerSettings
from seldkit.models.fusions.no_fusion import NoFusion, NoFusionSettings
from seldkit.models.fusions.transformer_decoder import TransformerDecoderFusion, TransformerDecoderSettings

__all__ = [
    "AvConformer",
    "AvConformerSettings",
    "BidirectionalGru",
    "BidirectionalGruSettings",
    "CmafSettings",
    "CrossAttentionSettings",
    "CrossModalBlocks",
    "CrossModalConformer",
    "CrossModalConformerSettings",
    "NoFusion",
    "NoFusionSettings",
    "TransformerDecoderFusion",
    "TransformerDecoderSettings",
]
