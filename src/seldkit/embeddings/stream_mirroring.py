"""Streams of mirrored sound and pictures, out of those of the sound and pictures as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor

    from seldkit.embeddings.registry import EmbeddingSettings


@runtime_checkable
class MirrorableEmbedding(Protocol):
    """Settings of an encoder whose tokens say where things are, so that they can be mirrored themselves."""

    def mirror_stream(self, stream: Tensor) -> Tensor:
        """(…, dim) of pictures -> the same of their mirror images, left for right."""


@runtime_checkable
class ApproximatelyMirrorableEmbedding(Protocol):
    """Settings of a network whose tokens lie side by side: in their other order they are nearly those of the
    mirrored picture. Nearly, for a network that learned from photographs is not its own mirror image."""

    def mirror_stream_approximately(self, stream: Tensor) -> Tensor:
        """(batch, time, dim) of pictures -> about the same of their mirror images, left for right."""


def mirror_streams(
    embeddings: Mapping[str, EmbeddingSettings], streams: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """The streams of a mirrored clip, as near as they follow from those of the clip.

    Sound of the mid channel is the same; a left channel's tokens are the right one's of the same encoder.
    """
    found = {}
    for name, stream in streams.items():
        one = embeddings[name]
        if isinstance(one, MirrorableEmbedding):
            found[name] = one.mirror_stream(stream)
        elif isinstance(one, ApproximatelyMirrorableEmbedding):
            found[name] = one.mirror_stream_approximately(stream)
        else:
            found[name] = streams.get(_partner(name, embeddings) or name, stream)
    return found


def streams_without_mirror(embeddings: Mapping[str, EmbeddingSettings]) -> tuple[str, ...]:
    """The streams of which `mirror_streams` knows no mirror image, by name."""
    return tuple(
        name
        for name, one in embeddings.items()
        if not isinstance(one, MirrorableEmbedding | ApproximatelyMirrorableEmbedding)
        and _partner(name, embeddings) is None
    )


def mirror_keypoints(stream: Tensor, people: int, partners: Sequence[int]) -> Tensor:
    """People's points (…, people · points · 3), each from the left, from the top and how sure, mirrored.

    partners: of each point the one that it is in the mirror: a left wrist is a right one there. Zeros,
    where there is nobody, stay.
    """
    points = stream.reshape(*stream.shape[:-1], people, len(partners), 3)[..., list(partners), :]
    somebody = (points != 0).flatten(-2).any(dim=-1)[..., None]
    points[..., 0] = points[..., 0].where(~somebody, 1.0 - points[..., 0])
    return points.reshape(stream.shape)


def reverse_tiles(stream: Tensor, rows: int, columns: int, *, joined: bool) -> Tensor:
    """Tiles of pictures, (batch, time, dim), with each row of them from right to left.

    Row by row from the left they are one token after the other, or `joined`, parts of one token.
    """
    batch, time, dim = stream.shape
    pictures = time if joined else time // (rows * columns)
    return stream.reshape(batch, pictures, rows, columns, -1).flip(3).reshape(batch, time, dim)


def _partner(name: str, embeddings: Mapping[str, EmbeddingSettings]) -> str | None:
    """The stream that a stream of sound becomes: itself, or that of the other channel; None without one."""
    one: Any = embeddings[name]
    sides = {"mid": "mid", "left": "right", "right": "left"}
    if one.modality != "audio" or getattr(one, "channel", None) not in sides:
        return None
    wanted = one.model_copy(update={"channel": sides[one.channel]})
    return next((other for other, settings in embeddings.items() if settings == wanted), None)
