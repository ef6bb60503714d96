"""Array and callback types that all packages share."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""Float64 array of any shape."""

Floats32 = NDArray[np.float32]
"""Float32 array of any shape, other than audio samples."""

Integers = NDArray[np.int64]
"""Int64 array of any shape."""

Flags = NDArray[np.bool_]
"""Boolean array of any shape."""

Samples = NDArray[np.float32]
"""Audio samples in [-1, 1], usually of shape ``(channels, samples)``."""

ImageArray = NDArray[np.uint8]
"""RGB image or images, shape ``(..., height, width, 3)``; RGBA images have four channels."""

SecondsProgress = Callable[[float], None]
"""Progress callback; its argument is the length of the processed audio or video in seconds."""

CountProgress = Callable[[int, int | None], None]
"""Progress callback; its arguments are the number of finished items and of all items, None if unknown."""

NamedProgress = Callable[[str, int, int | None], None]
"""Progress callback; its arguments are a file's or dataset's name and those of `CountProgress`."""
