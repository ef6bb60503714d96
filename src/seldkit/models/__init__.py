"""Registered parts, the assembled `SeldModel`, model directories, and checkpoints of public baselines."""

from seldkit.models.config import DecodingConfig, ModelConfig
from seldkit.models.ensemble import Ensemble
from seldkit.models.model import SeldModel
from seldkit.models.model_report import ModelReport, inspect_model
from seldkit.models.public_checkpoints import load_public_checkpoint
from seldkit.models.registry import ENCODERS, FUSIONS, HEADS, STREAM_ENCODERS
from seldkit.models.stream_encoding import MissingStreamWarning

__all__ = [
    "ENCODERS",
    "FUSIONS",
    "HEADS",
    "STREAM_ENCODERS",
    "DecodingConfig",
    "Ensemble",
    "MissingStreamWarning",
    "ModelConfig",
    "ModelReport",
    "SeldModel",
    "inspect_model",
    "load_public_checkpoint",
]
