"""First convolution of a CRNN with batch norm and max pooling, without storing the convolution's output.

The first layer of a CRNN maps a few feature channels to many at the rate of the features, and pooling then
keeps one value in twenty. On a CPU most of the time is spent on moving these values: the convolution writes
them, the norm reads and writes them, the pooling reads them, and the same again for the gradient. Here

- the norm's mean and variance are computed from the patches under the kernel, because the convolution is
linear
  in them (y = W p has the mean W E[p] and the variance W Cov[p] Wᵀ); the norm then becomes a part of the
  weights before the convolution;
- the maxima of each clip are computed while its output is in the CPU cache, and again for the gradient.

Values and gradients equal those of the three layers in sequence.
"""

from typing import Final, Protocol

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

Pool = tuple[int, int]

KERNEL_SIZE: Final = 3
MAX_CHANNELS: Final = 16
"""With more input channels the patches are larger than the output that is saved."""


def supports(x: Tensor, conv: nn.Conv2d, norm: nn.BatchNorm2d) -> bool:
    """Returns whether `conv_norm_pool` gives the result of the three layers and is faster.

    This requires a CPU, full precision, few channels, and an input that needs no gradient.

    Args:
        x: Input, ``(batch, channels, frames, bins)``.
        conv: Convolution.
        norm: Batch norm.

    Returns:
        Whether the layers can be merged.
    """
    ordinary = type(norm) is nn.BatchNorm2d and x.dtype in (torch.float32, torch.float64)
    eager = not (torch.compiler.is_compiling() or torch.is_autocast_enabled("cpu"))
    kernel = conv.kernel_size == (KERNEL_SIZE, KERNEL_SIZE)
    fits = x.device.type == "cpu" and x.shape[1] <= MAX_CHANNELS and kernel
    return ordinary and eager and fits and not x.requires_grad


