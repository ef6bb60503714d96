"""The parts of a model, built from its configuration."""

from typing import Final

import torch
from torch import nn

from seldkit.errors import ModelError
from seldkit.models.config import ModelConfig

MOST_PARAMETERS: Final = 500_000_000
"""The largest network that is built (2 GB of float32); beyond it lies a mistyped size."""


def build_network(config: ModelConfig, channels: int, bins: int) -> nn.ModuleDict:
    """`encoder`, `fusion` and `head` for features of (batch, channels, frames, bins).

    Sizes are added up before any memory is taken. Raises ModelError.
    """
    counted = outlined_network(config, channels, bins)
    parameters = sum(parameter.numel() for parameter in counted.parameters())
    if parameters > MOST_PARAMETERS:
        raise ModelError(
            f"model '{config.name}': its sizes make {parameters:,} parameters, "
            f"expected at most {MOST_PARAMETERS:,}; make the encoder's, fusion's or head's sizes smaller"
        )
    return _build(config, channels, bins)


def outlined_network(config: ModelConfig, channels: int, bins: int) -> nn.ModuleDict:
    """The same parts without their memory: names and shapes only."""
    with torch.device("meta"):
        return _build(config, channels, bins)


def _build(config: ModelConfig, channels: int, bins: int) -> nn.ModuleDict:
    part = "encoder"
    try:
        encoder = config.encoder.build(channels, bins)
        part = "fusion"
        fusion = config.fusion.build(config.encoder.dim, config.streams)
        part = "head"
        head = config.head.build(config.encoder.dim, config.tracks, config.elements, len(config.classes))
    except ValueError as problem:
        raise ModelError(f"model '{config.name}': {part}: {problem}") from None
    return nn.ModuleDict({"encoder": encoder, "fusion": fusion, "head": head})
