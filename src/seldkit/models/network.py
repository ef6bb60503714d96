"""The modules of a model, built from its configuration."""

from typing import Final

import torch
from torch import nn

from seldkit.errors import ModelError
from seldkit.features import FeatureStack
from seldkit.models.config import ModelConfig
from seldkit.models.onscreen_attention import OnscreenAttention
from seldkit.models.stream_encoding import StreamEncoders

MAX_PARAMETERS: Final = 500_000_000
"""Parameters of the largest network that is built (2 GB of float32); larger ones are assumed to be a
mistake."""


class Network(nn.Module):
    """Container of a model's modules; `SeldModel` connects them.

    Args:
        config: Configuration of the model.
        device: Device of the parameters; None for PyTorch's default device.

    Raises:
        ModelError: If the settings of two parts do not fit together.
    """

    def __init__(self, config: ModelConfig, device: str | None = None) -> None:
        super().__init__()
        dim, part = config.encoder.dim, "features"
        try:
            self.features = FeatureStack(config.features)
            with torch.device(device or torch.get_default_device()):
                part = "encoder"
                self.encoder = config.encoder.build(self.features.channel_count, self.features.bins)
                part, widths = "stream_encoders", config.fusion_widths
                self.stream_encoders = StreamEncoders(
                    config.stream_widths, config.stream_encoders, config.stream_dropout
                )
                part = "fusion"
                self.fusion = config.fusion.build(dim, widths)
                part, width = "head", config.fusion.width(dim, widths)
                self.head = config.head.build(width, config.tracks, config.elements, len(config.classes))
                part, self.onscreen_attention = "onscreen_attention", _build_onscreen_attention(config)
        except ValueError as error:
            raise ModelError(f"model '{config.name}': {part}: {error}") from None


def _build_onscreen_attention(config: ModelConfig) -> OnscreenAttention | None:
    settings = config.onscreen_attention
    if settings is None:
        return None
    width = config.stream_widths[settings.stream]
    return OnscreenAttention(settings, width, len(config.classes), config.stream_dropout)


def build_network(config: ModelConfig) -> Network:
    """Builds the modules of a model, after checking the number of parameters.

    Args:
        config: Configuration of the model.

    Returns:
        The modules.

    Raises:
        ModelError: If the network is too large, or the settings of two parts do not fit together.
    """
    parameters = sum(parameter.numel() for parameter in outline_network(config).parameters())
    if parameters > MAX_PARAMETERS:
        raise ModelError(
            f"model '{config.name}': its sizes make {parameters:,} parameters, "
            f"expected at most {MAX_PARAMETERS:,}; make the encoder's, fusion's or head's sizes smaller"
        )
    return Network(config)


def outline_network(config: ModelConfig) -> Network:
    """Builds the modules of a model on the meta device: names and shapes without memory.

    Args:
        config: Configuration of the model.

    Returns:
        The modules.

    Raises:
        ModelError: If the settings of two parts do not fit together.
    """
    return Network(config, device="meta")
