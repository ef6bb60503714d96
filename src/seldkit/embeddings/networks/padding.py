"""TensorFlow's padding: as many outputs as inputs over stride, the odd pixel after."""

from collections.abc import Sequence

from torch import Tensor
from torch.nn.functional import pad


def pad_same(x: Tensor, kernel: Sequence[int], stride: Sequence[int]) -> Tensor:
    """Zeros around the last len(kernel) axes, so that an unpadded layer gives ceil(size / stride) outputs."""
    sizes = x.shape[-len(kernel) :]
    amounts: list[int] = []
    for size, width, step in reversed(list(zip(sizes, kernel, stride, strict=True))):
        missing = max(0, (-(-size // step) - 1) * step + width - size)
        amounts += [missing // 2, missing - missing // 2]
    return pad(x, amounts)
