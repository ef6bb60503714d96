"""Muon (Jordan et al. 2024) in single precision.

`torch.optim.Muon` orthogonalizes its steps in bfloat16. On a processor without bfloat16 arithmetic, this
takes as long as the rest of a training step.
"""

from collections.abc import Iterable

import torch
from torch import Tensor

MOMENTUM = 0.95
ROUNDS, COEFFICIENTS = 5, (3.4445, -4.7750, 2.0315)
"""Number of Newton-Schulz iterations and their coefficients, from Jordan et al."""
RMS = 0.2
"""Root mean square of a step, about that of AdamW, so that both can have the same learning rate (Liu et
al. 2025)."""
SMALL = 1e-7


class Muon(torch.optim.Optimizer):
    """Optimizer for matrices: orthogonalized Nesterov momentum with decoupled weight decay."""

    def __init__(self, weights: Iterable[Tensor], lr: float, weight_decay: float) -> None:
        super().__init__(weights, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Updates the weights from their gradients."""
        for group in self.param_groups:
            for matrix in (one for one in group["params"] if one.grad is not None):
                if "mean" not in self.state[matrix]:
                    self.state[matrix]["mean"] = torch.zeros_like(matrix)
                mean = self.state[matrix]["mean"]
                mean.lerp_(matrix.grad, 1.0 - MOMENTUM)
                matrix.mul_(1.0 - group["lr"] * group["weight_decay"])
                length = RMS * max(matrix.shape) ** 0.5
                matrix.add_(orthogonal(matrix.grad.lerp(mean, MOMENTUM)), alpha=-group["lr"] * length)


def orthogonal(matrix: Tensor) -> Tensor:
    """Matrix with the same singular vectors and singular values near 1 (0.7 to 1.2)."""
    linear, cubic, quintic = COEFFICIENTS
    wide = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    wide = wide / wide.norm().clamp_min(SMALL)
    for _ in range(ROUNDS):
        gram = wide @ wide.T
        wide = torch.addmm(wide, torch.addmm(gram, gram, gram, beta=cubic, alpha=quintic), wide, beta=linear)
    return wide.T if matrix.shape[0] > matrix.shape[1] else wide
