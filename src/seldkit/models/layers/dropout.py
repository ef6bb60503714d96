"""Dropout whose random numbers cost a quarter on a processor."""

from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

STEPS: Final = 1 << 16
"""Probabilities come in steps of 1 / 65,536: each value of a tensor draws 16 random bits."""


class Dropout(nn.Module):
    """Sets values to 0 with the probability `rate` in training, and scales up what stays.

    PyTorch's own draws two 32-bit numbers for every value; in a Transformer's wide layers on a processor
    that takes longer than their matrix products' share. Elsewhere this is PyTorch's.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.rate == 0.0:
            return x
        if x.device.type != "cpu" or torch.compiler.is_compiling():
            return functional.dropout(x, self.rate)
        dropped: Tensor = _Dropped.apply(x, self.rate)  # type: ignore[no-untyped-call]
        return dropped

    def extra_repr(self) -> str:
        return f"rate={self.rate}"


class _Dropped(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, rate: float) -> Tensor:
        lost = round(rate * STEPS)
        ctx.scale = STEPS / (STEPS - lost)
        kept = _bits(x) >= lost - STEPS // 2
        ctx.save_for_backward(kept)
        return torch.where(kept, x * ctx.scale, 0.0)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (kept,) = ctx.saved_tensors
        return torch.where(kept, gradients[0] * ctx.scale, 0.0), None


def _bits(x: Tensor) -> Tensor:
    """Whole numbers from −32,768 to 32,767, evenly drawn, of the shape of x."""
    drawn = torch.empty((x.numel() + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
    return drawn.view(torch.int16)[: x.numel()].view(x.shape)
