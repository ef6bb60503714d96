"""Models: the parts by name, the assembled `SeldModel`, model directories and the public baselines' files."""

from seldkit.models.config import DecodingConfig, ModelConfig
from seldkit.models.model import SeldModel
from seldkit.models.parts import ENCODERS, FUSIONS, HEADS

__all__ = ["ENCODERS", "FUSIONS", "HEADS", "DecodingConfig", "ModelConfig", "SeldModel"]
