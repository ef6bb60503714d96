"""(Multi-)ACCDOA head of the DCASE baselines (Shimada et al. 2022, with distance and on-screen)."""

from typing import Literal

import torch
from torch import Tensor, nn

from seldkit.models.registry import HEADS, Size
from seldkit.settings import Settings


@HEADS.register("accdoa")
class AccdoaHeadSettings(Settings):
    """Settings of the ACCDOA head.

    Attributes:
        hidden: Width of a linear layer before the last one, without activation as in the baselines; None for
            no such layer, as in the DCASE 2023 audio-visual baseline.
        output: ``"bounded"`` applies tanh to x, y and z, ReLU to the distance and the logistic function to
            on-screen (2025); ``"linear"`` applies none (2024).
    """

    name: Literal["accdoa"] = "accdoa"
    hidden: Size | None = 128
    output: Literal["bounded", "linear"] = "bounded"

    def build(self, dim: int, tracks: int, elements: tuple[str, ...], classes: int) -> "AccdoaHead":
        """Builds the head.

        Args:
            dim: Width of the fused vectors.
            tracks: Number of tracks per class.
            elements: Elements of a track.
            classes: Number of classes.

        Returns:
            The head.

        Raises:
            ValueError: If a linear output is combined with the element onscreen.
        """
        if self.output == "linear" and "onscreen" in elements:
            raise ValueError("output 'linear' does not support the element onscreen, which is a probability")
        return AccdoaHead(self, dim, tracks, elements, classes)


class AccdoaHead(nn.Module):
    """One or two linear layers to all elements.

    The length of a track's (x, y, z) is the activity of its class and the direction its direction of arrival;
    the distance is in metres; on-screen is a probability.

    Args:
        settings: Settings of the head.
        dim: Width of the fused vectors.
        tracks: Number of tracks per class.
        elements: Elements of a track.
        classes: Number of classes.
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
        """Computes the model's output.

        Args:
            x: Fused vectors, ``(batch, frames, dim)``.

        Returns:
            ``(batch, frames, tracks, elements, classes)``.
        """
        output: Tensor = self.output(self.hidden(x)).unflatten(-1, self._shape)
        if not self._bounded:
            return output
        bounded = [apply_bounds(name, output[..., i, :]) for i, name in enumerate(self._elements)]
        return torch.stack(bounded, dim=-2)


def apply_bounds(element: str, values: Tensor) -> Tensor:
    """Applies the activation function of an element.

    Args:
        element: ``"distance"`` (ReLU), ``"onscreen"`` (logistic function), or ``"x"``, ``"y"``, ``"z"``
            (tanh).
        values: Values of the element. Shape ``(...)``.

    Returns:
        Values in the range of the element. Same shape.
    """
    if element == "distance":
        return torch.relu(values)
    if element == "onscreen":
        return torch.sigmoid(values)
    return torch.tanh(values)
