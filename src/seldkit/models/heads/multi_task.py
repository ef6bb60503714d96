"""The multi-task head of Sun & Gao (DCASE 2025 Task 3 report): a branch for each kind of answer."""

from typing import Final, Literal

import torch
from torch import Tensor, nn

from seldkit.models.heads.bounds import bound
from seldkit.models.layers.dropout import Dropout
from seldkit.models.registry import HEADS
from seldkit.models.sizes import Rate, Size
from seldkit.settings import Settings

BRANCHES: Final = {"direction": ("x", "y", "z"), "distance": ("distance",), "onscreen": ("onscreen",)}
"""Which elements each branch gives, in the order of the answer."""


@HEADS.register("multi-task")
class MultiTaskHeadSettings(Settings):
    """hidden: width of each branch. dropout: before its last layer."""

    name: Literal["multi-task"] = "multi-task"
    hidden: Size = 128
    dropout: Rate = 0.1

    def build(self, dim: int, tracks: int, elements: tuple[str, ...], classes: int) -> "MultiTaskHead":
        return MultiTaskHead(self, dim, tracks, elements, classes)


class MultiTaskHead(nn.Module):
    """(batch, frames, dim) -> (batch, frames, tracks, elements, classes), each kind from its own branch.

    One branch gives the direction, whose length is the activity (tanh), one the distance in metres (ReLU),
    one the probability of being on-screen; branches of elements that a model does not know are left out.
    """

    def __init__(
        self, settings: MultiTaskHeadSettings, dim: int, tracks: int, elements: tuple[str, ...], classes: int
    ) -> None:
        super().__init__()
        self.branches = nn.ModuleDict()
        self._kinds: list[str] = []
        for branch, names in BRANCHES.items():
            count = sum(name in names for name in elements)
            if count:
                self.branches[branch] = _branch(settings, dim, (tracks, count, classes))
                self._kinds.append(names[0])

    def forward(self, x: Tensor) -> Tensor:
        branches = zip(self._kinds, self.branches.values(), strict=True)
        return torch.cat([bound(kind, branch(x)) for kind, branch in branches], dim=-2)


def _branch(settings: MultiTaskHeadSettings, dim: int, shape: tuple[int, int, int]) -> nn.Sequential:
    """Two linear layers with ReLU between: (..., dim) -> (..., tracks, elements, classes)."""
    tracks, elements, classes = shape
    return nn.Sequential(
        nn.Linear(dim, settings.hidden),
        nn.ReLU(),
        Dropout(settings.dropout),
        nn.Linear(settings.hidden, tracks * elements * classes),
        nn.Unflatten(-1, shape),
    )
