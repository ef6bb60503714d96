"""The (multi-)ACCDOA head of the DCASE baselines (Shimada et al. 2022, with distance and on-screen)."""

from typing import Literal

import torch
from torch import Tensor, nn

from seldkit.models.heads.bounds import bound
from seldkit.models.registry import HEADS
from seldkit.models.sizes import Size
from seldkit.settings import Settings


@HEADS.register("accdoa")
class AccdoaHeadSettings(Settings):
    """hidden: width of the linear layer before the last (without an activation, as the baselines have it);
    none leaves it out, as the DCASE 2023 audio-visual baseline.

    output: "bounded" puts x y z through tanh, distance through ReLU, on-screen through the logistic function
    (2025); "linear" leaves them as they are (2024).
    """

    name: Literal["accdoa"] = "accdoa"
    hidden: Size | None = 128
    output: Literal["bounded", "linear"] = "bounded"

    def build(self, dim: int, tracks: int, elements: tuple[str, ...], classes: int) -> "AccdoaHead":
        if self.output == "linear" and "onscreen" in elements:
            raise ValueError("output 'linear' gives no probability, which the element onscreen is")
        return AccdoaHead(self, dim, tracks, elements, classes)


class AccdoaHead(nn.Module):
    """(batch, frames, dim) -> (batch, frames, tracks, elements, classes).

    The length of a track's (x, y, z) is its class's activity, its direction that of arrival; distance in
    metres; on-screen as a probability.
    """

    def __init__(
        self, settings: AccdoaHeadSettings, dim: int, tracks: int, elements: tuple[str, ...], classes: int
    ) -> None:
        super().__init__()
        self.hidden = nn.Linear(dim, settings.hidden) if settings.hidden else nn.Identity()
        self.output = nn.Linear(settings.hidden or dim, tracks * len(elements) * classes)
        self._shape = (tracks, len(elements), classes)
        self._elements = elements
        self._bounded = settings.output == "bounded"

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.output(self.hidden(x)).unflatten(-1, self._shape)
        if not self._bounded:
            return output
        return torch.stack([bound(name, output[..., i, :]) for i, name in enumerate(self._elements)], dim=-2)
