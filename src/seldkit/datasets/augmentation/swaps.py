"""Channel swaps: another scene that the same microphones would have recorded, exactly.

Stereo: left and right exchanged. FOA: the eight turns and mirrorings of the horizontal plane that only
exchange channels and change their signs (audio channel swapping, Wang et al. 2023); with the 360° pictures
turned and mirrored along (AV-SELD, Berghi et al., ICASSP 2024).
"""

from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import numpy as np

from seldkit.annotations import Annotations
from seldkit.datasets.augmentation.pipeline import LabelledClip
from seldkit.geometry import wrap_azimuth
from seldkit.types import ImageArray

Array = TypeVar("Array", bound=Any)
"""A NumPy array or a PyTorch tensor."""

_SINE: Final = {0: 0, 90: 1, 180: 0, 270: -1}
_COSINE: Final = {0: 1, 90: 0, 180: -1, 270: 0}


@dataclass(frozen=True)
class Swap:
    """A source at azimuth φ comes to be at `turn` + φ, or at `turn` − φ where `mirrored`.

    turn: 0, 90, 180 or 270 degrees to the left; 0 for stereo.
    """

    mirrored: bool = False
    turn: int = 0

    def __post_init__(self) -> None:
        if self.turn not in _SINE:
            raise ValueError(f"expected a turn of 0, 90, 180 or 270 degrees, got {self.turn}")

    def clip(self, clip: LabelledClip) -> LabelledClip:
        """Sound, labels and pictures, swapped."""
        pictures = None if clip.pictures is None else self.pictures(clip.pictures)
        return replace(clip, sound=self.sound(clip.sound), labels=self.labels(clip.labels), pictures=pictures)

    def sound(self, sound: Array) -> Array:
        """Sound (…, channels, samples), stereo or FOA, a NumPy array or a PyTorch tensor."""
        order, signs = self._channels(sound.shape[-2])
        swapped: Array = sound[..., order, :] * _like(sound, signs)[:, None]
        return swapped

    def labels(self, labels: Annotations) -> Annotations:
        """Azimuths, −180 to 180 degrees; everything else stays."""
        azimuth = self.turn + (-labels.azimuth if self.mirrored else labels.azimuth)
        return replace(labels, azimuth=np.asarray(wrap_azimuth(azimuth)))

    def pictures(self, pictures: ImageArray) -> ImageArray:
        """Pictures (…, height, width, 3): perspective ones, or 360° frames where turned."""
        shown = pictures[..., ::-1, :] if self.mirrored else pictures
        if not self.turn:
            return np.ascontiguousarray(shown)
        height, width = pictures.shape[-3:-1]
        if width != 2 * height or width % 4:
            raise ValueError(
                f"expected 360° frames, twice as wide as high, in four whole quarters, got {width}×{height}"
            )
        return np.roll(shown, -(width * self.turn) // 360, axis=-2)

    def targets(self, targets: Array, elements_before: int = 1) -> Array:
        """ADPIT targets (…, 1 + elements, classes), or ACCDOA tensors (…, elements, classes) where
        `elements_before` is 0: x and y, NumPy or PyTorch, are those of the new azimuths."""
        x, y = targets[..., elements_before, :], targets[..., elements_before + 1, :]
        sine, cosine, side = _SINE[self.turn], _COSINE[self.turn], -1 if self.mirrored else 1
        swapped: Array = targets + 0
        swapped[..., elements_before, :] = cosine * x - side * sine * y
        swapped[..., elements_before + 1, :] = sine * x + side * cosine * y
        return swapped

    def _channels(self, count: int) -> tuple[list[int], list[int]]:
        """The channel that each new one is made of, and its sign."""
        if count == 2:
            if self.turn:
                raise ValueError("stereo sound cannot be turned; only left and right can be exchanged")
            return ([1, 0] if self.mirrored else [0, 1]), [1, 1]
        if count != 4:
            raise ValueError(f"expected stereo or FOA sound, got {count} channel(s)")
        side = -1 if self.mirrored else 1
        sine, cosine = _SINE[self.turn], _COSINE[self.turn]
        if sine:  # Y of X and X of Y
            return [0, 3, 2, 1], [1, sine, 1, -side * sine]
        return [0, 1, 2, 3], [1, side * cosine, 1, cosine]


SWAPS: Final[dict[str, tuple[Swap, ...]]] = {
    "stereo": (Swap(), Swap(mirrored=True)),
    "foa": tuple(Swap(mirrored, turn) for mirrored in (False, True) for turn in _SINE),
}
"""All exact swaps of a kind of sound, the first of which changes nothing."""


@dataclass(frozen=True)
class RandomSwap:
    """One of all exact swaps of a clip's sound, each as likely as the others."""

    def __call__(self, clip: LabelledClip, rng: np.random.Generator) -> LabelledClip:
        swaps = SWAPS["foa" if clip.is_foa else "stereo"]
        return swaps[int(rng.integers(len(swaps)))].clip(clip)


def _like(sound: Any, signs: list[int]) -> Any:
    return sound.new_tensor(signs) if hasattr(sound, "new_tensor") else np.asarray(signs, sound.dtype)