def conv_norm_pool(x: Tensor, conv: nn.Conv2d, norm: nn.BatchNorm2d, pool: Pool) -> Tensor:
    """Computes ``max_pool2d(norm(conv(x)), pool)`` and updates the running statistics of the norm.

    Args:
        x: ``(batch, channels, frames, bins)``.
        conv: 3×3 convolution with a padding of 1.
        norm: Batch norm.
        pool: Pooling factors of frames and bins.

    Returns:
        ``(batch, filters, frames // pool[0], bins // pool[1])``.
    """
    centre = x.mean(dim=(0, 2, 3))  # otherwise the variance is a small difference of large numbers
    patches, remainder = _patches(x, centre, pool)
    weight = _patch_weight(conv, centre)  # (filters, patch)
    if norm.training:
        mean, variance = _output_statistics(patches, remainder, weight)
        _update_running_statistics(norm, mean.detach(), variance.detach(), x.numel() // x.shape[1])
    else:
        mean, variance = _running_statistics(norm)
    scale = norm.weight / torch.sqrt(variance + norm.eps)
    # The scale may be negative and is applied before the maximum, the shift after it.
    maxima: Tensor = _WindowMaxima.apply(patches, weight * scale[:, None])  # type: ignore[no-untyped-call]
    shifted = maxima + (norm.bias - scale * mean)
    return shifted.view(len(x), x.shape[2] // pool[0], -1, len(weight)).permute(0, 3, 1, 2)


def _patches(x: Tensor, centre: Tensor, pool: Pool) -> tuple[Tensor, list[Tensor]]:
    """Patches under the kernel minus the mean of their channel, with a constant 1 for the bias.

    Returns the patches inside pooling windows, (batch, patch, positions in a window, windows), and those at
    the ends that pooling ignores but the norm does not: matrices (patch, positions).
    """
    batch, channels, frames, bins = x.shape
    rows, columns = frames // pool[0], bins // pool[1]
    padded = functional.pad(x, (1, 1, 1, 1)) - centre[:, None, None]
    # (batch, channels, frames, bins, 3, 3), a view
    unfolded = padded.unfold(2, KERNEL_SIZE, 1).unfold(3, KERNEL_SIZE, 1)
    inside = unfolded[:, :, : rows * pool[0], : columns * pool[1]]
    inside = inside.reshape(batch, channels, rows, pool[0], columns, pool[1], KERNEL_SIZE, KERNEL_SIZE)
    size = channels * KERNEL_SIZE * KERNEL_SIZE
    patches = x.new_empty(batch, size + 1, *pool, rows, columns)
    patches[:, size] = 1.0
    patches[:, :size].view(batch, channels, KERNEL_SIZE, KERNEL_SIZE, *pool, rows, columns).copy_(
        inside.permute(0, 1, 6, 7, 3, 5, 2, 4)
    )
    ends = unfolded[:, :, rows * pool[0] :], unfolded[:, :, : rows * pool[0], columns * pool[1] :]
    remainder = [end.permute(1, 4, 5, 0, 2, 3).reshape(size, -1) for end in ends]
    remainder = [functional.pad(end, (0, 0, 0, 1), value=1.0) for end in remainder]
    return patches.flatten(4).flatten(2, 3), remainder


def _patch_weight(conv: nn.Conv2d, centre: Tensor) -> Tensor:
    """Weights of the convolution for such patches: (filters, patch)."""
    kernel = conv.weight.flatten(1)
    shift = kernel @ centre.repeat_interleave(KERNEL_SIZE * KERNEL_SIZE)
    return torch.cat([kernel, (shift if conv.bias is None else shift + conv.bias)[:, None]], dim=1)


def _output_statistics(patches: Tensor, remainder: list[Tensor], weight: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance of the convolution's output over batch, frames and bins: (filters,) each."""
    matrices = [clip.flatten(1) for clip in patches] + remainder
    total = patches.new_zeros(patches.shape[1], patches.shape[1])
    for matrix in matrices:
        total.addmm_(matrix, matrix.T)
    count = sum(matrix.shape[1] for matrix in matrices)
    mean = total[-1] / count  # the last entry of every patch is 1
    covariance = total / count - torch.outer(mean, mean)
    return weight @ mean, ((weight @ covariance) * weight).sum(dim=1).clamp_min(0.0)


@torch.no_grad()
def _update_running_statistics(norm: nn.BatchNorm2d, mean: Tensor, variance: Tensor, count: int) -> None:
    """Updates running mean and variance as the layer itself does."""
    if norm.running_mean is None or norm.running_var is None or norm.num_batches_tracked is None:
        return
    norm.num_batches_tracked += 1
    momentum = 1.0 / float(norm.num_batches_tracked) if norm.momentum is None else norm.momentum
    norm.running_mean.lerp_(mean, momentum)
    norm.running_var.lerp_(variance * (count / max(1, count - 1)), momentum)


def _running_statistics(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    if norm.running_mean is None or norm.running_var is None:
        raise ValueError("expected a batch norm with running statistics")
    return norm.running_mean, norm.running_var


class _Context(Protocol):
    saved_tensors: tuple[Tensor, ...]

    def save_for_backward(self, *tensors: Tensor) -> None: ...


class _WindowMaxima(torch.autograd.Function):
    """Maximum of weight @ patch over the positions of each window, clip by clip.

    patches (batch, patch, positions, windows), weight (filters, patch) → (batch, windows, filters).
    """

    @staticmethod
    def forward(ctx: _Context, patches: Tensor, weight: Tensor) -> Tensor:
        batch, _, positions, windows = patches.shape
        maxima = patches.new_empty(batch, windows, len(weight))
        values = patches.new_empty(positions * windows, len(weight))
        for clip, clip_maxima in zip(patches, maxima, strict=True):
            torch.mm(clip.flatten(1).T, weight.T, out=values)
            torch.amax(values.view(positions, windows, -1), dim=0, out=clip_maxima)
        ctx.save_for_backward(patches, weight, maxima)
        return maxima

    @staticmethod
    @once_differentiable
    def backward(ctx: _Context, *gradients: Tensor) -> tuple[None, Tensor]:
        patches, weight, maxima = ctx.saved_tensors
        _, size, positions, windows = patches.shape
        values = patches.new_empty(positions * windows, len(weight))
        total = patches.new_zeros(size, len(weight))
        for clip, clip_maxima, gradient in zip(patches, maxima, gradients[0].contiguous(), strict=True):
            # Bit-identical to the product in forward, so that equality finds the positions of the maxima.
            torch.mm(clip.flatten(1).T, weight.T, out=values)
            values.view(positions, windows, -1).eq_(clip_maxima).mul_(gradient)
            total.addmm_(clip.flatten(1), values)
        return None, total.T
