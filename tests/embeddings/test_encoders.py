"""Encoders on small models with random weights, saved and loaded as the real ones are."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from embeddings.encoders import save_clap, save_owlvit, save_resnet
from seldkit.embeddings import (
    EMBEDDINGS,
    ClapSettings,
    OwlVitSettings,
    ResNet50MapSettings,
    ResNet50Settings,
)
from seldkit.errors import ModelError

RATE = 24000


@pytest.fixture(scope="module")
def clap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_clap(tmp_path_factory.mktemp("clap"))


@pytest.fixture(scope="module")
def owlvit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_owlvit(tmp_path_factory.mktemp("owlvit"))


@pytest.fixture(scope="module")
def resnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_resnet(tmp_path_factory.mktemp("resnet"))


def noise(seconds: float, batch: int = 1, channels: int = 2) -> np.ndarray:
    rng = np.random.default_rng(1)
    return rng.normal(0, 0.1, (batch, channels, round(seconds * RATE))).astype(np.float32)


def pictures(count: int = 2, height: int = 90, width: int = 160) -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (count, height, width, 3), dtype=np.uint8)


def test_clap_tokens_are_the_towers_cells_without_the_repetition(clap: Path) -> None:
    import soxr
    from transformers import ClapAudioModelWithProjection, ClapFeatureExtractor

    sound = noise(5.0)
    found = ClapSettings(model=str(clap), dim=32, tokens="bands").load().encode(sound, RATE)
    mono = soxr.resample(sound[0].mean(axis=0), RATE, 48000, quality="HQ")
    listen = ClapFeatureExtractor.from_pretrained(clap)
    inputs = listen(np.concatenate([mono, mono]), sampling_rate=48000, return_tensors="pt")
    with torch.no_grad():
        output = ClapAudioModelWithProjection.from_pretrained(clap).eval()(**inputs, return_dict=True)
    cells = output.last_hidden_state if hasattr(output, "last_hidden_state") else output[1]
    assert cells.shape == (1, 32, 2, 32)
    expected = cells[0, :, :, :16].permute(1, 2, 0).reshape(32, 32)
    torch.testing.assert_close(found[0], expected, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize(("seconds", "tokens"), [(0.1, 1), (1.0, 4), (5.0, 16), (10.0, 32), (12.0, 39)])
def test_clap_gives_three_tokens_a_second(clap: Path, seconds: float, tokens: int) -> None:
    found = ClapSettings(model=str(clap), dim=32).load().encode(noise(seconds, batch=2), RATE)
    assert found.shape == (2, tokens, 32)
    assert found.isfinite().all()


def test_clap_hears_the_channel_that_was_asked(clap: Path) -> None:
    sound = noise(1.0)
    only = {side: np.zeros_like(sound) for side in ("left", "right")}
    only["left"][:, 0], only["right"][:, 1] = sound[:, 0], sound[:, 1]
    for side, one in only.items():
        encoder = ClapSettings(model=str(clap), dim=32, channel=side).load()
        torch.testing.assert_close(encoder.encode(one, RATE), encoder.encode(sound, RATE))
    middle = ClapSettings(model=str(clap), dim=32).load()
    torch.testing.assert_close(middle.encode(sound[:, ::-1], RATE), middle.encode(sound, RATE))


def test_of_ambisonic_sound_mid_is_the_omnidirectional_channel(clap: Path) -> None:
    foa, encoder = noise(1.0, channels=4), ClapSettings(model=str(clap), dim=32).load()
    torch.testing.assert_close(encoder.encode(foa, RATE), encoder.encode(foa[:, :1], RATE))


def test_one_clips_tokens_do_not_depend_on_its_neighbours(clap: Path) -> None:
    sound, encoder = noise(1.0, batch=9), ClapSettings(model=str(clap), dim=32, tokens="whole").load()
    alone = torch.cat([encoder.encode(one[None], RATE) for one in sound])
    torch.testing.assert_close(encoder.encode(sound, RATE), alone, atol=1e-5, rtol=1e-4)


def test_owlvit_sees_pictures_as_its_own_processor_prepares_them(owlvit: Path) -> None:
    from transformers import OwlViTForObjectDetection, OwlViTImageProcessorPil

    given = pictures()
    encoder = OwlVitSettings(model=str(owlvit), width=16, rows=4, columns=4).load()
    found = encoder.encode(np.stack([encoder.preprocess(picture) for picture in given]))
    pixels = OwlViTImageProcessorPil.from_pretrained(owlvit)(list(given), return_tensors="pt")
    with torch.no_grad():
        model = OwlViTForObjectDetection.from_pretrained(owlvit).eval()
        expected, _ = model.image_embedder(pixels["pixel_values"])  # (pictures, 4, 4, 16)
    torch.testing.assert_close(found, expected.flatten(1, 2), atol=1e-5, rtol=1e-4)


def test_owlvits_tiles_are_means_of_its_patches_from_left_to_right(owlvit: Path) -> None:
    def tokens(**settings: object) -> torch.Tensor:
        encoder = OwlVitSettings(model=str(owlvit), width=16, **settings).load()
        return encoder.encode(np.stack([encoder.preprocess(picture) for picture in pictures()]))

    patches = tokens(rows=4, columns=4).unflatten(1, (4, 4))
    columns = tokens(rows=1, columns=2)
    torch.testing.assert_close(columns[:, 0], patches[:, :, :2].mean(dim=(1, 2)))
    torch.testing.assert_close(columns[:, 1], patches[:, :, 2:].mean(dim=(1, 2)))
    joined = tokens(rows=1, columns=2, joined=True)
    torch.testing.assert_close(joined, columns.flatten(1)[:, None])
    assert joined.shape[2] == OwlVitSettings(width=16, rows=1, columns=2, joined=True).dim


def test_resnet50_puts_the_left_half_before_the_right(resnet: Path) -> None:
    encoder = ResNet50Settings(model=str(resnet)).load()
    (picture,) = pictures(1)
    mirrored = picture[:, ::-1]
    shown = np.stack([encoder.preprocess(one) for one in (picture, mirrored)])
    assert shown.shape == (2, 224, 448, 3)
    tokens = encoder.encode(shown)
    assert tokens.shape == (2, 1, 4096)
    half = np.concatenate([picture[:, :80], picture[:, :80]], axis=1)  # both halves alike inside
    left, right = encoder.encode(encoder.preprocess(half)[None])[0, 0].split(2048)
    assert torch.nn.functional.cosine_similarity(left, right, dim=0) > 0.99
    assert not torch.allclose(tokens[0, 0, :2048], tokens[0, 0, 2048:], atol=1e-4)


def test_the_baselines_map_is_the_mean_over_channels_of_the_middle(resnet: Path) -> None:
    from transformers import ResNetModel

    encoder = ResNet50MapSettings(model=str(resnet)).load()
    flat = np.full((1, 360, 640, 3), (124, 116, 104), np.uint8)
    shown = np.stack([encoder.preprocess(picture) for picture in flat])
    assert shown.shape == (1, 224, 224, 3)
    with torch.no_grad():
        pixels = (torch.tensor([124.0, 116.0, 104.0]) / 255 - torch.tensor([0.485, 0.456, 0.406])) / (
            torch.tensor([0.229, 0.224, 0.225])
        )
        image = pixels[None, :, None, None].expand(1, 3, 224, 224)
        expected = ResNetModel.from_pretrained(resnet).eval()(image).last_hidden_state.mean(1)
    torch.testing.assert_close(encoder.encode(shown)[0], expected.flatten(1), atol=1e-5, rtol=1e-4)


def test_torchvisions_weights_give_the_same_network(tmp_path: Path) -> None:
    from transformers import ResNetConfig, ResNetModel

    torch.manual_seed(0)
    network = ResNetModel(ResNetConfig()).eval()
    theirs = {_torchvision_name(name): tensor for name, tensor in network.state_dict().items()}
    assert {"conv1.weight", "layer1.0.downsample.0.weight", "layer4.2.bn3.running_var"} <= theirs.keys()
    torch.save({**theirs, "fc.weight": torch.zeros(1000, 2048)}, tmp_path / "resnet50.pth")
    encoder = ResNet50MapSettings(model=str(tmp_path / "resnet50.pth")).load()
    shown = np.stack([encoder.preprocess(picture) for picture in pictures(1)])
    assert encoder.encode(shown).shape == (1, 1, 49)
    ours = encoder._network.state_dict()
    assert all(torch.equal(ours[name], tensor) for name, tensor in network.state_dict().items())


def _torchvision_name(name: str) -> str:
    """The inverse of the encoder's renaming, written for itself."""
    parts = name.split(".")
    if parts[0] == "embedder":
        return {"convolution": "conv1", "normalization": "bn1"}[parts[2]] + "." + parts[-1]
    stage, block, rest = int(parts[2]) + 1, parts[4], parts[5:]
    kind = 0 if rest[-2] == "convolution" else 1
    if rest[0] == "shortcut":
        return f"layer{stage}.{block}.downsample.{kind}.{rest[-1]}"
    return f"layer{stage}.{block}.{('conv', 'bn')[kind]}{int(rest[1]) + 1}.{rest[-1]}"


