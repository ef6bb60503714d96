"""Frozen pretrained encoders: what sound and pictures are called by models that saw much more of the world.

Their settings stand here and are light to import; the encoders behind them are loaded when they are asked.
"""

from seldkit.embeddings.clap import ClapSettings
from seldkit.embeddings.efficientnet_lite import EfficientNetLiteSettings
from seldkit.embeddings.i3d import I3dSettings
from seldkit.embeddings.keypoints import KeypointSettings
from seldkit.embeddings.owlvit import OwlVitSettings
from seldkit.embeddings.person_boxes import PersonBoxSettings
from seldkit.embeddings.pose import PoseSettings
from seldkit.embeddings.registry import EMBEDDINGS, EmbeddingSettings
from seldkit.embeddings.resnet50 import ResNet50MapSettings, ResNet50Settings
from seldkit.embeddings.yamnet import YamnetSettings

__all__ = [
    "EMBEDDINGS",
    "ClapSettings",
    "EfficientNetLiteSettings",
    "EmbeddingSettings",
    "I3dSettings",
    "KeypointSettings",
    "OwlVitSettings",
    "PersonBoxSettings",
    "PoseSettings",
    "ResNet50MapSettings",
    "ResNet50Settings",
    "YamnetSettings",
]
