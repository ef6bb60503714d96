"""What channel swaps do to the streams of frozen encoders."""

from collections.abc import Mapping
from typing import Literal

from seldkit.datasets.augmentation.swaps import SWAPS, Swap
from seldkit.embeddings import EmbeddingSettings
from seldkit.embeddings.stream_mirroring import MirrorableEmbedding

Change = Literal["none", "exact", "computed"]


def stream_change(settings: EmbeddingSettings, swap: Swap) -> Change:
    """How a stream of a swapped clip is obtained from that of the clip.

    "none": it is identical (the mid channel and W carry no direction). "exact": by `settings.mirror_stream`,
    which person keypoints and boxes have. "computed": by the encoder, from swapped audio or images; the
    tokens of a mirrored image cannot be derived from those of the image.
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
