"""What channel swaps do to the streams of frozen encoders."""

from collections.abc import Mapping
from typing import Literal

from seldkit.datasets.augmentation.swaps import SWAPS, Swap
from seldkit.embeddings import EmbeddingSettings
from seldkit.embeddings.stream_mirroring import MirrorableEmbedding

Change = Literal["none", "exact", "computed"]


def stream_change(settings: EmbeddingSettings, swap: Swap) -> Change:
    """How a stream of swapped sound and pictures comes out of that of the clip as it is.

    "none": it is the same (the mid channel, and W, know no direction). "exact": by
    `settings.mirror_stream`, which people's points and boxes have. "computed": by the encoder, from swapped sound or pictures; what a
    network makes of a mirrored picture does not follow from what it made of the picture.
    """
    if swap == Swap() or getattr(settings, "channel", None) == "mid":
        return "none"
    if isinstance(settings, MirrorableEmbedding) and swap == Swap(mirrored=True):
        return "exact"
    return "computed"


def computed_streams(embeddings: Mapping[str, EmbeddingSettings], swap: Swap) -> tuple[str, ...]:
    """The streams that have to be computed from the swapped clip, by name."""
    return tuple(name for name, one in embeddings.items() if stream_change(one, swap) == "computed")


def swaps_of(input: str) -> tuple[Swap, ...]:
    """All exact swaps of a kind of sound, the first of which changes nothing; none where there are none."""
    return SWAPS.get(input, ())
