"""The parts of a model, built from its configuration."""

from typing import Final

import torch
from torch import nn

from seldkit.errors import ModelError
from seldkit.features import FeatureStack
from seldkit.models.config import ModelConfig
from seldkit.models.onscreen_attention import OnscreenAttention
from seldkit.models.stream_encoding import StreamEncoders

MOST_PARAMETERS: Final = 500_000_000
"""The largest network that is built (2 GB of float32); beyond it lies a mistyped size."""


class Network(nn.Module):
    """The parts of a model, built but not yet joined."""

    def __init__(self, config: ModelConfig, device: str | None = None) -> None:
        super().__init__()
        dim, part = config.encoder.dim, "features"
        try:
            self.features = FeatureStack(config.features)
            with torch.device(device or torch.get_default_device()):
                part = "encoder"
                self.encoder = config.encoder.build(self.features.channel_count, self.features.bins)
                part, fused = "stream_encoders", config.fusion_widths
                self.streams = StreamEncoders(
                    config.stream_widths, config.stream_encoders, config.stream_dropout
                )
                part = "fusion"
                self.fusion = config.fusion.build(dim, fused)
                part, width = "head", config.fusion.width(dim, fused)
                self.head = config.head.build(width, config.tracks, config.elements, len(config.classes))
                part, self.gaze = "gaze", _gaze(config)
        except ValueError as problem:
            raise ModelError(f"model '{config.name}': {part}: {problem}") from None


def _gaze(config: ModelConfig) -> OnscreenAttention | None:
    if config.gaze is None:
        return None
    width = config.stream_widths[config.gaze.stream]
    return OnscreenAttention(config.gaze, width, len(config.classes), config.stream_dropout)


def build_network(config: ModelConfig) -> Network:
    """The parts of a model.

    Sizes are added up before memory is taken for the weights. Raises ModelError.
    """
    parameters = sum(parameter.numel() for parameter in outline_network(config).parameters())
    if parameters > MOST_PARAMETERS:
        raise ModelError(
            f"model '{config.name}': its sizes make {parameters:,} parameters, "
            f"expected at most {MOST_PARAMETERS:,}; make the encoder's, fusion's or head's sizes smaller"
        )
    return Network(config)


def outline_network(config: ModelConfig) -> Network:
    """The same without the weights' memory: their names and shapes only. Raises ModelError."""
    return Network(config, device="meta")
