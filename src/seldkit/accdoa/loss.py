"""Training losses of multi-ACCDOA and single ACCDOA."""

from collections.abc import Sequence
from itertools import permutations, product
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy

from seldkit.accdoa.elements import DEFAULT_ELEMENTS, checked_elements

TWO_SOURCE_ASSIGNMENTS: Final = tuple(order for order in product(range(2), repeat=3) if len(set(order)) == 2)
"""The six assignments of three tracks to two sources, with both sources assigned: B0 B0 B1 and so on."""
THREE_SOURCE_ASSIGNMENTS: Final = tuple(permutations(range(3)))
"""The six assignments of three tracks to three sources."""


class AdpitLoss(nn.Module):
    """Auxiliary duplicating permutation-invariant training (ADPIT), the loss of multi-ACCDOA.

    If a class has one source, the source is the target of all three tracks. If it has two sources, there are
    six assignments of sources to tracks, in which one source is duplicated; if it has three, there are also
    six. The assignment with the smallest squared error is used, separately for each clip, frame and
    class (Shimada et al., ICASSP 2022).

    With the default arguments, the loss equals that of the DCASE 2025 baseline: the mean squared error of x,
    y, z and the distance in metres, plus the binary cross-entropy of on-screen over all tracks, including
    inactive ones. The on-screen term has no influence on the assignment.

    Args:
        elements: Elements of a track, ``x y [z] [distance] [onscreen]``.
        onscreen_weight: Factor of the on-screen term.
        mask_onscreen: Whether the on-screen term uses active tracks only.
        distance_weight: Factor of the squared error of the distance; it also affects the assignment.
        class_weights: One factor per class for the squared errors in frames in which the class is active, for
            example to increase the influence of rare classes. None: 1 for all classes.

    Raises:
        ValueError: The elements are invalid.
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
        self.register_buffer("two", torch.tensor(TWO_SOURCE_ASSIGNMENTS), persistent=False)
        self.register_buffer("three", torch.tensor(THREE_SOURCE_ASSIGNMENTS), persistent=False)

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        """Computes the loss.

        Args:
            output: Model output, shape ``(batch, frames, 3, elements, classes)``; on-screen as a probability.
            target: Targets of `encode_targets`, shape ``(batch, frames, 6, 1 + elements, classes)``.

        Returns:
            The loss, a scalar.

        Raises:
            ValueError: A shape is wrong.
        """
        self._check(output, target)
        # Cross-entropy and small squares require full precision, also under autocast.
        with torch.autocast(output.device.type, enabled=False):
            return self._loss(output.float() if output.dtype.itemsize < 4 else output, target)

    def _loss(self, output: Tensor, target: Tensor) -> Tensor:
        regressed = len(self.weights)
        with torch.no_grad():
            expected = self._assign(output[..., :regressed, :], target)
        error = (output[..., :regressed, :] - expected[..., 1 : 1 + regressed, :]).square() * self.weights
        if self.class_weights is not None:
            error = error * torch.where(expected[..., :1, :] > 0, self.class_weights, 1.0)
        loss = error.mean()
        if self.has_onscreen:
            loss = loss + self.onscreen_weight * self._onscreen_loss(output[..., -1, :], expected)
        return loss

    def _assign(self, output: Tensor, target: Tensor) -> Tensor:
        """Returns the target of each track, (batch, frames, 3, 1 + elements, classes)."""
        active = target[:, :, :1, :1]
        expected = torch.cat([active, target[:, :, :1, 1:] * active], dim=3).repeat(1, 1, 3, 1, 1)
        # Classes with several sources in a frame are rare; assignments are compared for these only.
        for first, assignments in ((1, self.two), (3, self.three)):
            batch, frame, class_id = (target[:, :, first, 0] > 0).nonzero(as_tuple=True)
            last = first + int(assignments.max()) + 1
            sources = target[batch, frame, first:last, :, class_id]  # (rows, sources, 1 + elements)
            best = self._best_assignment(output[batch, frame, :, :, class_id], sources, assignments)
            index = best[..., None].expand(-1, -1, sources.shape[-1])
            expected[batch, frame, :, :, class_id] = sources.gather(1, index)
        return expected

    def _best_assignment(self, tracks: Tensor, sources: Tensor, assignments: Tensor) -> Tensor:
        """Returns the source of each track, (rows, 3), for tracks (rows, 3, elements)."""
        error = tracks[:, :, None] - sources[:, None, :, 1 : 1 + tracks.shape[-1]]
        cost = (error.square() * self.weights[:, 0]).sum(dim=-1)  # (rows, tracks, sources)
        track = torch.arange(3, device=cost.device)
        total = cost[:, track, assignments].sum(dim=-1)  # (rows, assignments)
        return assignments[total.argmin(dim=1)]

    def _onscreen_loss(self, probability: Tensor, expected: Tensor) -> Tensor:
        error = binary_cross_entropy(probability, expected[..., -1, :], reduction="none")
        if not self.mask_onscreen:
            return error.mean()
        active = expected[..., 0, :]
        return (error * active).sum() / active.sum().clamp_min(1.0)

    def _check(self, output: Tensor, target: Tensor) -> None:
        batch, frames, *_, classes = output.shape
        expected = (batch, frames, 6, 1 + len(self.elements), classes)
        if output.shape[2:4] != (3, len(self.elements)) or target.shape != expected:
            raise ValueError(
                f"expected output (batch, frames, 3, {len(self.elements)}, classes) and target {expected}, "
                f"got {tuple(output.shape)} and {tuple(target.shape)}"
            )


class AccdoaLoss(nn.Module):
    """Loss of single ACCDOA, as in the DCASE 2025 baseline.

    The loss is the mean squared error of x, y, z and distance. With on-screen, it is the mean of this error
    and the binary cross-entropy of on-screen.

    Args:
        elements: Elements of a track, ``x y [z] [distance] [onscreen]``.

    Raises:
        ValueError: The elements are invalid.
    """

    def __init__(self, elements: Sequence[str] = DEFAULT_ELEMENTS) -> None:
        super().__init__()
        self.elements = checked_elements(elements)

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        """Computes the loss.

        Args:
            output: Model output, shape ``(batch, frames, 1, elements, classes)``; on-screen as a probability.
            target: Targets of `encode_single_targets`, shape ``(batch, frames, elements, classes)``.

        Returns:
            The loss, a scalar.

        Raises:
            ValueError: A shape is wrong.
        """
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
