"""Degradation of video frames."""

import numpy as np
import pytest

from seldkit.embeddings.image_degradation import OCCLUSION_GREY, Degradation
from seldkit.media import VideoFrame


def image() -> np.ndarray:
    """A dark and a light half with a fine pattern."""
    values = np.zeros((36, 64, 3), np.uint8)
    values[:, 32:] = 200
    values[::2, ::2] += 50
    return values


def degraded(kind: str, strength: float, seed: int = 0, name: str = "clip", time: float = 0.0) -> np.ndarray:
    (frame,) = Degradation(kind, strength, seed).apply([VideoFrame(time, image())], name)  # type: ignore[arg-type]
    assert frame.time == time
    assert (frame.image.shape, frame.image.dtype) == (image().shape, np.uint8)
    return frame.image


@pytest.mark.parametrize(("kind", "strength"), [("blur", 0.05), ("darkness", 4.0), ("occlusion", 0.5)])
def test_the_same_seed_gives_the_same_image(kind: str, strength: float) -> None:
    assert np.array_equal(degraded(kind, strength), degraded(kind, strength))
    assert not np.array_equal(degraded(kind, strength), image())


def test_blur_removes_detail_but_not_light() -> None:
    detail = [np.abs(np.diff(degraded("blur", one).astype(float), axis=1)).sum() for one in (0.0, 0.02, 0.1)]
    assert detail[0] > detail[1] > detail[2]
    assert degraded("blur", 0.1).mean() == pytest.approx(image().mean(), abs=2.0)


def test_darkness_halves_light_per_stop() -> None:
    light = [(degraded("darkness", stops)[:, 40:] / 255.0).mean() ** 2.2 for stops in (0.0, 1.0, 2.0)]
    assert light[1] / light[0] == pytest.approx(0.5, abs=0.03)
    assert light[2] / light[0] == pytest.approx(0.25, abs=0.03)
    assert not np.array_equal(degraded("darkness", 4.0), degraded("darkness", 4.0, time=0.5))


@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_occlusion_covers_its_fraction(share: float) -> None:
    hidden = (degraded("occlusion", share) == OCCLUSION_GREY).all(axis=2)
    assert hidden.mean() == pytest.approx(share, abs=0.02)
    assert np.array_equal(degraded("occlusion", share)[~hidden], image()[~hidden])


def test_a_larger_occlusion_includes_a_smaller_one() -> None:
    less, more = (
        (degraded("occlusion", share, seed=3) == OCCLUSION_GREY).all(axis=2) for share in (0.25, 0.5)
    )
    assert (more | ~less).all()


def test_an_occlusion_is_constant_within_a_clip_only() -> None:
    assert np.array_equal(degraded("occlusion", 0.25), degraded("occlusion", 0.25, time=3.0))
    assert not np.array_equal(degraded("occlusion", 0.25), degraded("occlusion", 0.25, name="other"))
    assert not np.array_equal(degraded("occlusion", 0.25), degraded("occlusion", 0.25, seed=1))


def test_removed_images_are_black() -> None:
    assert not degraded("none", 1.0).any()


@pytest.mark.parametrize(
    ("kind", "strength", "words"),
    [
        ("fog", 1.0, "expected one of blur"),
        ("occlusion", 1.1, "from 0 to 1"),
        ("blur", float("nan"), "strength of blur"),
    ],
)
def test_invalid_degradations_are_rejected(kind: str, strength: float, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Degradation(kind, strength)  # type: ignore[arg-type]
