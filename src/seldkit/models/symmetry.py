"""A model that is its own mirror image: left and right exchanged in, exchanged out."""

from collections.abc import Mapping

import torch
from torch import Tensor

from seldkit.accdoa import align_tracks
from seldkit.embeddings.stream_mirroring import mirror_streams, streams_without_mirror
from seldkit.errors import ModelError
from seldkit.features import FeatureStack
from seldkit.features.feature_mirroring import mirror_map
from seldkit.models.config import ModelConfig


class Mirror:
    """Left and right exchanged in a model's features, streams and answer.

    Features exchange channels and signs. Streams are those of mirrored pictures where they are given, and
    else made of what is there, as near as `embeddings.mirroring.mirrored_streams` can. Raises ModelError
    where a model's input has no mirror image.
    """

    def __init__(self, config: ModelConfig, stack: FeatureStack) -> None:
        self._stack, self._embeddings = stack, config.embeddings
        foreign = [name for name in config.streams if name not in self._embeddings]
        unknown = [*foreign, *streams_without_mirror(self._embeddings)]
        if unknown:
            raise ModelError(
                f"model '{config.name}': symmetric: the stream(s) {', '.join(unknown)} have no mirror image; "
                "leave symmetric out"
            )
        try:
            self._map = mirror_map(stack)
        except ValueError as problem:
            raise ModelError(f"model '{config.name}': symmetric: {problem}; leave symmetric out") from None

    def features(self, features: Tensor) -> Tensor:
        """Features (batch, channels, frames, bins), standardised where the stack does, of mirrored sound."""
        stack = self._stack
        if not stack.config.standardise:
            return self._map(features)
        return stack.standardise(self._map(features * stack.deviation + stack.mean))

    def streams(self, streams: Mapping[str, Tensor], known: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Streams, each (batch, time, dim), of a mirrored clip; `known`: those that were computed from it."""
        return mirror_streams(self._embeddings, streams) | {
            name: known[name] for name in streams if name in known
        }

    def answer(self, output: Tensor) -> Tensor:
        """An answer, (batch, frames, tracks, elements, classes), with every source on the other side."""
        mirrored = output.clone()
        mirrored[..., 1, :] *= -1.0  # y, positive to the left
        return mirrored


def symmetric_mean(straight: Tensor, mirrored: Tensor, directions: int) -> Tensor:
    """The mean of two answers to one clip, each (batch, frames, tracks, elements, classes).

    Tracks are paired, in each frame and class, as they lie nearest, and come longest vector first: whichever
    of the two is `straight`, the result is the same. directions: elements at the beginning that are a vector.
    """
    mean = (straight + align_tracks(mirrored, straight)) / 2
    length = mean[..., :directions, :].square().sum(dim=-2)  # (batch, frames, tracks, classes)
    order = length.argsort(dim=-2, descending=True, stable=True)
    return torch.take_along_dim(mean, order.unsqueeze(-2), dim=-3)
