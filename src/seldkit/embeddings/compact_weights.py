"""Compact files of weights: safetensors with half-precision values or 8-bit integers and scales.

A tensor of 8-bit integers is stored with a tensor ``<name>.scale`` that holds one float per output channel
(first axis). The weights are the products of integers and scales. All other tensors are floats and are read
as float32.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from seldkit.errors import ModelError
from seldkit.files import replacing

if TYPE_CHECKING:
    from torch import Tensor

COMPACT_SUFFIX: Final = ".safetensors"
SCALE_SUFFIX: Final = ".scale"
QUANTIZATION_LEVELS: Final = (127, 126, 128, *range(129, 180, 3))
"""Candidate numbers of steps from 0 to the largest weight of a channel; above 127 the largest are clipped."""


def is_compact(path: str | Path) -> bool:
    """Determines from its name whether a file holds compact weights.

    Args:
        path: The file.

    Returns:
        Whether it is a safetensors file.
    """
    return Path(path).suffix == COMPACT_SUFFIX


def read_compact_weights(embedding: str, path: Path) -> dict[str, Tensor]:
    """Reads a file of compact weights.

    Args:
        embedding: Registered name of the encoder, for error messages.
        path: The file.

    Returns:
        Tensors by name, float32.

    Raises:
        ModelError: The file is damaged or holds invalid tensors.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        stored = load_file(path)
    except (SafetensorError, OSError, ValueError, KeyError) as problem:
        message = " ".join(str(problem).split())[:100]
        raise ModelError(
            f"embedding '{embedding}': {path} cannot be read as safetensors ({message}); copy it again"
        ) from None
    scales = {f"{name}{SCALE_SUFFIX}" for name, tensor in stored.items() if tensor.dtype == torch.int8}
    try:
        return {name: _dequantize(name, stored) for name in stored if name not in scales}
    except ValueError as problem:
        raise ModelError(f"embedding '{embedding}': {path}: {problem}; create the file again") from None


def write_compact_weights(
    path: Path, state: Mapping[str, Tensor], bits: Mapping[str, Literal[8, 16]]
) -> Path:
    """Writes the weights of a network. Integer tensors, such as batch counters, are left out.

    Args:
        path: The file.
        state: Tensors by name, any shape.
        bits: Number of bits per value by name of the tensor: 8 for integers with scales, 16 for half
            precision. Other tensors are written as float32.

    Returns:
        The path.
    """
    import torch
    from safetensors.torch import save_file

    stored: dict[str, Tensor] = {}
    for name, tensor in state.items():
        values = tensor.detach().cpu().float().contiguous()
        if not tensor.is_floating_point():
            continue
        if bits.get(name) == 8:
            stored[name], stored[f"{name}{SCALE_SUFFIX}"] = _quantize(values)
        else:
            stored[name] = values.to(torch.float16) if bits.get(name) == 16 else values
    with replacing(path) as temporary:
        save_file(stored, temporary, metadata={"format": "pt"})
    return path


def _quantize(values: Tensor) -> tuple[Tensor, Tensor]:
    """Returns the 8-bit integers and scales with the smallest squared error of each channel.

    Weights that were trained on a grid of 8 bits are reproduced exactly.
    """
    import torch

    largest = values.flatten(1).abs().amax(dim=1)
    largest = torch.where(largest > 0, largest, torch.ones_like(largest))
    best_scale, min_error = largest / QUANTIZATION_LEVELS[0], torch.full_like(largest, torch.inf)
    for levels in QUANTIZATION_LEVELS:
        scale = largest / levels
        residual = values - _round_to_int8(values, scale).float() * _broadcast(scale, values)
        error = residual.square().flatten(1).sum(dim=1)
        best_scale = torch.where(error < min_error, scale, best_scale)
        min_error = torch.minimum(error, min_error)
    return _round_to_int8(values, best_scale), best_scale


def _round_to_int8(values: Tensor, scale: Tensor) -> Tensor:
    import torch

    return torch.round(values / _broadcast(scale, values)).clamp(-128, 127).to(torch.int8)


def _dequantize(name: str, stored: Mapping[str, Tensor]) -> Tensor:
    """Returns the float32 values of a tensor. Raises ValueError if it is invalid."""
    import torch

    tensor = stored[name]
    if tensor.dtype == torch.int8:
        scale = stored.get(f"{name}{SCALE_SUFFIX}")
        if scale is None or not scale.is_floating_point() or scale.shape != tensor.shape[:1]:
            raise ValueError(f"the scales of the 8-bit tensor '{name:.80}' are missing (one per channel)")
        tensor = tensor.float() * _broadcast(scale.float(), tensor)
    elif not tensor.is_floating_point():
        raise ValueError(f"tensor '{name:.80}': expected floats or 8-bit integers, got {tensor.dtype}")
    if not torch.isfinite(tensor).all():
        raise ValueError(f"tensor '{name:.80}' contains NaN or infinity")
    return tensor.float()


def _broadcast(scale: Tensor, values: Tensor) -> Tensor:
    return scale.view(-1, *[1] * (values.dim() - 1))
