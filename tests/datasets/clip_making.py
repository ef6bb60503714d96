"""Clips with known directions of sources and markers in images."""

import numpy as np
from numpy.typing import NDArray

from seldkit.annotations import Annotations
from seldkit.datasets.augmentation import LabelledClip
from seldkit.geometry import foa_to_stereo, unit_vector
from seldkit.media.equirectangular import direction_to_frame_pixel, frame_pixel_to_direction

SIZE = (360, 180)


def labels(
    azimuth: float, elevation: float | None = None, frames: int = 5, class_id: int = 3, source: int = 1
) -> Annotations:
    """One source in every frame."""
    return Annotations(
        np.arange(frames),
        np.full(frames, class_id),
        np.full(frames, source),
        np.full(frames, azimuth),
        np.full(frames, 2.0),
        frames,
        elevation=None if elevation is None else np.full(frames, elevation),
        onscreen=np.full(frames, abs(azimuth) < 50),
    )


def foa(azimuth: float, elevation: float, frames: int = 5, seed: int = 0) -> NDArray[np.float32]:
    """A plane wave of noise, ACN order W Y Z X, SN3D."""
    wave = 0.1 * np.random.default_rng(seed).standard_normal(frames * 2400)
    x, y, z = unit_vector(azimuth, elevation)
    return (np.array([1.0, y, z, x])[:, None] * wave).astype(np.float32)


def foa_clip(azimuth: float, elevation: float = 0.0) -> LabelledClip:
    """A plane wave, its label, and 360° frames with a white marker at its direction."""
    frames = np.zeros((2, SIZE[1], SIZE[0], 3), np.uint8)
    x, y = direction_to_frame_pixel(azimuth, elevation, SIZE)
    frames[:, round(float(y)) % SIZE[1], round(float(x)) % SIZE[0]] = 255
    return LabelledClip(foa(azimuth, elevation), labels(azimuth, elevation), frames)


def stereo_clip(azimuth: float) -> LabelledClip:
    """Stereo of a plane wave, its label, and perspective images with a marker at column 40 of 64."""
    images = np.zeros((2, 36, 64, 3), np.uint8)
    images[:, 10, 40] = 255
    return LabelledClip(foa_to_stereo(foa(azimuth, 0.0)), labels(azimuth), images)


def measured_direction(audio: NDArray[np.float32]) -> tuple[float, float]:
    """Azimuth and elevation of FOA audio, by its intensity."""
    w, y, z, x = audio.astype(np.float64)
    flow = np.array([w @ x, w @ y, w @ z])
    azimuth = np.rad2deg(np.arctan2(flow[1], flow[0]))
    return float(azimuth), float(np.rad2deg(np.arctan2(flow[2], np.hypot(flow[0], flow[1]))))


def measured_side(audio: NDArray[np.float32]) -> float:
    """sin(azimuth) of a source in stereo L = W + Y, R = W − Y, by the channels' correlation with the mid."""
    left, right = audio.astype(np.float64)
    return float((left - right) @ (left + right) / ((left + right) @ (left + right)))


def marker_direction(image: NDArray[np.uint8]) -> tuple[float, float]:
    """Azimuth and elevation of the white marker in a 360° frame."""
    row, column = np.argwhere(image[..., 0] == 255)[0]
    azimuth, elevation = frame_pixel_to_direction(column, row, (image.shape[1], image.shape[0]))
    return float(azimuth), float(elevation)
