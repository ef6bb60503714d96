"""A first convolution with its batch norm and max pooling, whose large output is never written out.

The first layer of a CRNN turns a few channels of features into many, at the features' own rate, only for
pooling to leave one value of twenty. On a processor the time goes into moving these values: written by the
convolution, read and written by the norm, read by the pooling, and all of it again for the gradient. Here

- the norm's mean and variance come from the patches under the kernel, as mean and variance of what is linear
  in them (a convolution y = W p has the mean W E[p] and the variance W Cov[p] Wᵀ), so the norm becomes part
  of the weights before anything is convolved;
- each clip's maxima are taken while its output is still in the processor's cache, and again for the gradient.

Values and gradients are those of the three layers one after the other.
"""

from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

Pool = tuple[int, int]

KERNEL: Final = 3
MOST_CHANNELS: Final = 16
"""Of the input; the patches of more are larger than the output that they save."""


def supports(x: Tensor, conv: nn.Conv2d, norm: nn.BatchNorm2d) -> bool:
    """Whether `conv_norm_pool` gives what the layers would, and sooner.

    It wants a processor, full precision, few channels, and an input that needs no gradient itself.
    """
    ordinary = type(norm) is nn.BatchNorm2d and x.dtype in (torch.float32, torch.float64)
    eager = not (torch.compiler.is_compiling() or torch.is_autocast_enabled("cpu"))
    fits = x.device.type == "cpu" and x.shape[1] <= MOST_CHANNELS and conv.kernel_size == (KERNEL, KERNEL)
    return ordinary and eager and fits and not x.requires_grad


def conv_norm_pool(x: Tensor, conv: nn.Conv2d, norm: nn.BatchNorm2d, pool: Pool) -> Tensor:
    """max_pool2d(norm(conv(x)), pool) for a 3×3 convolution padded by 1; the norm's statistics move along.

    x (batch, channels, frames, bins) -> (batch, filters, frames // pool[0], bins // pool[1]).
    """
    centre = x.mean(dim=(0, 2, 3))  # or the variance would be a small difference of large numbers
    patches, rest = _patches(x, centre, pool)
    weight = _weight(conv, centre)  # (filters, patch)
    if norm.training:
        mean, variance = _statistics(patches, rest, weight)
        _remember(norm, mean.detach(), variance.detach(), x.numel() // x.shape[1])
    else:
        mean, variance = _kept(norm)
    scale = norm.weight / torch.sqrt(variance + norm.eps)
    # A maximum of scaled values: the scale, which may be negative, goes in before, the shift after.
    maxima: Tensor = _WindowMaxima.apply(patches, weight * scale[:, None])  # type: ignore[no-untyped-call]
    shifted = maxima + (norm.bias - scale * mean)
    return shifted.view(len(x), x.shape[2] // pool[0], -1, len(weight)).permute(0, 3, 1, 2)


def _patches(x: Tensor, centre: Tensor, pool: Pool) -> tuple[Tensor, list[Tensor]]:
    """What lies under the kernel, less the channels' centres, and a one for the bias.

    Inside pooling windows: (batch, patch, places in a window, windows). Of what pooling leaves over at the
    ends, which counts for the norm: matrices (patch, places).
    """
    batch, channels, frames, bins = x.shape
    rows, columns = frames // pool[0], bins // pool[1]
    padded = functional.pad(x, (1, 1, 1, 1)) - centre[:, None, None]
    under = padded.unfold(2, KERNEL, 1).unfold(3, KERNEL, 1)  # (batch, channels, frames, bins, 3, 3), a view
    inside = under[:, :, : rows * pool[0], : columns * pool[1]]
    inside = inside.reshape(batch, channels, rows, pool[0], columns, pool[1], KERNEL, KERNEL)
    size = channels * KERNEL * KERNEL
    patches = x.new_empty(batch, size + 1, *pool, rows, columns)
    patches[:, size] = 1.0
    patches[:, :size].view(batch, channels, KERNEL, KERNEL, *pool, rows, columns).copy_(
        inside.permute(0, 1, 6, 7, 3, 5, 2, 4)
    )
    ends = under[:, :, rows * pool[0] :], under[:, :, : rows * pool[0], columns * pool[1] :]
    rest = [end.permute(1, 4, 5, 0, 2, 3).reshape(size, -1) for end in ends]
    rest = [functional.pad(end, (0, 0, 0, 1), value=1.0) for end in rest]
    return patches.flatten(4).flatten(2, 3), rest


def _weight(conv: nn.Conv2d, centre: Tensor) -> Tensor:
    """The convolution's weights for such patches: (filters, patch)."""
    kernel = conv.weight.flatten(1)
    moved = kernel @ centre.repeat_interleave(KERNEL * KERNEL)
    return torch.cat([kernel, (moved if conv.bias is None else moved + conv.bias)[:, None]], dim=1)


def _statistics(patches: Tensor, rest: list[Tensor], weight: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance of the convolution's output over batch, frames and bins: (filters,) each."""
    matrices = [clip.flatten(1) for clip in patches] + rest
    total = patches.new_zeros(patches.shape[1], patches.shape[1])
    for matrix in matrices:
        total.addmm_(matrix, matrix.T)
    count = sum(matrix.shape[1] for matrix in matrices)
    mean = total[-1] / count  # the last entry of every patch is one
    covariance = total / count - torch.outer(mean, mean)
    return weight @ mean, ((weight @ covariance) * weight).sum(dim=1).clamp_min(0.0)


@torch.no_grad()
def _remember(norm: nn.BatchNorm2d, mean: Tensor, variance: Tensor, count: int) -> None:
    """Move the norm's running statistics, as the layer itself does."""
    if norm.running_mean is None or norm.running_var is None or norm.num_batches_tracked is None:
        return
    norm.num_batches_tracked += 1
    momentum = 1.0 / float(norm.num_batches_tracked) if norm.momentum is None else norm.momentum
    norm.running_mean.lerp_(mean, momentum)
    norm.running_var.lerp_(variance * (count / max(1, count - 1)), momentum)


def _kept(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    if norm.running_mean is None or norm.running_var is None:
        raise ValueError("expected a batch norm that keeps running statistics")
    return norm.running_mean, norm.running_var


class _WindowMaxima(torch.autograd.Function):
    """The largest of weight @ patch over each window's places, clip by clip.

    patches (batch, patch, places, windows), weight (filters, patch) -> (batch, windows, filters).
    """

    @staticmethod
    def forward(ctx: Any, patches: Tensor, weight: Tensor) -> Tensor:
        batch, _, places, windows = patches.shape
        maxima = patches.new_empty(batch, windows, len(weight))
        values = patches.new_empty(places * windows, len(weight))
        for clip, largest in zip(patches, maxima, strict=True):
            torch.mm(clip.flatten(1).T, weight.T, out=values)
            torch.amax(values.view(places, windows, -1), dim=0, out=largest)
        ctx.save_for_backward(patches, weight, maxima)
        return maxima

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, Tensor]:
        patches, weight, maxima = ctx.saved_tensors
        _, size, places, windows = patches.shape
        values = patches.new_empty(places * windows, len(weight))
        total = patches.new_zeros(size, len(weight))
        for clip, largest, gradient in zip(patches, maxima, gradients[0].contiguous(), strict=True):
            # The same product as before, to the bit; where it is the largest, the gradient goes.
            torch.mm(clip.flatten(1).T, weight.T, out=values)
            values.view(places, windows, -1).eq_(largest).mul_(gradient)
            total.addmm_(clip.flatten(1), values)
        return None, total.T
