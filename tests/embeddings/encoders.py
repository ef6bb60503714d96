"""Small models with random weights in the format of the hub, input signals, and an encoder of means."""

from pathlib import Path
from typing import Literal

import numpy as np
import torch

from seldkit.embeddings.registry import EncoderInput, Modality
from seldkit.settings import Settings
from seldkit.types import ImageArray, Samples

SAMPLE_RATE = 24000


def noise(seconds: float, batch: int = 1, channels: int = 2) -> np.ndarray:
    rng = np.random.default_rng(1)
    return rng.normal(0, 0.1, (batch, channels, round(seconds * SAMPLE_RATE))).astype(np.float32)


def images(count: int = 2, height: int = 90, width: int = 160) -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (count, height, width, 3), dtype=np.uint8)


def save_clap(folder: Path, hidden: int = 32) -> Path:
    """Saves a CLAP with one attention head per stage and the spectrogram of the real models."""
    from transformers import ClapAudioConfig, ClapConfig, ClapFeatureExtractor, ClapModel, ClapTextConfig

    torch.manual_seed(0)
    audio = ClapAudioConfig(
        patch_embeds_hidden_size=hidden // 8,
        depths=[1, 1, 1, 1],
        num_attention_heads=[1, 1, 1, 1],
        hidden_size=hidden,
        projection_dim=8,
    )
    text = ClapTextConfig(vocab_size=10, hidden_size=8, num_hidden_layers=1, num_attention_heads=1)
    text.intermediate_size, text.projection_dim = 8, 8
    config = ClapConfig(audio_config=audio.to_dict(), text_config=text.to_dict(), projection_dim=8)
    ClapModel(config).save_pretrained(folder)
    ClapFeatureExtractor(frequency_min=50, truncation="rand_trunc").save_pretrained(folder)
    return folder


def save_owlvit(folder: Path, width: int = 16) -> Path:
    """Saves an OWL-ViT with 4 × 4 patches."""
    from transformers import OwlViTConfig, OwlViTForObjectDetection, OwlViTImageProcessorPil

    torch.manual_seed(0)
    small = {"hidden_size": width, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
    vision = {**small, "image_size": 64, "patch_size": 16}
    config = OwlViTConfig(text_config={**small, "vocab_size": 10}, vision_config=vision, projection_dim=8)
    OwlViTForObjectDetection(config).save_pretrained(folder)
    OwlViTImageProcessorPil(size={"height": 64, "width": 64}).save_pretrained(folder)
    return folder


def save_resnet(folder: Path) -> Path:
    """Saves a ResNet with one block per stage and the 2048 channels of a ResNet-50."""
    from transformers import ResNetConfig, ResNetModel

    torch.manual_seed(0)
    config = ResNetConfig(embedding_size=4, hidden_sizes=[4, 4, 4, 2048], depths=[1, 1, 1, 1])
    ResNetModel(config).save_pretrained(folder)
    return folder


class MeanEmbedding(Settings):
    """An encoder whose tokens are the means of the images or of the audio."""

    embedding: Literal["mean"] = "mean"
    modality: Modality = "images"
    rate: float = 10.0
    dim: int = 1

    def load(self, device: str | torch.device = "cpu") -> "MeanEncoder":
        return MeanEncoder(self.modality)


class MeanEncoder:
    """Counts the images that it preprocesses."""

    def __init__(self, modality: Modality) -> None:
        self.modality = modality
        self.image_count = 0

    def preprocess(self, image: ImageArray) -> EncoderInput:
        self.image_count += 1
        return np.asarray(image[:1, :1], dtype=np.float32)

    def encode(self, encoder_input: EncoderInput | Samples, sample_rate: int = 0) -> torch.Tensor:
        if self.modality == "audio":
            return torch.from_numpy(encoder_input).mean(dim=(1, 2))[:, None, None]
        flat = torch.from_numpy(encoder_input).flatten(2 if self.modality == "video" else 1).mean(dim=-1)
        return flat[..., None] if self.modality == "video" else flat[:, None, None]


def save_vitpose(folder: Path) -> Path:
    """Saves a ViTPose with 17 keypoints."""
    from transformers import (
        VitPoseBackboneConfig,
        VitPoseConfig,
        VitPoseForPoseEstimation,
        VitPoseImageProcessorPil,
    )

    torch.manual_seed(0)
    backbone = VitPoseBackboneConfig(
        image_size=[64, 48],
        patch_size=[16, 16],
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        out_features=["stage1"],
    )
    config = VitPoseConfig(backbone_config=backbone, num_labels=17, use_simple_decoder=True)
    VitPoseForPoseEstimation(config).save_pretrained(folder)
    VitPoseImageProcessorPil(size={"height": 64, "width": 48}).save_pretrained(folder)
    return folder
