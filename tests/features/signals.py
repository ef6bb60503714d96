"""Audio for the tests of features."""

import numpy as np
import torch
from torch import Tensor

from seldkit.geometry import unit_vector


def noise(channels: int, samples: int = 12000, batch: int = 1, seed: int = 0) -> Tensor:
    return 0.1 * torch.randn(batch, channels, samples, generator=torch.Generator().manual_seed(seed))


def plane_wave(azimuth: float, elevation: float = 0.0) -> np.ndarray:
    signal = 0.1 * np.random.default_rng(1).normal(size=24000)
    x, y, z = unit_vector(azimuth, elevation)
    return np.stack([signal, y * signal, z * signal, x * signal])
