"""Left-right equivariant models: mirrored input gives mirrored output."""

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
    """Exchange of left and right in a model's features, streams and output.

    Args:
        config: Configuration of the model.
        stack: Features of the model.

    Raises:
        ModelError: If the features or a stream cannot be mirrored.
    """

    def __init__(self, config: ModelConfig, stack: FeatureStack) -> None:
        self._stack, self._embeddings = stack, config.embeddings
        foreign = [name for name in config.streams if name not in self._embeddings]
        unsupported = [*foreign, *streams_without_mirror(self._embeddings)]
        if unsupported:
            raise ModelError(
                f"model '{config.name}': symmetric: the stream(s) {', '.join(unsupported)} cannot be mirrored"
                "; remove symmetric"
            )
        try:
            self._map = mirror_map(stack)
        except ValueError as error:
            raise ModelError(f"model '{config.name}': symmetric: {error}; remove symmetric") from None

    def mirror_features(self, features: Tensor) -> Tensor:
        """Mirrors features by exchanging channels and signs.

        Args:
            features: ``(batch, channels, frames, bins)``, standardized if the model standardizes its
                features.

        Returns:
            Features of the mirrored audio, same shape.
        """
        stack = self._stack
        if not stack.config.standardise:
            return self._map(features)
        return stack.standardise(self._map(features * stack.deviation + stack.mean))

    def mirror_streams(self, streams: Mapping[str, Tensor], known: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Mirrors streams.

        Args:
            streams: Streams by name, each ``(batch, time, dim)``.
            known: Streams that were computed from the mirrored clip, each ``(batch, time, dim)``. The others
                are approximated from `streams`; see `mirror_streams`.

        Returns:
            Streams of the mirrored clip, same shapes.
        """
        return mirror_streams(self._embeddings, streams) | {
            name: known[name] for name in streams if name in known
        }

    def mirror_output(self, output: Tensor) -> Tensor:
        """Mirrors an output by changing the sign of y.

        Args:
            output: ``(batch, frames, tracks, elements, classes)``.

        Returns:
            Same shape.
        """
        mirrored = output.clone()
        mirrored[..., 1, :] *= -1.0  # y is positive to the left
        return mirrored


def symmetric_mean(first: Tensor, second: Tensor, directions: int) -> Tensor:
    """Computes the mean of two outputs for one clip, independent of their order.

    In each frame and class the tracks are paired by distance, and sorted by length in descending order.

    Args:
        first: ``(batch, frames, tracks, elements, classes)``.
        second: Same shape.
        directions: Number of elements of the direction vector, which come first: 2 or 3.

    Returns:
        Same shape.
    """
    mean = (first + align_tracks(second, first)) / 2
    length = mean[..., :directions, :].square().sum(dim=-2)  # (batch, frames, tracks, classes)
    order = length.argsort(dim=-2, descending=True, stable=True)
    return torch.take_along_dim(mean, order.unsqueeze(-2), dim=-3)
