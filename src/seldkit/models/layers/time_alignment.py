"""Where in time something lies: sinusoidal encodings, and streams brought onto the label frames."""

import math
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

Interpolation = Literal["linear", "nearest"]


def time_encoding(times: Tensor, dim: int) -> Tensor:
    """Sines and cosines of times (steps,), in label frames: (steps, dim).

    Even columns hold sines, odd ones cosines, of wavelengths from 2π to 10,000 · 2π label frames (Vaswani
    et al. 2017). Times need not be whole, so that streams of any rate are told where they lie.
    """
    rates = torch.exp(torch.arange(0, dim, 2, device=times.device) * (-math.log(10_000.0) / dim))
    angle = times[:, None] * rates
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)[:, :dim]


def token_times(steps: int, frames: int, like: Tensor) -> Tensor:
    """The middles of `steps` equal parts of a clip of `frames` label frames, in label frames: (steps,).

    With as many steps as frames these are the frames' own numbers, 0, 1, 2, …
    """
    number = torch.arange(steps, device=like.device, dtype=like.dtype)
    return (number + 0.5) * (frames / steps) - 0.5


def resample_to_frames(stream: Tensor, frames: int, interpolation: Interpolation = "linear") -> Tensor:
    """A stream that covers the same clip, (batch, time, dim), at the label frames: (batch, frames, dim)."""
    if stream.shape[1] == frames:
        return stream
    options = {"align_corners": False} if interpolation == "linear" else {}
    return functional.interpolate(
        stream.transpose(1, 2), size=frames, mode=interpolation, **options
    ).transpose(1, 2)
