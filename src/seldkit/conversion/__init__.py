"""Conversion of FOA audio and 360° video to clips of stereo audio and perspective video."""

from seldkit.conversion.source_recordings import ConversionSource, SourceRecording, open_source
from seldkit.conversion.stereo_conversion import ConversionResult, ConversionSettings, convert
from seldkit.deprecation import renamed_attributes

__all__ = [
    "ConversionResult",
    "ConversionSettings",
    "ConversionSource",
    "SourceRecording",
    "convert",
    "open_source",
]

__getattr__ = renamed_attributes(
    __name__, {"Conversion": "ConversionSettings", "Converted": "ConversionResult"}
)
