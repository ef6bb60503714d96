"""What a stream goes through before it is fused with the sound: one file each, listed here."""

from seldkit.models.stream_encoders.conformer_stream import ConformerStreamSettings
from seldkit.models.stream_encoders.enhancement import EnhancementSettings
from seldkit.models.stream_encoders.linear import LinearSettings
from seldkit.models.stream_encoders.tiles import TilesSettings

__all__ = ["ConformerStreamSettings", "EnhancementSettings", "LinearSettings", "TilesSettings"]
