"""Left-right equivariant models, with random weights."""

from typing import Any

import numpy as np
import pytest
import torch

from seldkit.errors import ModelError
from seldkit.geometry import wrap_azimuth
from seldkit.models import Ensemble, ModelConfig, SeldModel
from seldkit.models.symmetry import symmetric_mean

VALUES: dict[str, Any] = {
    "name": "tiny",
    "classes": ["knock", "bell", "door"],
    "elements": ["x", "y", "distance", "onscreen"],
    "features": {
        "grid": {"sample_rate": 24000, "window": 1600, "hop": 800, "n_fft": 2048, "mels": 16},
        "parts": [
            {"name": "log-mel"},
            {"name": "level-difference"},
            {"name": "short-term-autocorrelation"},
        ],
        "standardise": True,
    },
    "encoder": {"name": "convolutional", "filters": 4, "time_pools": [3, 1, 1], "bin_pools": [4, 2, 2]},
    "symmetric": True,
    "window_frames": 20,
}
STREAMS = {
    "tagger": {"embedding": "yamnet"},
    "eyes": {"embedding": "efficientnet-lite", "columns": 4, "rows": 2},
    "wide": {"embedding": "efficientnet-lite", "columns": 6, "joined": True},
    "left": {"embedding": "yamnet", "channel": "left"},
    "right": {"embedding": "yamnet", "channel": "right"},
}


def model(**changes: Any) -> SeldModel:
    torch.manual_seed(0)
    made = SeldModel(ModelConfig.parse(VALUES | changes, "tiny")).eval()
    if made.config.features.standardise:
        made.features.mean.normal_()
        made.features.deviation.uniform_(0.5, 2.0)
    with torch.no_grad():
        for parameter in made.head.parameters():
            parameter.mul_(4.0)  # vectors of different lengths
    return made


def mirror_audio(audio: torch.Tensor) -> torch.Tensor:
    if audio.shape[1] == 2:
        return audio.flip(1)
    return audio * torch.tensor([1.0, -1.0, 1.0, 1.0])[:, None]


def noise(channels: int = 2, batch: int = 2) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    levels = torch.tensor([0.3, 0.1, 0.2, 0.05])[:channels, None]
    return levels * torch.randn(batch, channels, 48000, generator=generator)


def assert_mirrored(one: SeldModel | Ensemble, straight: torch.Tensor, mirrored: torch.Tensor) -> None:
    """Outputs and decoded annotations are mirror images of each other."""
    back = mirrored.clone()
    back[..., 1, :] *= -1
    torch.testing.assert_close(back, straight, atol=1e-5, rtol=1e-4)
    for ours, theirs in zip(one.decode(straight, 0.2), one.decode(mirrored, 0.2), strict=True):
        assert len(ours) == len(theirs) > 0
        assert np.abs(wrap_azimuth(ours.azimuth + theirs.azimuth)).max() < 0.05
        assert (ours.class_id == theirs.class_id).all()
        assert (ours.onscreen == theirs.onscreen).all()


@torch.inference_mode()
def test_exchanged_channels_give_the_mirrored_output() -> None:
    symmetric, plain = model(), model(symmetric=False)
    sound = noise()
    assert_mirrored(symmetric, symmetric.predict(sound), symmetric.predict(mirror_audio(sound)))
    one, other = plain.predict(sound), plain.predict(mirror_audio(sound))
    assert (one[..., 1, :] + other[..., 1, :]).abs().max() > 0.1


@torch.inference_mode()
def test_streams_of_audio_and_images_are_mirrored() -> None:
    symmetric = model(streams=STREAMS, fusion={"name": "bidirectional-gru", "size": 8, "layers": 1})
    generator = torch.Generator().manual_seed(2)

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(2, *shape, generator=generator)

    streams = {
        "tagger": random(4, 1024),
        "eyes": random(2 * 8, 1280),
        "wide": random(3, 6 * 1280),
        "left": random(4, 1024),
        "right": random(4, 1024),
    }
    mirrored_inputs = streams | {
        "eyes": streams["eyes"].reshape(2, 2, 2, 4, 1280).flip(3).reshape(2, 16, 1280),
        "wide": streams["wide"].reshape(2, 3, 6, 1280).flip(2).reshape(2, 3, 6 * 1280),
        "left": streams["right"],
        "right": streams["left"],
    }
    sound = noise()
    output = symmetric.predict(sound, streams)
    assert_mirrored(symmetric, output, symmetric.predict(mirror_audio(sound), mirrored_inputs))
    assert (output - symmetric.predict(sound, mirrored_inputs)).abs().max() > 1e-3


@torch.inference_mode()
def test_ambisonics_are_mirrored() -> None:
    features = VALUES["features"] | {
        "input": "foa",
        "parts": [{"name": "log-mel"}, {"name": "intensity-vector"}],
    }
    symmetric = model(features=features, elements=["x", "y", "z", "onscreen"])
    sound = noise(4)
    assert_mirrored(symmetric, symmetric.predict(sound), symmetric.predict(mirror_audio(sound)))


@torch.inference_mode()
def test_an_ensemble_of_symmetric_models_is_symmetric() -> None:
    torch.manual_seed(3)
    both = Ensemble([model(), SeldModel(ModelConfig.parse(VALUES, "tiny")).eval()])
    sound = noise()
    assert_mirrored(both, both.predict(sound), both.predict(mirror_audio(sound)))


def test_training_does_not_average() -> None:
    symmetric, plain = model().train(), model(symmetric=False).train()
    features = symmetric.features(noise())
    torch.manual_seed(4)
    one = symmetric(features)
    torch.manual_seed(4)
    assert torch.equal(one, plain(features))


def test_the_order_of_outputs_does_not_matter() -> None:
    generator = torch.Generator().manual_seed(5)
    one, other = (torch.randn(2, 9, 3, 4, 5, generator=generator) for _ in range(2))
    mean = symmetric_mean(one, other, 2)
    torch.testing.assert_close(symmetric_mean(other, one, 2), mean)
    shuffled = symmetric_mean(one[:, :, [2, 0, 1]], other[:, :, [1, 0, 2]], 2)
    torch.testing.assert_close(shuffled, mean)
    torch.testing.assert_close(symmetric_mean(one, one[:, :, [1, 2, 0]], 2).sum(2), one.sum(2))


def test_the_configuration_contains_symmetric_only_if_it_is_true() -> None:
    assert "symmetric: true" in model().config.yaml()
    assert "symmetric" not in model(symmetric=False).config.yaml()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"features": VALUES["features"] | {"input": "mic", "parts": [{"name": "log-mel"}]}},
            "mic audio",
        ),
        (
            {"features": VALUES["features"] | {"parts": [{"name": "cross-correlation"}]}},
            "feature channel 0 of the transformed audio",
        ),
        ({"streams": {"map": 49}}, r"stream\(s\) map cannot be mirrored"),
        ({"streams": {"ear": {"embedding": "yamnet", "channel": "left"}}}, r"stream\(s\) ear cannot"),
    ],
)
def test_models_that_cannot_be_mirrored_are_an_error(changes: dict[str, Any], message: str) -> None:
    fusion = {"name": "bidirectional-gru", "size": 8, "layers": 1}
    with pytest.raises(ModelError, match=message) as error:
        model(fusion=fusion, **changes)
    assert "'tiny': symmetric:" in str(error.value)
    assert "\n" not in str(error.value)
