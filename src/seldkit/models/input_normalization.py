"""Mean and deviation of a model's features from recordings like those that it will hear."""

from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

import torch
from torch import Tensor

from seldkit.channels import FOA
from seldkit.features import FeatureStack
from seldkit.media import AudioReader

BLOCK_SECONDS = 5.0


def fit_to_recordings(stack: FeatureStack, paths: Iterable[str | Path]) -> None:
    """Standardise the features of four-channel sound by these files.

    First-order ambisonics count in all 16 ways in which they can be turned by quarters and mirrored, left to
    right and top to bottom. A few recordings say where their own sources were, and the mean of their
    intensity vectors, taken off, would take that direction away from what the model hears. Raises MediaError.
    """
    stack.fit_standardisation(_raw(stack, paths))


@torch.inference_mode()
def _raw(stack: FeatureStack, paths: Iterable[str | Path]) -> Iterator[Tensor]:
    """Raw features, (ways, channels, frames, bins), block by block."""
    ways = _ways() if stack.config.layout == FOA else torch.eye(4)[None]
    for path in paths:
        with AudioReader(path, stack.config.sample_rate, stack.config.layout, BLOCK_SECONDS) as reader:
            for block in reader:
                yield stack.extract_raw(ways @ torch.from_numpy(block))


def _ways() -> Tensor:
    """Exchanges of Y and X with all changes of sign of Y, Z and X, as matrices on W Y Z X: (16, 4, 4)."""
    orders = ([0, 1, 2, 3], [0, 3, 2, 1])
    signs = torch.tensor(list(product([1.0], [1.0, -1.0], [1.0, -1.0], [1.0, -1.0])))
    return torch.cat([torch.eye(4)[order] * signs[:, :, None] for order in orders])
