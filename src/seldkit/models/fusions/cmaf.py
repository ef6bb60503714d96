"""Cross-modal attentive fusion (Qian et al. 2023; AV-SELD, ICASSP 2024), with and without self-attention."""

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn

from seldkit.models.layers.dropout import Dropout
from seldkit.models.layers.stream_layers import (
    Interpolation,
    resample_to_frames,
    time_encoding,
    token_times,
)
from seldkit.models.registry import FUSIONS, Depth, Rate, Size
from seldkit.settings import Settings


class CrossModalBlockSettings(Settings):
    """Settings of the blocks; the defaults are those of AV-SELD.

    Attributes:
        layers: Number of layers.
        heads: Number of heads of each attention.
        feedforward: Hidden width of the feed-forward networks.
        dropout: Dropout probability.
        interpolation: Interpolation of streams to the label frames.
    """

    layers: Depth = 4
    heads: Depth = 8
    feedforward: Size = 2048
    dropout: Rate = 0.1
    interpolation: Interpolation = "linear"


@FUSIONS.register("cmaf")
class CmafSettings(Settings):
    """Settings of the fusion in which each modality attends to itself and to the others.

    All streams must have the encoder's width.

    Attributes:
        blocks: Settings of the blocks.
    """

    name: Literal["cmaf"] = "cmaf"
    blocks: CrossModalBlockSettings = CrossModalBlockSettings()

    def width(self, dim: int, streams: Mapping[str, int]) -> int:
        """Returns the width of the output vectors.

        Args:
            dim: Width of the encoder's output.
            streams: Width of each stream.

        Returns:
            The encoder's width times the number of modalities.
        """
        return dim * (1 + len(streams))

    def build(self, dim: int, streams: Mapping[str, int]) -> "CrossModalBlocks":
        """Builds the fusion.

        Args:
            dim: Width of the encoder's output.
            streams: Width of each stream.

        Returns:
            The fusion.
        """
        return CrossModalBlocks(self.blocks, dim, streams, self_attention=True)


@FUSIONS.register("cross-attention")
class CrossAttentionSettings(Settings):
    """Settings of the fusion in which each modality attends to the others only.

    All streams must have the encoder's width.

    Attributes:
        blocks: Settings of the blocks.
    """

    name: Literal["cross-attention"] = "cross-attention"
    blocks: CrossModalBlockSettings = CrossModalBlockSettings()

    def width(self, dim: int, streams: Mapping[str, int]) -> int:
        """Returns the width of the output vectors.

        Args:
            dim: Width of the encoder's output.
            streams: Width of each stream.

        Returns:
            The encoder's width times the number of modalities.
        """
        return dim * (1 + len(streams))

    def build(self, dim: int, streams: Mapping[str, int]) -> "CrossModalBlocks":
        """Builds the fusion.

        Args:
            dim: Width of the encoder's output.
            streams: Width of each stream.

        Returns:
            The fusion.
        """
        return CrossModalBlocks(self.blocks, dim, streams, self_attention=False)


class CrossModalBlocks(nn.Module):
    """Layers in which every modality attends to all others.

    Within a layer the modalities are updated one after the other, and each attends to the updated ones (as in
    AV-SELD's code). With several streams a modality attends to all others at once. Without streams, as in a
    first training stage on audio, only self-attention is left.

    Args:
        settings: Settings of the blocks.
        dim: Width of the encoder's output.
        streams: Width of each stream; all must equal `dim`.
        self_attention: Whether each modality also attends to itself.
    """

    def __init__(
        self, settings: CrossModalBlockSettings, dim: int, streams: Mapping[str, int], self_attention: bool
    ) -> None:
        super().__init__()
        _check_widths(dim, settings.heads, streams)
        self._names = list(streams)
        self._interpolation = settings.interpolation
        self.norm = nn.LayerNorm(dim)
        self.layers = nn.ModuleList(
            CrossModalLayer(settings, dim, 1 + len(streams), self_attention) for _ in range(settings.layers)
        )

    def forward(self, audio: Tensor, streams: Mapping[str, Tensor]) -> Tensor:
        """Fuses audio and streams.

        Args:
            audio: Encoder output, ``(batch, frames, dim)``.
            streams: Streams by name, each ``(batch, time, dim)``.

        Returns:
            ``(batch, frames, dim * modalities)``.
        """
        frames = audio.shape[1]
        resampled = [resample_to_frames(streams[name], frames, self._interpolation) for name in self._names]
        modalities = [self.norm(audio), *resampled]
        for layer in self.layers:
            modalities = layer(modalities)
        return torch.cat(modalities, dim=-1)


