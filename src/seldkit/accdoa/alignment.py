"""Tracks of several answers to one sound, brought into one order."""

from itertools import permutations

import torch
from torch import Tensor


def align_tracks(output: Tensor, reference: Tensor) -> Tensor:
    """`output` with its tracks, in each frame and class, in the order that lies nearest to `reference`.

    Both (…, frames, tracks, elements, classes). ADPIT leaves the order of tracks free, so that two models,
    or one in two windows, may number the same sources differently.
    """
    orders = torch.tensor(list(permutations(range(output.shape[-3]))), device=output.device)
    candidates = output[..., orders, :, :]  # (…, frames, orders, tracks, elements, classes)
    distances = (
        (candidates - reference.unsqueeze(-4)).square().sum(dim=(-3, -2))
    )  # (…, frames, orders, classes)
    best = orders[distances.argmin(dim=-2)]  # (…, frames, classes, tracks)
    index = best.movedim(-1, -2).unsqueeze(-2).expand_as(output)
    return output.gather(-3, index)
