"""Augmentation of training clips, drawn anew in each epoch."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import torch
from lightning.pytorch.utilities import rank_zero_warn
from torch import Tensor

from seldkit.datasets.augmentation.spec_augment import SpecAugment
from seldkit.datasets.augmentation.swap_effects import computed_streams, feature_swap, stream_change
from seldkit.datasets.augmentation.swaps import Swap, swaps_for
from seldkit.embeddings import EmbeddingSettings
from seldkit.embeddings.stream_mirroring import MirrorableEmbedding
from seldkit.features import FeatureStack
from seldkit.training.training_settings import AugmentationSettings

Streams = Mapping[str, Tensor]
NO_STREAMS: Final[Streams] = MappingProxyType({})


class Augmenter:
    """Exact channel swaps, one at random per clip, and masks on the features.

    Random numbers come from PyTorch's default generator.

    Args:
        stack: Feature extractor of the model.
        settings: Augmentation of the recipe.
        embeddings: Embeddings of the model's streams by name; the streams are swapped with the audio.

    Raises:
        ValueError: A feature has no exact swap.
    """

    def __init__(
        self,
        stack: FeatureStack,
        settings: AugmentationSettings,
        embeddings: Mapping[str, EmbeddingSettings] = MappingProxyType({}),
    ) -> None:
        swaps = swaps_for(stack.config.input) if settings.swaps else ()
        self._swaps = [(swap, feature_swap(stack, swap)) for swap in swaps]
        self._embeddings = embeddings
        self._computed = [set(computed_streams(embeddings, swap)) for swap in swaps[1:]]
        self._masking = SpecAugment(1, settings.mask_bins, 1, settings.mask_frames)

    def swap_channels(
        self,
        features: Tensor,
        targets: Tensor,
        streams: Streams = NO_STREAMS,
        swapped_streams: Sequence[Streams] = (),
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Applies a random channel swap to each clip.

        Args:
            features: Features before standardization, ``(batch, channels, frames, bins)``.
            targets: Targets, ``(batch, …, 1 + elements, classes)``.
            streams: Streams, each ``(batch, time, dim)``.
            swapped_streams: For each swap except the identity, the streams of the swapped clips, with the
                same shapes. If they are missing, nothing is swapped and a warning is issued.

        Returns:
            Features, targets and streams of the swapped clips.
        """
        if not self._swaps or not self._has_swapped_streams(swapped_streams):
            return features, targets, dict(streams)
        features, targets = features.clone(), targets.clone()
        result = {name: stream.clone() for name, stream in streams.items()}
        choice = torch.randint(0, len(self._swaps), (len(features),))
        for number, (swap, swap_features) in enumerate(self._swaps):
            rows = (choice == number).nonzero().flatten().to(features.device)
            features[rows], targets[rows] = swap_features(features[rows]), swap.targets(targets[rows])
            for name, stream in result.items():
                stream[rows] = self._swap_stream(name, swap, stream, rows, swapped_streams[number - 1 :][:1])
        return features, targets, result

    def mask(self, features: Tensor) -> Tensor:
        """Sets one range of bins and one range of frames of each clip to 0 (SpecAugment).

        Args:
            features: Standardized features, ``(batch, channels, frames, bins)``.

        Returns:
            Masked features, same shape.
        """
        return self._masking(features, torch.default_generator)

    def _swap_stream(
        self, name: str, swap: Swap, stream: Tensor, rows: Tensor, swapped: Sequence[Streams]
    ) -> Tensor:
        """The given rows of a stream after a swap."""
        settings = self._embeddings[name]
        change = stream_change(settings, swap)
        if change == "computed":
            return swapped[0][name][rows.cpu()].to(stream)
        selected = stream[rows]
        if change == "exact" and isinstance(settings, MirrorableEmbedding):
            return settings.mirror_stream(selected)
        return selected

    def _has_swapped_streams(self, swapped_streams: Sequence[Streams]) -> bool:
        missing = {
            name
            for number, names in enumerate(self._computed)
            for name in names - _stream_names(swapped_streams, number)
        }
        if missing:
            rank_zero_warn(
                "channel swaps are disabled: the clips have no swapped streams for "
                f"{', '.join(sorted(missing))}"
            )
        return not missing


def _stream_names(swapped_streams: Sequence[Streams], number: int) -> set[str]:
    return set(swapped_streams[number]) if number < len(swapped_streams) else set()
