"""Channel swaps: exact transformations of a scene by exchanging channels and signs.

Stereo: left and right are exchanged. FOA: the eight rotations and reflections of the horizontal plane that
only exchange channels and change their signs (audio channel swapping, Wang et al., 2023); 360° video frames
are rotated and mirrored accordingly (AV-SELD, Berghi et al., ICASSP 2024).
"""

from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import numpy as np

from seldkit.annotations import Annotations
from seldkit.datasets.augmentation.pipeline import LabelledClip
from seldkit.geometry import wrap_azimuth
from seldkit.types import ImageArray

Array = TypeVar("Array", bound=Any)
"""A NumPy array or a PyTorch tensor; PyTorch is not imported for arrays."""

_SINE: Final = {0: 0, 90: 1, 180: 0, 270: -1}
_COSINE: Final = {0: 1, 90: 0, 180: -1, 270: 0}


@dataclass(frozen=True)
class Swap:
    """A channel swap: azimuth φ becomes ``turn + φ``, or ``turn - φ`` if mirrored.

    Attributes:
        mirrored: Whether left and right are exchanged.
        turn: Rotation to the left in degrees: 0, 90, 180 or 270. Stereo cannot be rotated.

    Raises:
        ValueError: If `turn` is not one of these.
    """

    mirrored: bool = False
    turn: int = 0

    def __post_init__(self) -> None:
        if self.turn not in _SINE:
            raise ValueError(f"expected a turn of 0, 90, 180 or 270 degrees, got {self.turn}")

    def clip(self, clip: LabelledClip) -> LabelledClip:
        """Swaps audio, labels and video frames.

        Args:
            clip: The clip.

        Returns:
            The swapped clip.

        Raises:
            ValueError: If the swap does not exist for the channels or the frames of the clip.
        """
        images = None if clip.images is None else self.images(clip.images)
        return replace(clip, audio=self.audio(clip.audio), labels=self.labels(clip.labels), images=images)

    def audio(self, audio: Array) -> Array:
        """Swaps audio.

        Args:
            audio: Stereo or FOA, a NumPy array or a PyTorch tensor. Shape ``(..., channels, samples)``.

        Returns:
            Swapped audio. Same type and shape.

        Raises:
            ValueError: If the audio is neither stereo nor FOA, or is stereo and the swap a rotation.
        """
        order, signs = self._channels(audio.shape[-2])
        swapped: Array = audio[..., order, :] * _array_like(audio, signs)[:, None]
        return swapped

    def labels(self, labels: Annotations) -> Annotations:
        """Swaps the azimuths of labels.

        Args:
            labels: Annotations.

        Returns:
            Annotations with new azimuths in degrees in [-180, 180]; the other columns are unchanged.
        """
        azimuth = self.turn + (-labels.azimuth if self.mirrored else labels.azimuth)
        return replace(labels, azimuth=np.asarray(wrap_azimuth(azimuth)))

    def images(self, images: ImageArray) -> ImageArray:
        """Swaps video frames.

        Args:
            images: RGB images, uint8; 360° frames if the swap is a rotation. Shape
                ``(..., height, width, 3)``.

        Returns:
            Swapped images. Same shape.

        Raises:
            ValueError: If the swap is a rotation and the images are no 360° frames.
        """
        mirrored = images[..., ::-1, :] if self.mirrored else images
        if not self.turn:
            return np.ascontiguousarray(mirrored)
        height, width = images.shape[-3:-1]
        if width != 2 * height or width % 4:
            raise ValueError(
                "expected 360° frames, twice as wide as high, with a width divisible by 4, "
                f"got {width}×{height}"
            )
        return np.roll(mirrored, -(width * self.turn) // 360, axis=-2)

    def targets(self, targets: Array, elements_before: int = 1) -> Array:
        """Swaps the x and y components of training targets.

        Args:
            targets: ADPIT targets of shape ``(..., 1 + elements, classes)``, or ACCDOA vectors of shape
                ``(..., elements, classes)``; a NumPy array or a PyTorch tensor.
            elements_before: Number of elements before x: 1 for ADPIT targets, 0 for ACCDOA vectors.

        Returns:
            Swapped targets. Same type and shape.
        """
        x, y = targets[..., elements_before, :], targets[..., elements_before + 1, :]
        sine, cosine, sign = _SINE[self.turn], _COSINE[self.turn], -1 if self.mirrored else 1
        swapped: Array = targets + 0
        swapped[..., elements_before, :] = cosine * x - sign * sine * y
        swapped[..., elements_before + 1, :] = sine * x + sign * cosine * y
        return swapped

    def _channels(self, count: int) -> tuple[list[int], list[int]]:
        """For each output channel, the input channel and its sign."""
        if count == 2:
            if self.turn:
                raise ValueError("stereo audio cannot be rotated; only left and right can be exchanged")
            return ([1, 0] if self.mirrored else [0, 1]), [1, 1]
        if count != 4:
            raise ValueError(f"expected stereo or FOA audio, got {count} channel(s)")
        sign = -1 if self.mirrored else 1
        sine, cosine = _SINE[self.turn], _COSINE[self.turn]
        if sine:  # Y and X are exchanged
            return [0, 3, 2, 1], [1, sine, 1, -sign * sine]
        return [0, 1, 2, 3], [1, sign * cosine, 1, cosine]


SWAPS: Final[dict[str, tuple[Swap, ...]]] = {
    "stereo": (Swap(), Swap(mirrored=True)),
    "foa": tuple(Swap(mirrored, turn) for mirrored in (False, True) for turn in _SINE),
}
"""Exact swaps by channel layout; the first one is the identity."""


def swaps_for(input: str) -> tuple[Swap, ...]:
    """Lists the exact channel swaps of a channel layout.

    Args:
        input: Name of the channel layout, such as "stereo" or "foa".

    Returns:
        The swaps, the first one of which is the identity; empty if the layout has none.
    """
    return SWAPS.get(input, ())


@dataclass(frozen=True)
class RandomSwap:
    """Applies one of all exact channel swaps of a clip, each with the same probability."""

    def __call__(self, clip: LabelledClip, rng: np.random.Generator) -> LabelledClip:
        """Applies a random swap. See `Augmentation`."""
        swaps = SWAPS["foa" if clip.is_foa else "stereo"]
        return swaps[int(rng.integers(len(swaps)))].clip(clip)


def _array_like(audio: Array, values: list[int]) -> Array:
    is_tensor = hasattr(audio, "new_tensor")
    array: Array = audio.new_tensor(values) if is_tensor else np.asarray(values, audio.dtype)  # type: ignore[assignment]
    return array
