"""Frozen pretrained encoders of audio, images and video.

The settings of the encoders are light to import; libraries and weights are loaded by ``settings.load()``.
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
