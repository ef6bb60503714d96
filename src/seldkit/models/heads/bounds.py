"""The ranges of what a track says."""

import torch
from torch import Tensor


def bound(element: str, values: Tensor) -> Tensor:
    """x y z within ±1 (tanh), distance from 0 (ReLU), on-screen as a probability (logistic function)."""
    if element == "distance":
        return torch.relu(values)
    if element == "onscreen":
        return torch.sigmoid(values)
    return torch.tanh(values)
