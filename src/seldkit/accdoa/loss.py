"""Training losses of multi-ACCDOA and single ACCDOA."""

from collections.abc import Sequence
from itertools import permutations, product
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy

from seldkit.accdoa.elements import DEFAULT_ELEMENTS, checked_elements

TWO_SOURCES: Final = tuple(order for order in product(range(2), repeat=3) if len(set(order)) == 2)
"""The six ways in which three tracks take two sources, both taken: B0 B0 B1 and so on."""
THREE_SOURCES: Final = tuple(permutations(range(3)))
"""The six ways in which three tracks take three sources."""


class AdpitLoss(nn.Module):
    """Auxiliary duplicating permutation-invariant training: the loss of multi-ACCDOA.

    forward(output, target): output (batch, frames, 3 tracks, elements, classes), on-screen as a probability;
    target (batch, frames, 6, 1 + elements, classes) of `encode_targets`. Gives a scalar.

    A class with one source wants it on all three tracks, with two on the tracks in one of 6 ways, with
    three in one of 6: with one source's single way, 13. The way with the smallest squared error counts,
    separately for each clip, frame and class (Shimada et al., ICASSP 2022). The default is the DCASE 2025
    baseline's loss: the mean squared error of x, y (z) and distance in metres, which takes part in the
    choice, plus binary cross-entropy of on-screen over all tracks, silent ones included.

    onscreen_weight: factor of the on-screen term. mask_onscreen: count it for active tracks only.
    distance_weight: factor of the distance's squared error, in the choice too. class_weights: factors of the
    squared errors where a class is active, one for each class: short and rare sounds else count for little.
    """

    weights: Tensor
    class_weights: Tensor | None
    two: Tensor
    three: Tensor

    def __init__(
        self,
        elements: Sequence[str] = DEFAULT_ELEMENTS,
        *,
        onscreen_weight: float = 1.0,
        mask_onscreen: bool = False,
        distance_weight: float = 1.0,
        class_weights: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        self.elements = checked_elements(elements)
        self.has_onscreen = "onscreen" in self.elements
        self.onscreen_weight, self.mask_onscreen = onscreen_weight, mask_onscreen
        regressed = self.elements[: len(self.elements) - self.has_onscreen]
        weights = [distance_weight if name == "distance" else 1.0 for name in regressed]
        self.register_buffer("weights", torch.tensor(weights)[:, None], persistent=False)
        by_class = None if class_weights is None else torch.tensor(class_weights)
        self.register_buffer("class_weights", by_class, persistent=False)
        self.register_buffer("two", torch.tensor(TWO_SOURCES), persistent=False)
        self.register_buffer("three", torch.tensor(THREE_SOURCES), persistent=False)

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        self._check(output, target)
        # Cross-entropy and small squares want full precision, whatever the network was run in.
        with torch.autocast(output.device.type, enabled=False):
            return self._loss(output.float() if output.dtype.itemsize < 4 else output, target)

    def _loss(self, output: Tensor, target: Tensor) -> Tensor:
        regressed = len(self.weights)
        with torch.no_grad():
            wanted = self._wanted(output[..., :regressed, :], target)
        error = (output[..., :regressed, :] - wanted[..., 1 : 1 + regressed, :]).square() * self.weights
        if self.class_weights is not None:
            error = error * torch.where(wanted[..., :1, :] > 0, self.class_weights, 1.0)
        loss = error.mean()
        if self.has_onscreen:
            loss = loss + self.onscreen_weight * self._onscreen(output[..., -1, :], wanted)
        return loss

    def _wanted(self, output: Tensor, target: Tensor) -> Tensor:
        """What each track should have said: (batch, frames, 3, 1 + elements, classes)."""
        active = target[:, :, :1, :1]
        wanted = torch.cat([active, target[:, :, :1, 1:] * active], dim=3).repeat(1, 1, 3, 1, 1)
        # Only where a class has several sources is there a choice; that is rare, so it is made there alone.
        for first, orders in ((1, self.two), (3, self.three)):
            batch, frame, class_id = (target[:, :, first, 0] > 0).nonzero(as_tuple=True)
            last = first + int(orders.max()) + 1
            sources = target[batch, frame, first:last, :, class_id]  # (rows, sources, 1 + elements)
            order = self._cheapest(output[batch, frame, :, :, class_id], sources, orders)
            index = order[..., None].expand(-1, -1, sources.shape[-1])
            wanted[batch, frame, :, :, class_id] = sources.gather(1, index)
        return wanted

    def _cheapest(self, tracks: Tensor, sources: Tensor, orders: Tensor) -> Tensor:
        """The source of each track, (rows, 3), of tracks (rows, 3, elements) in the best of `orders`."""
        error = tracks[:, :, None] - sources[:, None, :, 1 : 1 + tracks.shape[-1]]
        cost = (error.square() * self.weights[:, 0]).sum(dim=-1)  # (rows, tracks, sources)
        number = torch.arange(3, device=cost.device)
        total = cost[:, number, orders].sum(dim=-1)  # (rows, orders)
        return orders[total.argmin(dim=1)]

    def _onscreen(self, probability: Tensor, wanted: Tensor) -> Tensor:
        error = binary_cross_entropy(probability, wanted[..., -1, :], reduction="none")
        if not self.mask_onscreen:
            return error.mean()
        active = wanted[..., 0, :]
        return (error * active).sum() / active.sum().clamp_min(1.0)

    def _check(self, output: Tensor, target: Tensor) -> None:
        batch, frames, *_, classes = output.shape
        wanted = (batch, frames, 6, 1 + len(self.elements), classes)
        if output.shape[2:4] != (3, len(self.elements)) or target.shape != wanted:
            raise ValueError(
                f"expected output (batch, frames, 3, {len(self.elements)}, classes) and target {wanted}, "
                f"got {tuple(output.shape)} and {tuple(target.shape)}"
            )


class AccdoaLoss(nn.Module):
    """The loss of single ACCDOA, as in the DCASE 2025 baseline.

    output (batch, frames, 1, elements, classes), target (batch, frames, elements, classes) of
    `encode_single_targets`. Mean squared error of x, y (z) and distance; with on-screen, the mean of that
    and of its binary cross-entropy.
    """

    def __init__(self, elements: Sequence[str] = DEFAULT_ELEMENTS) -> None:
        super().__init__()
        self.elements = checked_elements(elements)

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        if output.shape != (*target.shape[:2], 1, *target.shape[2:]):
            raise ValueError(
                f"expected output (batch, frames, 1, elements, classes) and target without the tracks, "
                f"got {tuple(output.shape)} and {tuple(target.shape)}"
            )
        output = output[:, :, 0]
        if self.elements[-1] != "onscreen":
            return (output - target).square().mean()
        squares = (output[:, :, :-1] - target[:, :, :-1]).square().mean()
        return (squares + binary_cross_entropy(output[:, :, -1], target[:, :, -1])) / 2
