"""What is done to training clips anew in each epoch."""

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
    """Exact channel swaps, each clip one of them at random, and hidden stretches of its features.

    embeddings: of the model's streams, which go with the swaps. What it draws comes from PyTorch's own
    generator. Raises ValueError where a feature has no exact swap.
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

    def swapped(
        self,
        raw: Tensor,
        targets: Tensor,
        streams: Streams = NO_STREAMS,
        partners: Sequence[Streams] = (),
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Raw features (batch, channels, frames, bins), targets (batch, …, 1 + elements, classes) and streams
        (batch, time, dim), swapped.

        partners: of each swap but the first, the streams that were computed from the swapped clips. Where
        they are not there, nothing is swapped, and a warning says so.
        """
        if not self._swaps or not self._has_partners(partners):
            return raw, targets, dict(streams)
        raw, targets = raw.clone(), targets.clone()
        moved = {name: stream.clone() for name, stream in streams.items()}
        chosen = torch.randint(0, len(self._swaps), (len(raw),))
        for number, (swap, of_features) in enumerate(self._swaps):
            rows = (chosen == number).nonzero().flatten().to(raw.device)
            raw[rows], targets[rows] = of_features(raw[rows]), swap.targets(targets[rows])
            for name, stream in moved.items():
                stream[rows] = self._stream(name, swap, stream, rows, partners[number - 1 :][:1])
        return raw, targets, moved

    def hidden(self, features: Tensor) -> Tensor:
        """Standardised features with one stretch of bins and one of frames of each clip at 0."""
        return self._masking(features, torch.default_generator)

    def _stream(
        self, name: str, swap: Swap, stream: Tensor, rows: Tensor, partner: Sequence[Streams]
    ) -> Tensor:
        """Some rows of a stream as a swap makes them."""
        settings = self._embeddings[name]
        change = stream_change(settings, swap)
        if change == "computed":
            return partner[0][name][rows.cpu()].to(stream)
        kept = stream[rows]
        if change == "exact" and isinstance(settings, MirrorableEmbedding):
            return settings.mirror_stream(kept)
        return kept

    def _has_partners(self, partners: Sequence[Streams]) -> bool:
        lacking = {
            name for number, names in enumerate(self._computed) for name in names - _names(partners, number)
        }
        if lacking:
            rank_zero_warn(
                f"learns without channel swaps: the clips bring no swapped {', '.join(sorted(lacking))}"
            )
        return not lacking


def _names(partners: Sequence[Streams], number: int) -> set[str]:
    return set(partners[number]) if number < len(partners) else set()
