"""Weights of frozen encoders in few bytes: safetensors of half floats, or of eight-bit numbers with scales.

A tensor of 8-bit numbers has beside it, as `<name>.scale`, a float for each of its first axis (the output
channels): its values are numbers times scales. All others are floats and become float32.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from seldkit.errors import ModelError
from seldkit.files import replacing

if TYPE_CHECKING:
    from torch import Tensor

SUFFIX: Final = ".safetensors"
SCALE: Final = ".scale"
FINEST: Final = (127, 126, 128, *range(129, 180, 3))
"""Steps from 0 to a channel's largest weight that are tried; with more than 127 the largest are cut."""


def is_compact(path: str | Path) -> bool:
    """Whether a file of weights is one of these, by its name."""
    return Path(path).suffix == SUFFIX


def read_compact_weights(embedding: str, path: Path) -> dict[str, Tensor]:
    """The tensors of a file of small weights, float32. Raises ModelError."""
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        stored = load_file(path)
    except (SafetensorError, OSError, ValueError, KeyError) as problem:
        words = " ".join(str(problem).split())[:100]
        raise ModelError(
            f"embedding '{embedding}': {path} cannot be read as safetensors ({words}); copy it again"
        ) from None
    scaled = {name for name, tensor in stored.items() if tensor.dtype == torch.int8}
    scales = {f"{name}{SCALE}" for name in scaled}
    try:
        found = {name: _floats(name, stored) for name in stored if name not in scales}
    except ValueError as problem:
        raise ModelError(f"embedding '{embedding}': {path}: {problem}; make the file anew") from None
    return found


def write_compact_weights(
    path: Path, state: Mapping[str, Tensor], kinds: Mapping[str, Literal[8, 16]]
) -> Path:
    """Write a network's tensors: those in `kinds` as 8-bit numbers or half floats, others as float32.

    Counters of batches, which nothing reads, are left out.
    """
    import torch
    from safetensors.torch import save_file

    stored: dict[str, Tensor] = {}
    for name, tensor in state.items():
        values = tensor.detach().cpu().float().contiguous()
        if not tensor.is_floating_point():
            continue
        if kinds.get(name) == 8:
            stored[name], stored[f"{name}{SCALE}"] = _numbers(values)
        else:
            stored[name] = values.to(torch.float16) if kinds.get(name) == 16 else values
    with replacing(path) as temporary:
        save_file(stored, temporary, metadata={"format": "pt"})
    return path


def _numbers(values: Tensor) -> tuple[Tensor, Tensor]:
    """The 8-bit numbers and scales that come nearest to (channels, …), each channel's best of several scales.

    Weights that were learned on a grid of 8 bits are found again exactly.
    """
    import torch

    largest = values.flatten(1).abs().amax(dim=1)
    largest = torch.where(largest > 0, largest, torch.ones_like(largest))
    best, least = largest / FINEST[0], torch.full_like(largest, torch.inf)
    for steps in FINEST:
        scale = largest / steps
        off = (
            (values - _rounded(values, scale).float() * _beside(scale, values)).square().flatten(1).sum(dim=1)
        )
        best, least = torch.where(off < least, scale, best), torch.minimum(off, least)
    return _rounded(values, best), best


def _rounded(values: Tensor, scale: Tensor) -> Tensor:
    import torch

    return torch.round(values / _beside(scale, values)).clamp(-128, 127).to(torch.int8)


def _floats(name: str, stored: Mapping[str, Tensor]) -> Tensor:
    """A tensor's values. Raises ValueError."""
    import torch

    tensor = stored[name]
    if tensor.dtype == torch.int8:
        scale = stored.get(f"{name}{SCALE}")
        if scale is None or not scale.is_floating_point() or scale.shape != tensor.shape[:1]:
            raise ValueError(f"tensor '{name:.80}' of 8-bit numbers lacks its scales, one for each channel")
        tensor = tensor.float() * _beside(scale.float(), tensor)
    elif not tensor.is_floating_point():
        raise ValueError(f"tensor '{name:.80}': expected floats or 8-bit numbers, got {tensor.dtype}")
    if not torch.isfinite(tensor).all():
        raise ValueError(f"tensor '{name:.80}' holds NaN or infinity")
    return tensor.float()


def _beside(scale: Tensor, values: Any) -> Tensor:
    return scale.view(-1, *[1] * (values.dim() - 1))
