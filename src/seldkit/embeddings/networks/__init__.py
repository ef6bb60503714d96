"""PyTorch networks of frozen encoders that no dependency provides."""

from collections.abc import Sequence

from torch import Tensor
from torch.nn.functional import pad


def pad_same(x: Tensor, kernel: Sequence[int], stride: Sequence[int]) -> Tensor:
    """Pads with zeros as TensorFlow does.

    A layer without padding then gives ``ceil(size / stride)`` outputs. If the amount of padding is odd, the
    additional zero is at the end.

    Args:
        x: Tensor whose last ``len(kernel)`` axes are padded, shape ``(..., *sizes)``.
        kernel: Kernel size along each axis.
        stride: Stride along each axis.

    Returns:
        The padded tensor.
    """
    sizes = x.shape[-len(kernel) :]
    amounts: list[int] = []
    for size, width, step in reversed(list(zip(sizes, kernel, stride, strict=True))):
        missing = max(0, (-(-size // step) - 1) * step + width - size)
        amounts += [missing // 2, missing - missing // 2]
    return pad(x, amounts)
