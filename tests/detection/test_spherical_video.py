"""Detection with spherical video and with a stated field of view."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from detection.test_stream_inputs import config, detector, model, weights  # noqa: F401
from media.making import Sound, Video, make_media, noise
from media.spatial import make_spherical
from seldkit.detection.stream_inputs import front_view
from seldkit.errors import SeldkitError
from seldkit.media import probe
from seldkit.models.onscreen_attention import OnscreenAttention, OnscreenAttentionSettings

VIDEO = Video([np.full((64, 128, 3), 90, np.uint8)] * 20, [k / 10 for k in range(20)], rate=10)
SOUND = Sound(noise(2.0), codec="aac")


@pytest.fixture(scope="module")
def spherical(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_spherical(tmp_path_factory.mktemp("spherical") / "clip.mp4", None, SOUND, VIDEO)


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ordinary") / "clip.mp4"
    make_media(path, SOUND, VIDEO)
    return path


def test_the_model_receives_the_view_in_front(detector: Any, spherical: Path) -> None:  # noqa: F811
    with detector.video_frames(spherical) as frames:
        assert next(frames).image.shape == (360, 640, 3)
    scene = detector.detect(spherical)
    assert any("spherical video (360° equirectangular): detection uses" in note for note in scene.notes)
    assert scene.recording.field_of_view == 360.0


def test_ordinary_video_states_the_assumed_angle(detector: Any, ordinary: Path) -> None:  # noqa: F811
    with detector.video_frames(ordinary) as frames:
        assert next(frames).image.shape == (64, 128, 3)
    scene = detector.detect(ordinary)
    assert "video: a field of view of 100° is assumed, see --field-of-view" in scene.notes
    stated = detector.detect(ordinary, field_of_view=70.0)
    assert not any("field of view" in note for note in stated.notes)
    assert stated.recording.field_of_view == 70.0


def test_a_stated_panorama_is_used_like_a_declared_one(ordinary: Path) -> None:
    info = probe(ordinary).video
    assert info is not None
    assert front_view(info) is front_view(info, 70.0) is None
    assert front_view(info, 360.0) is not None


def test_unknown_angles_are_refused(detector: Any, ordinary: Path) -> None:  # noqa: F811
    with pytest.raises(SeldkitError, match="field of view between 0 and 180 degrees"):
        detector.detect(ordinary, field_of_view=200.0)


def test_the_attention_uses_the_stated_angle() -> None:
    torch.manual_seed(0)
    settings = OnscreenAttentionSettings(stream="map", tiles=4)
    attention = OnscreenAttention(settings, width=16, classes=3, skip_rate=0.0).eval()
    output, images = torch.randn(1, 10, 3, 4, 3), torch.randn(1, 5, 16)
    before = attention(output, images)
    attention.field_of_view = 60.0
    assert not torch.equal(attention(output, images), before)
