"""Effects of channel swaps on features and on the streams of frozen encoders."""

from collections.abc import Mapping
from typing import Literal

from seldkit.datasets.augmentation.swaps import Swap
from seldkit.embeddings import EmbeddingSettings
from seldkit.embeddings.stream_mirroring import MirrorableEmbedding
from seldkit.features import FeatureStack
from seldkit.features.feature_mirroring import ChannelMap, channel_map

StreamChange = Literal["none", "exact", "computed"]


def feature_swap(stack: FeatureStack, swap: Swap) -> ChannelMap:
    """Determines how raw features change with a channel swap.

    Args:
        stack: Features.
        swap: Channel swap of the audio.

    Returns:
        The exchange of feature channels and signs that is equivalent to the swap.

    Raises:
        ValueError: If a feature channel of swapped audio is neither a feature channel of the audio nor the
            negative of one.
    """
    return channel_map(stack, swap.audio)


def stream_change(settings: EmbeddingSettings, swap: Swap) -> StreamChange:
    """Determines how the stream of a swapped clip is obtained.

    Args:
        settings: Settings of the encoder.
        swap: Channel swap of the clip.

    Returns:
        "none": it is identical, because the mid channel and W contain no direction. "exact": it is derived by
        ``settings.mirror_stream``, which exists for person keypoints and boxes. "computed": the encoder has
        to be applied to swapped audio or images. For example, the tokens of a mirrored image cannot be
        derived from those of the image.
    """
    if swap == Swap() or getattr(settings, "channel", None) == "mid":
        return "none"
    if isinstance(settings, MirrorableEmbedding) and swap == Swap(mirrored=True):
        return "exact"
    return "computed"


def computed_streams(embeddings: Mapping[str, EmbeddingSettings], swap: Swap) -> tuple[str, ...]:
    """Lists the streams that have to be computed from the swapped clip.

    Args:
        embeddings: Settings of the encoders by the name of the stream.
        swap: Channel swap of the clip.

    Returns:
        Names of the streams.
    """
    return tuple(name for name, one in embeddings.items() if stream_change(one, swap) == "computed")
