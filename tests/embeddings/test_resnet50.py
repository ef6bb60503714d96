"""ResNet-50, with a small model with random weights."""

from pathlib import Path

import numpy as np
import pytest
import torch

from embeddings.encoders import images, save_resnet
from seldkit.embeddings import ResNet50MapSettings, ResNet50Settings


@pytest.fixture(scope="module")
def resnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_resnet(tmp_path_factory.mktemp("resnet"))


def test_a_token_is_the_left_half_and_the_right_half(resnet: Path) -> None:
    encoder = ResNet50Settings(model=str(resnet)).load()
    (image,) = images(1)
    mirrored = image[:, ::-1]
    inputs = np.stack([encoder.preprocess(one) for one in (image, mirrored)])
    assert inputs.shape == (2, 224, 448, 3)
    tokens = encoder.encode(inputs)
    assert tokens.shape == (2, 1, 4096)
    half = np.concatenate([image[:, :80], image[:, :80]], axis=1)  # two equal halves
    left, right = encoder.encode(encoder.preprocess(half)[None])[0, 0].split(2048)
    assert torch.nn.functional.cosine_similarity(left, right, dim=0) > 0.99
    assert not torch.allclose(tokens[0, 0, :2048], tokens[0, 0, 2048:], atol=1e-4)


def test_the_map_is_the_mean_over_channels_of_the_image_centre(resnet: Path) -> None:
    from transformers import ResNetModel

    encoder = ResNet50MapSettings(model=str(resnet)).load()
    flat = np.full((1, 360, 640, 3), (124, 116, 104), np.uint8)
    inputs = np.stack([encoder.preprocess(image) for image in flat])
    assert inputs.shape == (1, 224, 224, 3)
    with torch.no_grad():
        pixels = (torch.tensor([124.0, 116.0, 104.0]) / 255 - torch.tensor([0.485, 0.456, 0.406])) / (
            torch.tensor([0.229, 0.224, 0.225])
        )
        image = pixels[None, :, None, None].expand(1, 3, 224, 224)
        expected = ResNetModel.from_pretrained(resnet).eval()(image).last_hidden_state.mean(1)
    torch.testing.assert_close(encoder.encode(inputs)[0], expected.flatten(1), atol=1e-5, rtol=1e-4)


def test_weights_of_torchvision_give_the_same_network(tmp_path: Path) -> None:
    from transformers import ResNetConfig, ResNetModel

    torch.manual_seed(0)
    network = ResNetModel(ResNetConfig()).eval()
    theirs = {_torchvision_name(name): tensor for name, tensor in network.state_dict().items()}
    assert {"conv1.weight", "layer1.0.downsample.0.weight", "layer4.2.bn3.running_var"} <= theirs.keys()
    torch.save({**theirs, "fc.weight": torch.zeros(1000, 2048)}, tmp_path / "resnet50.pth")
    encoder = ResNet50MapSettings(model=str(tmp_path / "resnet50.pth")).load()
    inputs = np.stack([encoder.preprocess(image) for image in images(1)])
    assert encoder.encode(inputs).shape == (1, 1, 49)
    ours = encoder._network.state_dict()
    assert all(torch.equal(ours[name], tensor) for name, tensor in network.state_dict().items())


def _torchvision_name(name: str) -> str:
    """The inverse of the renaming in the encoder."""
    parts = name.split(".")
    if parts[0] == "embedder":
        return {"convolution": "conv1", "normalization": "bn1"}[parts[2]] + "." + parts[-1]
    stage, block, rest = int(parts[2]) + 1, parts[4], parts[5:]
    kind = 0 if rest[-2] == "convolution" else 1
    if rest[0] == "shortcut":
        return f"layer{stage}.{block}.downsample.{kind}.{rest[-1]}"
    return f"layer{stage}.{block}.{('conv', 'bn')[kind]}{int(rest[1]) + 1}.{rest[-1]}"


def test_half_precision_gives_float32_tokens(resnet: Path) -> None:
    """Emulates a GPU on the CPU."""
    encoder = ResNet50Settings(model=str(resnet)).load()
    inputs = np.stack([encoder.preprocess(image) for image in images()])
    single = encoder.encode(inputs)
    encoder._network.half()
    assert encoder.encode(inputs).dtype == torch.float32
    torch.testing.assert_close(encoder.encode(inputs), single, atol=2e-2, rtol=2e-2)