def test_nothing_of_an_encoder_is_trained(clap: Path, owlvit: Path) -> None:
    tower, seer = (
        ClapSettings(model=str(clap), dim=32).load(),
        OwlVitSettings(model=str(owlvit), width=16).load(),
    )
    frozen = [*tower._model.parameters(), *seer._model.parameters()]
    assert not any(parameter.requires_grad for parameter in frozen)
    assert not tower.encode(noise(1.0), RATE).requires_grad


def test_another_width_is_said(clap: Path, owlvit: Path) -> None:
    with pytest.raises(
        ModelError, match="has 32 values per token, but the settings state dim: 768; set dim: 32"
    ):
        ClapSettings(model=str(clap)).load()
    with pytest.raises(
        ModelError, match="has 16 values per token, but the settings state width: 768; set width: 16"
    ):
        OwlVitSettings(model=str(owlvit)).load()


def test_settings_know_the_width_and_are_listed() -> None:
    widths = {name: EMBEDDINGS[name]().dim for name in EMBEDDINGS.names()}
    assert widths == {
        "clap": 768,
        "efficientnet-lite": 1280,
        "i3d": 2048,
        "keypoints": 4 * 17 * 3,
        "owlvit": 768,
        "person-boxes": 444,
        "pose": 4 * 33 * 3,
        "resnet50": 4096,
        "resnet50-map": 49,
        "yamnet": 1024,
    }
    assert all(math.isfinite(EMBEDDINGS[name]().rate) for name in EMBEDDINGS.names())


def test_half_precision_gives_the_same_tokens_in_single(clap: Path, owlvit: Path, resnet: Path) -> None:
    """What a GPU does, tried on the processor."""
    shown = pictures()
    for settings, network in (
        (OwlVitSettings(model=str(owlvit), width=16), "_model"),
        (ResNet50Settings(model=str(resnet)), "_network"),
    ):
        encoder = settings.load()
        prepared = np.stack([encoder.preprocess(picture) for picture in shown])
        single = encoder.encode(prepared)
        getattr(encoder, network).half()
        assert encoder.encode(prepared).dtype == torch.float32
        torch.testing.assert_close(encoder.encode(prepared), single, atol=2e-2, rtol=2e-2)
    ears = ClapSettings(model=str(clap), dim=32).load()
    single = ears.encode(noise(1.0), RATE)
    ears._model.half()
    torch.testing.assert_close(ears.encode(noise(1.0), RATE), single, atol=5e-2, rtol=5e-2)
