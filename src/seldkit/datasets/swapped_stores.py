"""Stores of the streams of swapped clips, beside the store of the clips as they are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seldkit.datasets.augmentation.stream_swaps import computed_streams, swaps_of
from seldkit.datasets.augmentation.swaps import Swap
from seldkit.datasets.clip_index import ClipIndex
from seldkit.datasets.preparation import Prepared, prepare
from seldkit.datasets.store import FeatureStore
from seldkit.models import ModelConfig


def prepare_swapped(
    index: ClipIndex, config: ModelConfig, output: str | Path, **options: Any
) -> Iterator[tuple[Swap, Prepared | None]]:
    """For each swap of the sound without the first, which changes nothing: the store of the streams that have
    to be computed from swapped clips, or None where there are no such.

    Stereo has one swap, FOA seven, the encoders' work as often again. options: of `preparation.prepare`,
    which this is otherwise: each swap has a folder of its own in `output`, whole or taken up again. Raises
    DatasetError.
    """
    for swap in swaps_of(config.features.input)[1:]:
        if computed_streams(config.embeddings, swap):
            yield swap, prepare(index, config, output, swap=swap, **options)
        else:
            yield swap, None


def with_swapped(store: FeatureStore, index: ClipIndex, config: ModelConfig, **options: Any) -> FeatureStore:
    """The store of a data set with its clips' swapped streams, prepared beside it where they are not yet."""
    output = store.folder.parent
    options = {"hop_frames": store.settings.hop_frames, "precision": store.settings.precision, **options}
    done = [prepared for _, prepared in prepare_swapped(index, config, output, **options)]
    return store.with_swapped([None if one is None else FeatureStore(one.folder) for one in done])
