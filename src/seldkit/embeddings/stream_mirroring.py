"""Streams of left-right mirrored clips, derived from the streams of the clips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from seldkit.settings import Settings

if TYPE_CHECKING:
    from torch import Tensor

    from seldkit.embeddings.registry import EmbeddingSettings

MIRRORED_CHANNELS: Final = {"mid": "mid", "left": "right", "right": "left"}
"""Mono signal of the mirrored audio, by mono signal."""


@runtime_checkable
class MirrorableEmbedding(Protocol):
    """Settings of an encoder whose tokens contain positions and can therefore be mirrored exactly."""

    def mirror_stream(self, stream: Tensor) -> Tensor:
        """Computes the tokens of the mirrored images.

        Args:
            stream: Tokens, shape ``(..., dim)``.

        Returns:
            Tokens of the mirrored images, same shape.
        """


@runtime_checkable
class ApproximatelyMirrorableEmbedding(Protocol):
    """Settings of an encoder whose tokens are ordered by position.

    The reversed order approximates the tokens of the mirrored image. It is not exact, because networks
    trained on photographs are not equivariant to mirroring.
    """

    def mirror_stream_approximately(self, stream: Tensor) -> Tensor:
        """Approximates the tokens of the mirrored images.

        Args:
            stream: Tokens, shape ``(batch, time, dim)``.

        Returns:
            Approximate tokens of the mirrored images, same shape.
        """


def mirror_streams(
    embeddings: Mapping[str, EmbeddingSettings], streams: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Derives the streams of a mirrored clip from those of the clip, exactly or approximately.

    Streams of the mid signal do not change. The stream of a left signal is that of the right signal of the
    same encoder. Streams that cannot be mirrored are returned unchanged.

    Args:
        embeddings: Settings of the encoders by stream name.
        streams: Streams by name, each of shape ``(batch, time, dim)``.

    Returns:
        Streams of the mirrored clip by name, same shapes.
    """
    mirrored = {}
    for name, stream in streams.items():
        settings = embeddings[name]
        if isinstance(settings, MirrorableEmbedding):
            mirrored[name] = settings.mirror_stream(stream)
        elif isinstance(settings, ApproximatelyMirrorableEmbedding):
            mirrored[name] = settings.mirror_stream_approximately(stream)
        else:
            mirrored[name] = streams.get(_opposite_stream(name, embeddings) or name, stream)
    return mirrored


def streams_without_mirror(embeddings: Mapping[str, EmbeddingSettings]) -> tuple[str, ...]:
    """Returns the streams that `mirror_streams` cannot mirror.

    Args:
        embeddings: Settings of the encoders by stream name.

    Returns:
        Names of the streams.
    """
    return tuple(
        name
        for name, settings in embeddings.items()
        if not isinstance(settings, MirrorableEmbedding | ApproximatelyMirrorableEmbedding)
        and _opposite_stream(name, embeddings) is None
    )


def mirror_keypoints(stream: Tensor, people: int, mirrored_points: Sequence[int]) -> Tensor:
    """Mirrors the keypoints of persons.

    Args:
        stream: Horizontal position, vertical position and confidence of each point, from 0 to 1, shape
            ``(..., people * points * 3)``; zeros for missing persons.
        people: Number of persons per token.
        mirrored_points: For each point the one at its place in the mirrored image, for example the right
            wrist for the left wrist.

    Returns:
        Mirrored keypoints, same shape; zeros stay zeros.
    """
    points = stream.reshape(*stream.shape[:-1], people, len(mirrored_points), 3)[
        ..., list(mirrored_points), :
    ]
    is_person = (points != 0).flatten(-2).any(dim=-1)[..., None]
    points[..., 0] = points[..., 0].where(~is_person, 1.0 - points[..., 0])
    return points.reshape(stream.shape)


def reverse_tiles(stream: Tensor, rows: int, columns: int, *, joined: bool) -> Tensor:
    """Reverses each row of the tiles of images.

    Args:
        stream: Tokens, row by row from the left, shape ``(batch, time, dim)``.
        rows: Number of tiles from top to bottom.
        columns: Number of tiles from left to right.
        joined: Whether a token concatenates all tiles of an image instead of one token per tile.

    Returns:
        Tokens, same shape.
    """
    batch, time, dim = stream.shape
    images = time if joined else time // (rows * columns)
    return stream.reshape(batch, images, rows, columns, -1).flip(3).reshape(batch, time, dim)


def _opposite_stream(name: str, embeddings: Mapping[str, EmbeddingSettings]) -> str | None:
    """Returns the stream that an audio stream becomes by mirroring, or None if there is none."""
    settings = embeddings[name]
    channel = getattr(settings, "channel", None)
    if settings.modality != "audio" or channel not in MIRRORED_CHANNELS or not isinstance(settings, Settings):
        return None
    opposite = settings.model_copy(update={"channel": MIRRORED_CHANNELS[channel]})
    return next((other for other, candidate in embeddings.items() if candidate == opposite), None)
