"""Streams in fusions: module names, time encodings, and resampling to the label frames."""

import math
from collections.abc import Iterable, Mapping
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

Interpolation = Literal["linear", "nearest"]


def stream_key(name: str) -> str:
    """Returns the key of a stream in a `ModuleDict`.

    The prefix is necessary because `ModuleDict` does not accept names of its own methods, such as ``"keys"``.

    Args:
        name: Name of the stream.

    Returns:
        The name with a prefix.
    """
    return f"stream-{name}"


def time_encoding(times: Tensor, dim: int) -> Tensor:
    """Computes sinusoidal encodings of times (Vaswani et al. 2017).

    Even columns hold sines, odd columns cosines, of wavelengths from 2π to 10,000 · 2π label frames. Times
    may be fractional, so that streams of any rate can be encoded.

    Args:
        times: Times in label frames, ``(steps,)``.
        dim: Width of the encodings.

    Returns:
        ``(steps, dim)``.
    """
    rates = torch.exp(torch.arange(0, dim, 2, device=times.device) * (-math.log(10_000.0) / dim))
    angle = times[:, None] * rates
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)[:, :dim]


def token_times(steps: int, frames: int, like: Tensor) -> Tensor:
    """Computes the centres of equally long parts of a clip.

    Args:
        steps: Number of parts; with ``steps == frames`` the result is 0, 1, 2, …
        frames: Length of the clip in label frames.
        like: Tensor whose device and dtype are used. Any shape.

    Returns:
        Times in label frames, ``(steps,)``.
    """
    number = torch.arange(steps, device=like.device, dtype=like.dtype)
    return (number + 0.5) * (frames / steps) - 0.5


def resample_to_frames(stream: Tensor, frames: int, interpolation: Interpolation = "linear") -> Tensor:
    """Resamples a stream to the label frames of the same clip.

    Args:
        stream: ``(batch, time, dim)``.
        frames: Number of label frames.
        interpolation: ``"linear"`` or ``"nearest"``.

    Returns:
        ``(batch, frames, dim)``.
    """
    if stream.shape[1] == frames:
        return stream
    options = {"align_corners": False} if interpolation == "linear" else {}
    return functional.interpolate(
        stream.transpose(1, 2), size=frames, mode=interpolation, **options
    ).transpose(1, 2)


class Concatenation(nn.Module):
    """Concatenation of the encoder's output and all streams at the label frames.

    Args:
        dim: Width of the encoder's output.
        streams: Names of the streams.
        interpolation: Interpolation of streams to the label frames.
        norm: Whether the encoder's output is layer-normalized first (as in AV-SELD's code).
    """

    def __init__(self, dim: int, streams: Iterable[str], interpolation: Interpolation, norm: bool) -> None:
        super().__init__()
        self._names = list(streams)
        self._interpolation = interpolation
        self.norm = nn.LayerNorm(dim) if norm and dim else nn.Identity()

    def forward(self, audio: Tensor, streams: Mapping[str, Tensor]) -> Tensor:
        """Concatenates audio and streams.

        Args:
            audio: Encoder output, ``(batch, frames, dim)``.
            streams: Streams by name, each ``(batch, time, width)``.

        Returns:
            ``(batch, frames, sum of all widths)``.
        """
        frames = audio.shape[1]
        resampled = [resample_to_frames(streams[name], frames, self._interpolation) for name in self._names]
        return torch.cat([self.norm(audio), *resampled], dim=-1)
