"""Pictures that are seen worse."""

import numpy as np
import pytest

from seldkit.embeddings.image_degradation import OCCLUSION_GREY, Degradation
from seldkit.media import VideoFrame


def picture() -> np.ndarray:
    """Two halves, dark and light, with a fine pattern over both."""
    values = np.zeros((36, 64, 3), np.uint8)
    values[:, 32:] = 200
    values[::2, ::2] += 50
    return values


def seen(kind: str, strength: float, seed: int = 0, name: str = "clip", time: float = 0.0) -> np.ndarray:
    (frame,) = Degradation(kind, strength, seed).apply([VideoFrame(time, picture())], name)  # type: ignore[arg-type]
    assert frame.time == time
    assert (frame.image.shape, frame.image.dtype) == (picture().shape, np.uint8)
    return frame.image


@pytest.mark.parametrize(("kind", "strength"), [("blur", 0.05), ("darkness", 4.0), ("occlusion", 0.5)])
def test_one_seed_gives_one_picture(kind: str, strength: float) -> None:
    assert np.array_equal(seen(kind, strength), seen(kind, strength))
    assert not np.array_equal(seen(kind, strength), picture())


def test_blur_takes_detail_and_leaves_light() -> None:
    detail = [np.abs(np.diff(seen("blur", one).astype(float), axis=1)).sum() for one in (0.0, 0.02, 0.1)]
    assert detail[0] > detail[1] > detail[2]
    assert seen("blur", 0.1).mean() == pytest.approx(picture().mean(), abs=2.0)


def test_darkness_takes_light_by_the_stop() -> None:
    light = [(seen("darkness", stops)[:, 40:] / 255.0).mean() ** 2.2 for stops in (0.0, 1.0, 2.0)]
    assert light[1] / light[0] == pytest.approx(0.5, abs=0.03)
    assert light[2] / light[0] == pytest.approx(0.25, abs=0.03)
    assert not np.array_equal(seen("darkness", 4.0), seen("darkness", 4.0, time=0.5))


@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_occlusion_hides_its_share(share: float) -> None:
    hidden = (seen("occlusion", share) == OCCLUSION_GREY).all(axis=2)
    assert hidden.mean() == pytest.approx(share, abs=0.02)
    assert np.array_equal(seen("occlusion", share)[~hidden], picture()[~hidden])


def test_more_occlusion_hides_what_less_hid_and_more() -> None:
    less, more = ((seen("occlusion", share, seed=3) == OCCLUSION_GREY).all(axis=2) for share in (0.25, 0.5))
    assert (more | ~less).all()


def test_an_occlusion_stays_within_a_clip_and_moves_between_clips() -> None:
    assert np.array_equal(seen("occlusion", 0.25), seen("occlusion", 0.25, time=3.0))
    assert not np.array_equal(seen("occlusion", 0.25), seen("occlusion", 0.25, name="other"))
    assert not np.array_equal(seen("occlusion", 0.25), seen("occlusion", 0.25, seed=1))


def test_taken_away_is_black() -> None:
    assert not seen("none", 1.0).any()


@pytest.mark.parametrize(
    ("kind", "strength", "words"),
    [
        ("fog", 1.0, "expected one of blur"),
        ("occlusion", 1.1, "from 0 to 1"),
        ("blur", float("nan"), "strength of blur"),
    ],
)
def test_what_is_none_is_refused(kind: str, strength: float, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Degradation(kind, strength)  # type: ignore[arg-type]
