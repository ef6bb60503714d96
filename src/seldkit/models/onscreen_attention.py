"""On-screen by a look at where a source is said to be: the picture's column in that direction."""

import math
from typing import Annotated, Final

import torch
from pydantic import Field
from torch import Tensor, nn

from seldkit.models.layers.dropout import Dropout
from seldkit.models.sizes import Rate, Size
from seldkit.settings import Settings

SIDE: Final = 89.0
"""Degrees: sources farther aside, or behind, are taken to be there; no picture shows them."""


class OnscreenAttentionSettings(Settings):
    """stream: the one that is looked at, of pictures in one row of `tiles`, from left to right, each token a
    picture. field_of_view: degrees that the pictures' width shows. hidden: width within. dropout: of the
    tiles' values and within.
    """

    stream: Annotated[str, Field(min_length=1, max_length=60)]
    tiles: Size
    field_of_view: Annotated[float, Field(gt=0.0, lt=180.0)] = 100.0
    hidden: Size = 64
    dropout: Rate = 0.4


class OnscreenAttention(nn.Module):
    """Says for every track and class whether it is in the picture, from the tile in its direction.

    A network over the whole picture has to learn for every direction anew where to look; from few pictures it
    learns the pictures. Here one small network looks at the tile (between two, at both) in the direction that
    the track says, knowing the class and how far aside it is; left and right are alike to it. seldkit's own
    choice. Raises ValueError where the tiles do not divide the stream.
    """

    def __init__(self, settings: OnscreenAttentionSettings, width: int, classes: int, unseen: float) -> None:
        super().__init__()
        if width % settings.tiles:
            raise ValueError(f"expected a stream of {settings.tiles} tiles, got {width} values a token")
        self.settings, self._unseen = settings, unseen
        values = width // settings.tiles
        self.norm = nn.BatchNorm1d(values, affine=False)
        self.dropout = Dropout(settings.dropout)
        self.look = nn.Linear(values, settings.hidden)
        self.expect = nn.Parameter(torch.zeros(classes, settings.hidden))
        self.aside = nn.Linear(2, settings.hidden)
        self.judge = nn.Linear(settings.hidden, 1)

    def forward(self, output: Tensor, pictures: Tensor | None) -> Tensor:
        """An answer (batch, frames, tracks, elements, classes) with on-screen, its last element, by sight.

        pictures: (batch, time, tiles · values); without them the answer stays as it is. In training it stays
        so for some clips, that the head learns to do without.
        """
        if pictures is None:
            return output
        seen = self._seen(output[..., 0, :].detach(), output[..., 1, :].detach(), pictures)
        if self.training and self._unseen:
            blind = torch.rand(len(output), device=output.device) < self._unseen
            seen = torch.where(blind[:, None, None, None], output[..., -1, :], seen)
        return torch.cat([output[..., :-1, :], seen.unsqueeze(-2)], dim=-2)

    def _seen(self, x: Tensor, y: Tensor, pictures: Tensor) -> Tensor:
        """Probabilities, (batch, frames, tracks, classes), of directions of that shape."""
        azimuth = torch.atan2(y, x)
        column = self._column(azimuth)
        low = column.floor().clamp(0, self.settings.tiles - 1)
        share = (column - low).clamp(0.0, 1.0).unsqueeze(-1)
        tiles = self._looked(pictures)  # (batch, time, tiles, hidden)
        clip = torch.arange(len(x), device=x.device)[:, None, None, None]
        frames = torch.arange(x.shape[1], device=x.device)
        time = ((frames + 0.5) * pictures.shape[1] / x.shape[1]).long()[None, :, None, None]
        first, second = low.long(), (low.long() + 1).clamp(max=self.settings.tiles - 1)
        there = torch.lerp(tiles[clip, time, first], tiles[clip, time, second], share)
        hidden = torch.relu(there + self.expect + self.aside(self._aside(azimuth)))
        probability: Tensor = torch.sigmoid(self.judge(self.dropout(hidden)).squeeze(-1))
        return probability

    def _looked(self, pictures: Tensor) -> Tensor:
        tiles = pictures.reshape(-1, self.norm.num_features)
        looked: Tensor = self.look(self.dropout(self.norm(tiles)))
        return looked.reshape(*pictures.shape[:2], self.settings.tiles, -1)

    def _column(self, azimuth: Tensor) -> Tensor:
        """Where tiles' middles are 0, 1 … from the left: a pinhole camera that looks ahead."""
        limit, half = math.radians(SIDE), math.radians(self.settings.field_of_view / 2)
        across = torch.tan(azimuth.clamp(-limit, limit)) / math.tan(half)  # 1 at the picture's left edge
        return ((1.0 - across) * self.settings.tiles / 2 - 0.5).clamp(0.0, self.settings.tiles - 1.0)

    def _aside(self, azimuth: Tensor) -> Tensor:
        inside = azimuth.abs() < math.radians(self.settings.field_of_view / 2)
        return torch.stack([azimuth.abs() / (math.pi / 2), inside.to(azimuth.dtype)], dim=-1)
