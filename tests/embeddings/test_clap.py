"""CLAP, with a small model with random weights."""

from pathlib import Path

import numpy as np
import pytest
import torch

from embeddings.encoders import SAMPLE_RATE, noise, save_clap
from seldkit.embeddings import ClapSettings
from seldkit.errors import ModelError


@pytest.fixture(scope="module")
def clap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_clap(tmp_path_factory.mktemp("clap"))


def test_tokens_are_the_cells_of_the_last_layer_without_the_repetition(clap: Path) -> None:
    import soxr
    from transformers import ClapAudioModelWithProjection, ClapFeatureExtractor

    sound = noise(5.0)
    found = ClapSettings(model=str(clap), dim=32, tokens="bands").load().encode(sound, SAMPLE_RATE)
    mono = soxr.resample(sound[0].mean(axis=0), SAMPLE_RATE, 48000, quality="HQ")
    processor = ClapFeatureExtractor.from_pretrained(clap)
    inputs = processor(np.concatenate([mono, mono]), sampling_rate=48000, return_tensors="pt")
    with torch.no_grad():
        output = ClapAudioModelWithProjection.from_pretrained(clap).eval()(**inputs, return_dict=True)
    cells = output.last_hidden_state if hasattr(output, "last_hidden_state") else output[1]
    assert cells.shape == (1, 32, 2, 32)
    expected = cells[0, :, :, :16].permute(1, 2, 0).reshape(32, 32)
    torch.testing.assert_close(found[0], expected, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize(("seconds", "tokens"), [(0.1, 1), (1.0, 4), (5.0, 16), (10.0, 32), (12.0, 39)])
def test_there_are_3_2_tokens_per_second(clap: Path, seconds: float, tokens: int) -> None:
    found = ClapSettings(model=str(clap), dim=32).load().encode(noise(seconds, batch=2), SAMPLE_RATE)
    assert found.shape == (2, tokens, 32)
    assert found.isfinite().all()


def test_the_selected_channel_is_encoded(clap: Path) -> None:
    sound = noise(1.0)
    only = {side: np.zeros_like(sound) for side in ("left", "right")}
    only["left"][:, 0], only["right"][:, 1] = sound[:, 0], sound[:, 1]
    for channel, one in only.items():
        encoder = ClapSettings(model=str(clap), dim=32, channel=channel).load()
        torch.testing.assert_close(encoder.encode(one, SAMPLE_RATE), encoder.encode(sound, SAMPLE_RATE))
    mid = ClapSettings(model=str(clap), dim=32).load()
    torch.testing.assert_close(mid.encode(sound[:, ::-1], SAMPLE_RATE), mid.encode(sound, SAMPLE_RATE))


def test_mid_of_ambisonics_is_the_omnidirectional_channel(clap: Path) -> None:
    foa, encoder = noise(1.0, channels=4), ClapSettings(model=str(clap), dim=32).load()
    torch.testing.assert_close(encoder.encode(foa, SAMPLE_RATE), encoder.encode(foa[:, :1], SAMPLE_RATE))


def test_items_of_a_batch_are_independent(clap: Path) -> None:
    sound, encoder = noise(1.0, batch=9), ClapSettings(model=str(clap), dim=32, tokens="whole").load()
    alone = torch.cat([encoder.encode(one[None], SAMPLE_RATE) for one in sound])
    torch.testing.assert_close(encoder.encode(sound, SAMPLE_RATE), alone, atol=1e-5, rtol=1e-4)


def test_weights_are_frozen(clap: Path) -> None:
    encoder = ClapSettings(model=str(clap), dim=32).load()
    assert not any(parameter.requires_grad for parameter in encoder._model.parameters())
    assert not encoder.encode(noise(1.0), SAMPLE_RATE).requires_grad


def test_a_wrong_token_size_is_reported(clap: Path) -> None:
    message = "has 32 values per token, but the settings state dim: 768; set dim: 32"
    with pytest.raises(ModelError, match=message):
        ClapSettings(model=str(clap)).load()


def test_half_precision_gives_float32_tokens(clap: Path) -> None:
    """Emulates a GPU on the CPU."""
    encoder = ClapSettings(model=str(clap), dim=32).load()
    single = encoder.encode(noise(1.0), SAMPLE_RATE)
    encoder._model.half()
    torch.testing.assert_close(encoder.encode(noise(1.0), SAMPLE_RATE), single, atol=5e-2, rtol=5e-2)