class CrossModalLayer(nn.Module):
    """One block for each modality.

    Args:
        settings: Settings of the blocks.
        dim: Width of all modalities.
        modalities: Number of modalities.
        self_attention: Whether each modality also attends to itself.
    """

    def __init__(
        self, settings: CrossModalBlockSettings, dim: int, modalities: int, self_attention: bool
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            CrossModalBlock(settings, dim, self_attention, modalities > 1) for _ in range(modalities)
        )

    def forward(self, modalities: list[Tensor]) -> list[Tensor]:
        """Updates all modalities.

        Args:
            modalities: Tensors of shape ``(batch, frames, dim)``.

        Returns:
            Tensors of the same shapes.
        """
        modalities = list(modalities)
        for index, block in enumerate(self.blocks):
            modalities[index] = block(modalities[index], modalities[:index] + modalities[index + 1 :])
        return modalities


class CrossModalBlock(nn.Module):
    """Attention of one modality to itself and to others, then a feed-forward network.

    Args:
        settings: Settings of the blocks.
        dim: Width of all modalities.
        self_attention: Whether the modality attends to itself.
        cross_attention: Whether the modality attends to others.
    """

    def __init__(
        self, settings: CrossModalBlockSettings, dim: int, self_attention: bool, cross_attention: bool
    ) -> None:
        super().__init__()
        self.self_attention = _attention(settings, dim) if self_attention else None
        self.cross_attention = _attention(settings, dim) if cross_attention else None
        self.attention_norm = nn.LayerNorm(dim)
        self.feed_forward = nn.Sequential(
            nn.Linear(dim, settings.feedforward),
            nn.ReLU(),
            Dropout(settings.dropout),
            nn.Linear(settings.feedforward, dim),
            Dropout(settings.dropout),
        )
        self.norm = nn.LayerNorm(dim)
        self.dropout = Dropout(settings.dropout)

    def forward(self, x: Tensor, others: list[Tensor]) -> Tensor:
        """Applies the block.

        Args:
            x: The modality, ``(batch, frames, dim)``.
            others: The other modalities, same shape.

        Returns:
            Same shape.
        """
        frames, dim = x.shape[1:]
        position = time_encoding(token_times(frames, frames, x), dim)
        x = self.dropout(x + position)
        total = x
        if self.cross_attention is not None:
            memory = torch.cat([self.dropout(other + position) for other in others], dim=1)
            total = total + self.cross_attention(x, memory, memory, need_weights=False)[0]
        if self.self_attention is not None:
            total = total + self.self_attention(x, x, x, need_weights=False)[0]
        x = self.attention_norm(total)
        normed: Tensor = self.norm(x + self.feed_forward(x))
        return normed


def _attention(settings: CrossModalBlockSettings, dim: int) -> nn.MultiheadAttention:
    return nn.MultiheadAttention(dim, settings.heads, settings.dropout, batch_first=True)


def _check_widths(dim: int, heads: int, streams: Mapping[str, int]) -> None:
    if dim < 1 or dim % heads:
        raise ValueError(f"the encoder's width must be a multiple of heads ({heads}), got {dim}")
    for name, width in streams.items():
        if width != dim:
            raise ValueError(
                f"the stream '{name}' must have the encoder's width {dim}, got {width}; "
                f"add a stream encoder with this dim"
            )
