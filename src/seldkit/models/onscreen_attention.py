"""On-screen classification from the image tile in the predicted direction of a source."""

import math
from typing import Annotated, Final

import torch
from pydantic import Field
from torch import Tensor, nn

from seldkit.models.layers.dropout import Dropout
from seldkit.models.registry import Rate, Size
from seldkit.settings import Settings

MAX_AZIMUTH_DEG: Final = 89.0
"""Azimuths are clamped to this range before they are projected to the image."""


class OnscreenAttentionSettings(Settings):
    """Settings of the on-screen attention.

    Attributes:
        stream: Name of the stream of images. Each token is one image: `tiles` columns from left to right,
            concatenated.
        tiles: Number of columns.
        field_of_view: Horizontal field of view of the images, in degrees between 0 and 180.
        hidden: Hidden width.
        dropout: Dropout probability of the tiles' values and of the hidden values.
    """

    stream: Annotated[str, Field(min_length=1, max_length=60)]
    tiles: Size
    field_of_view: Annotated[float, Field(gt=0.0, lt=180.0)] = 100.0
    hidden: Size = 64
    dropout: Rate = 0.4


class OnscreenAttention(nn.Module):
    """Predicts for each track and class whether the source is on-screen, from the tile in its direction.

    A network over the whole image has to learn each direction separately and overfits with few images. Here
    one small network receives the tile in the predicted direction (interpolated between two tiles), the
    class, and the absolute azimuth, so that left and right are treated alike. Designed for seldkit.

    Args:
        settings: Settings.
        width: Width of the stream's tokens, a multiple of the number of tiles.
        classes: Number of classes.
        skip_rate: Fraction of training clips in which the head's on-screen output is kept, so that the head
            learns to work without images.

    Raises:
        ValueError: If the width is not a multiple of the number of tiles.
    """

    def __init__(
        self, settings: OnscreenAttentionSettings, width: int, classes: int, skip_rate: float
    ) -> None:
        super().__init__()
        if width % settings.tiles:
            raise ValueError(f"expected a stream of {settings.tiles} tiles, got {width} values per token")
        self.settings, self._skip_rate = settings, skip_rate
        self.field_of_view = settings.field_of_view
        values = width // settings.tiles
        self.norm = nn.BatchNorm1d(values, affine=False)
        self.dropout = Dropout(settings.dropout)
        self.tile_projection = nn.Linear(values, settings.hidden)
        self.class_embedding = nn.Parameter(torch.zeros(classes, settings.hidden))
        self.azimuth_projection = nn.Linear(2, settings.hidden)
        self.output = nn.Linear(settings.hidden, 1)

    def forward(self, output: Tensor, images: Tensor | None) -> Tensor:
        """Replaces the on-screen element, the last one, of a model's output.

        Args:
            output: Output of the head, ``(batch, frames, tracks, elements, classes)``.
            images: Stream of images, ``(batch, time, tiles * values)``; None leaves the output unchanged.

        Returns:
            ``(batch, frames, tracks, elements, classes)``.
        """
        if images is None:
            return output
        onscreen = self._probability(output[..., 0, :].detach(), output[..., 1, :].detach(), images)
        if self.training and self._skip_rate:
            skipped = torch.rand(len(output), device=output.device) < self._skip_rate
            onscreen = torch.where(skipped[:, None, None, None], output[..., -1, :], onscreen)
        return torch.cat([output[..., :-1, :], onscreen.unsqueeze(-2)], dim=-2)

    def _probability(self, x: Tensor, y: Tensor, images: Tensor) -> Tensor:
        """On-screen probabilities of directions (batch, frames, tracks, classes)."""
        azimuth = torch.atan2(y, x)
        column = self._column(azimuth)
        low = column.floor().clamp(0, self.settings.tiles - 1)
        fraction = (column - low).clamp(0.0, 1.0).unsqueeze(-1)
        tiles = self._project_tiles(images)  # (batch, time, tiles, hidden)
        clip = torch.arange(len(x), device=x.device)[:, None, None, None]
        frames = torch.arange(x.shape[1], device=x.device)
        time = ((frames + 0.5) * images.shape[1] / x.shape[1]).long()[None, :, None, None]
        left, right = low.long(), (low.long() + 1).clamp(max=self.settings.tiles - 1)
        tile = torch.lerp(tiles[clip, time, left], tiles[clip, time, right], fraction)
        hidden = torch.relu(
            tile + self.class_embedding + self.azimuth_projection(self._azimuth_features(azimuth))
        )
        probability: Tensor = torch.sigmoid(self.output(self.dropout(hidden)).squeeze(-1))
        return probability

    def _project_tiles(self, images: Tensor) -> Tensor:
        tiles = images.reshape(-1, self.norm.num_features)
        projected: Tensor = self.tile_projection(self.dropout(self.norm(tiles)))
        return projected.reshape(*images.shape[:2], self.settings.tiles, -1)

    def _column(self, azimuth: Tensor) -> Tensor:
        """Fractional tile number from the left, by the projection of a pinhole camera that faces 0°."""
        limit, half = math.radians(MAX_AZIMUTH_DEG), math.radians(self.field_of_view / 2)
        position = torch.tan(azimuth.clamp(-limit, limit)) / math.tan(half)  # 1 at the left edge of the image
        return ((1.0 - position) * self.settings.tiles / 2 - 0.5).clamp(0.0, self.settings.tiles - 1.0)

    def _azimuth_features(self, azimuth: Tensor) -> Tensor:
        """Absolute azimuth, scaled, and whether it is inside the field of view: (..., 2)."""
        inside = azimuth.abs() < math.radians(self.field_of_view / 2)
        return torch.stack([azimuth.abs() / (math.pi / 2), inside.to(azimuth.dtype)], dim=-1)
