"""Encoders with real weights, if available."""

import numpy as np
import pytest
import torch

from paths import SHARED, needs_shared
from seldkit.embeddings import EfficientNetLiteSettings, YamnetSettings
from seldkit.embeddings.yamnet import YamnetEncoder
from seldkit.errors import ModelError
from seldkit.media import read_audio

CLASSES = ("telephone", "clapping", "knock", "water_tap", "footsteps")


@pytest.fixture(scope="module")
def yamnet() -> YamnetEncoder:
    pytest.importorskip("onnx")
    try:
        return YamnetSettings().load()
    except ModelError:
        pytest.skip("no YAMNet on this machine")


def sounds(count: int) -> list[tuple[int, np.ndarray]]:
    """(class, two seconds of sound) of isolated recordings."""
    found = []
    for number, name in enumerate(CLASSES):
        paths = sorted(path for path in (SHARED / "data/sounds" / name).rglob("*.*") if path.suffix != ".csv")
        for path in paths[:count]:
            sound = read_audio(path)[0]
            found.append(
                (number, np.resize(sound, (2, 48000)) if sound.shape[1] < 48000 else sound[:, :48000])
            )
    return found


@needs_shared
def test_yamnet_tokens_of_one_class_are_similar(yamnet: YamnetEncoder) -> None:
    """The most similar other recording has the same class far more often than by chance (0.2)."""
    given = sounds(8)
    classes = np.array([number for number, _ in given])
    tokens = yamnet.encode(np.stack([sound for _, sound in given]), 24000)
    assert tokens.shape == (len(given), 4, 1024)
    vectors = torch.nn.functional.normalize(tokens.mean(dim=1), dim=1).numpy()
    alike = vectors @ vectors.T - 2 * np.eye(len(vectors))
    assert (classes[alike.argmax(axis=1)] == classes).mean() > 0.6


def test_yamnet_tokens_follow_the_audio(yamnet: YamnetEncoder) -> None:
    rng = np.random.default_rng(0)
    sound = np.zeros((1, 2, 120000), np.float32)
    sound[:, :, 60000:] = rng.normal(0, 0.1, (1, 2, 60000))
    tokens = yamnet.encode(sound, 24000)[0]
    assert tokens.shape == (10, 1024)
    quiet, loud = tokens[:4], tokens[6:]
    assert (quiet - quiet[0]).norm() < 0.5 * (loud.mean(0) - quiet.mean(0)).norm()
    assert yamnet.encode(sound[:, :, :100], 24000).shape == (1, 1, 1024)


@needs_shared
def test_efficientnet_tokens_of_a_mirrored_photograph_are_similar() -> None:
    Image = pytest.importorskip("PIL.Image")
    try:
        encoder = EfficientNetLiteSettings().load()
    except ModelError:
        pytest.skip("no EfficientNet-Lite on this machine")
    paths = sorted((SHARED / "data/images/coco128/images").rglob("*.jpg"))[:12]
    images = [np.asarray(Image.open(path).convert("RGB")) for path in paths]

    def vectors(shown: list[np.ndarray]) -> np.ndarray:
        tokens = encoder.encode(np.stack([encoder.preprocess(one) for one in shown]))[:, 0]
        return torch.nn.functional.normalize(tokens, dim=1).numpy()

    alike = vectors(images) @ vectors([np.ascontiguousarray(one[:, ::-1]) for one in images]).T
    np.testing.assert_array_equal(alike.argmax(axis=1), np.arange(12))
