"""Multi-task head of Sun & Gao (DCASE 2025 Task 3 report): one branch for each kind of output."""

from typing import Final, Literal

import torch
from torch import Tensor, nn

from seldkit.models.heads.accdoa import apply_bounds
from seldkit.models.layers.dropout import Dropout
from seldkit.models.registry import HEADS, Rate, Size
from seldkit.settings import Settings

BRANCHES: Final = {"direction": ("x", "y", "z"), "distance": ("distance",), "onscreen": ("onscreen",)}
"""Elements of each branch, in the order of the output."""


@HEADS.register("multi-task")
class MultiTaskHeadSettings(Settings):
    """Settings of the multi-task head.

    Attributes:
        hidden: Hidden width of each branch.
        dropout: Dropout probability before the last layer of each branch.
    """

    name: Literal["multi-task"] = "multi-task"
    hidden: Size = 128
    dropout: Rate = 0.1

    def build(self, dim: int, tracks: int, elements: tuple[str, ...], classes: int) -> "MultiTaskHead":
        """Builds the head.

        Args:
            dim: Width of the fused vectors.
            tracks: Number of tracks per class.
            elements: Elements of a track.
            classes: Number of classes.

        Returns:
            The head.
        """
        return MultiTaskHead(self, dim, tracks, elements, classes)


class MultiTaskHead(nn.Module):
    """One branch each for direction (tanh), distance in metres (ReLU) and on-screen probability.

    The length of the direction vector is the activity. Branches of elements that the model does not have are
    left out.

    Args:
        settings: Settings of the head.
        dim: Width of the fused vectors.
        tracks: Number of tracks per class.
        elements: Elements of a track.
        classes: Number of classes.
    """

    def __init__(
        self, settings: MultiTaskHeadSettings, dim: int, tracks: int, elements: tuple[str, ...], classes: int
    ) -> None:
        super().__init__()
        self.branches = nn.ModuleDict()
        self._first_elements: list[str] = []
        for branch, names in BRANCHES.items():
            count = sum(name in names for name in elements)
            if count:
                self.branches[branch] = _branch(settings, dim, (tracks, count, classes))
                self._first_elements.append(names[0])

    def forward(self, x: Tensor) -> Tensor:
        """Computes the model's output.

        Args:
            x: Fused vectors, ``(batch, frames, dim)``.

        Returns:
            ``(batch, frames, tracks, elements, classes)``.
        """
        branches = zip(self._first_elements, self.branches.values(), strict=True)
        return torch.cat([apply_bounds(element, branch(x)) for element, branch in branches], dim=-2)


def _branch(settings: MultiTaskHeadSettings, dim: int, shape: tuple[int, int, int]) -> nn.Sequential:
    """Two linear layers with ReLU in between: (..., dim) → (..., tracks, elements, classes)."""
    tracks, elements, classes = shape
    return nn.Sequential(
        nn.Linear(dim, settings.hidden),
        nn.ReLU(),
        Dropout(settings.dropout),
        nn.Linear(settings.hidden, tracks * elements * classes),
        nn.Unflatten(-1, shape),
    )
