"""Cross-modal attentive fusion (Qian et al. 2023; AV-SELD, ICASSP 2024), and its cross-attention alone."""

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn

from seldkit.models.layers.dropout import Dropout
from seldkit.models.layers.time_alignment import Interpolation, resample_to_frames, time_encoding, token_times
from seldkit.models.registry import FUSIONS
from seldkit.models.sizes import Depth, Rate, Size
from seldkit.settings import Settings


class CrossModalBlockSettings(Settings):
    """Sizes of the blocks; the defaults are AV-SELD's. interpolation: of streams of another rate."""

    layers: Depth = 4
    heads: Depth = 8
    feedforward: Size = 2048
    dropout: Rate = 0.1
    interpolation: Interpolation = "linear"


@FUSIONS.register("cmaf")
class CmafSettings(Settings):
    """Each modality attends to itself and to the others; all of them have the encoder's width."""

    name: Literal["cmaf"] = "cmaf"
    blocks: CrossModalBlockSettings = CrossModalBlockSettings()

    def width(self, dim: int, streams: Mapping[str, int]) -> int:
        return dim * (1 + len(streams))

    def build(self, dim: int, streams: Mapping[str, int]) -> "CrossModalBlocks":
        return CrossModalBlocks(self.blocks, dim, streams, self_attention=True)


@FUSIONS.register("cross-attention")
class CrossAttentionSettings(Settings):
    """Each modality attends to the others only; all of them have the encoder's width."""

    name: Literal["cross-attention"] = "cross-attention"
    blocks: CrossModalBlockSettings = CrossModalBlockSettings()

    def width(self, dim: int, streams: Mapping[str, int]) -> int:
        return dim * (1 + len(streams))

    def build(self, dim: int, streams: Mapping[str, int]) -> "CrossModalBlocks":
        return CrossModalBlocks(self.blocks, dim, streams, self_attention=False)


class CrossModalBlocks(nn.Module):
    """heard (batch, frames, dim), streams (batch, time, dim) -> (batch, frames, dim · modalities).

    In every layer each modality has a block and attends to the others as they then are, those before it
    already renewed (as AV-SELD's code has it). With several streams a modality attends to all others at once;
    without any, as where the sound alone is trained first, there is nothing to attend to but itself.
    """

    def __init__(
        self, sizes: CrossModalBlockSettings, dim: int, streams: Mapping[str, int], self_attention: bool
    ) -> None:
        super().__init__()
        _check(dim, sizes.heads, streams)
        self._names = list(streams)
        self._interpolation = sizes.interpolation
        self.norm = nn.LayerNorm(dim)
        self.layers = nn.ModuleList(
            CrossModalLayer(sizes, dim, 1 + len(streams), self_attention) for _ in range(sizes.layers)
        )

    def forward(self, heard: Tensor, streams: Mapping[str, Tensor]) -> Tensor:
        frames = heard.shape[1]
        seen = [resample_to_frames(streams[name], frames, self._interpolation) for name in self._names]
        modalities = [self.norm(heard), *seen]
        for layer in self.layers:
            modalities = layer(modalities)
        return torch.cat(modalities, dim=-1)


class CrossModalLayer(nn.Module):
    """A block for each modality: as many (batch, frames, dim) as it is given."""

    def __init__(
        self, sizes: CrossModalBlockSettings, dim: int, modalities: int, self_attention: bool
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            CrossModalBlock(sizes, dim, self_attention, modalities > 1) for _ in range(modalities)
        )

    def forward(self, modalities: list[Tensor]) -> list[Tensor]:
        modalities = list(modalities)
        for place, block in enumerate(self.blocks):
            modalities[place] = block(modalities[place], modalities[:place] + modalities[place + 1 :])
        return modalities


class CrossModalBlock(nn.Module):
    """Attention of one modality, (batch, frames, dim), to itself and to others of its shape."""

    def __init__(self, sizes: CrossModalBlockSettings, dim: int, to_itself: bool, to_others: bool) -> None:
        super().__init__()
        self.itself = _attention(sizes, dim) if to_itself else None
        self.others = _attention(sizes, dim) if to_others else None
        self.attention_norm = nn.LayerNorm(dim)
        self.feed_forward = nn.Sequential(
            nn.Linear(dim, sizes.feedforward),
            nn.ReLU(),
            Dropout(sizes.dropout),
            nn.Linear(sizes.feedforward, dim),
            Dropout(sizes.dropout),
        )
        self.norm = nn.LayerNorm(dim)
        self.dropout = Dropout(sizes.dropout)

    def forward(self, own: Tensor, others: list[Tensor]) -> Tensor:
        frames, dim = own.shape[1:]
        position = time_encoding(token_times(frames, frames, own), dim)
        own = self.dropout(own + position)
        total = own
        if self.others is not None:
            memory = torch.cat([self.dropout(other + position) for other in others], dim=1)
            total = total + self.others(own, memory, memory, need_weights=False)[0]
        if self.itself is not None:
            total = total + self.itself(own, own, own, need_weights=False)[0]
        x = self.attention_norm(total)
        normed: Tensor = self.norm(x + self.feed_forward(x))
        return normed


def _attention(sizes: CrossModalBlockSettings, dim: int) -> nn.MultiheadAttention:
    return nn.MultiheadAttention(dim, sizes.heads, sizes.dropout, batch_first=True)


def _check(dim: int, heads: int, streams: Mapping[str, int]) -> None:
    if dim < 1 or dim % heads:
        raise ValueError(f"the encoder's {dim} values must be a multiple of heads, got {heads}")
    for name, width in streams.items():
        if width != dim:
            raise ValueError(
                f"the stream '{name}' must have the encoder's {dim} values, got {width}; "
                f"give it a stream encoder of this dim"
            )
