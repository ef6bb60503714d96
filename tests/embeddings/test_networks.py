"""Networks: layouts of their public weights, and their outputs."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seldkit.embeddings import EfficientNetLiteSettings, I3dSettings
from seldkit.embeddings.efficientnet_lite import DEVIATION, MEAN
from seldkit.embeddings.image_processing import normalise_images
from seldkit.embeddings.networks import pad_same
from seldkit.embeddings.networks.efficientnet_lite_network import EfficientNetLite
from seldkit.embeddings.networks.i3d_network import I3d, pool_maps
from seldkit.embeddings.networks.yamnet_network import Yamnet, YamnetLogMel, htk_mel_matrix


@given(size=st.integers(1, 40), kernel=st.integers(1, 7), stride=st.integers(1, 4))
@settings(derandomize=True, max_examples=60, deadline=None)
def test_padding_gives_size_over_stride_outputs(size: int, kernel: int, stride: int) -> None:
    padded = pad_same(torch.ones(1, 1, size), (kernel,), (stride,))
    assert (padded.shape[-1] - kernel) // stride + 1 == -(-size // stride)
    zeros = (padded[0, 0] == 0).nonzero().flatten().tolist()
    before = sum(at < padded.shape[-1] // 2 for at in zeros)
    assert len(zeros) == padded.shape[-1] - size
    assert 0 <= len(zeros) - 2 * before <= 1 or size < len(zeros)


def test_i3d_has_the_public_layout(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = I3d()
    names = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    assert len(names) == 342  # 57 units: a weight and a norm's five tensors
    assert names["Conv3d_1a_7x7.conv3d.weight"] == (64, 3, 7, 7, 7)
    assert names["Mixed_3b.b1b.conv3d.weight"] == (128, 96, 3, 3, 3)
    assert names["Mixed_4f.b3b.bn.running_var"] == (128,)
    assert names["Mixed_5c.b0.conv3d.weight"] == (384, 832, 1, 1, 1)
    assert sum(parameter.numel() for parameter in network.parameters()) == 12_287_264
    # Weights of 2018: without counters of batches, with the classifier, in the format before the zip.
    old = {name: one for name, one in network.state_dict().items() if "num_batches" not in name}
    old |= {"logits.conv3d.weight": torch.zeros(400, 1024, 1, 1, 1), "logits.conv3d.bias": torch.zeros(400)}
    torch.save(old, tmp_path / "rgb_imagenet.pt", _use_new_zipfile_serialization=False)
    encoder = I3dSettings(weights=str(tmp_path / "rgb_imagenet.pt")).load()
    image = np.random.default_rng(0).integers(0, 256, (72, 144, 3), dtype=np.uint8)
    inputs = np.stack([encoder.preprocess(image)] * 9)[None]
    assert inputs.shape == (1, 9, 224, 448, 3)
    tokens = encoder.encode(inputs)
    assert tokens.shape == (1, 1, 2048)
    assert tokens.isfinite().all()


def test_i3d_averages_neighbours_in_time() -> None:
    maps = torch.arange(4.0).reshape(1, 1, 4, 1, 1).expand(1, 2, 4, 7, 7)
    torch.testing.assert_close(pool_maps(maps)[0, :, 0], torch.tensor([0.5, 1.5, 2.5]))
    assert pool_maps(maps[:, :, :1]).shape == (1, 1, 2)


@pytest.mark.parametrize(
    ("variant", "parameters", "size"),
    [("lite0", 4_652_008 - 1_281_000, 224), ("lite2", 6_092_072 - 1_281_000, 260)],
)
def test_efficientnet_lite_has_its_published_size(variant: str, parameters: int, size: int) -> None:
    network = EfficientNetLite(variant).eval()
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters
    with torch.inference_mode():
        assert network(torch.zeros(1, 3, size, size)).shape == (1, 1280, -(-size // 32), -(-size // 32))


def test_tiles_of_efficientnet_are_ordered_from_left_to_right(tmp_path: Path) -> None:
    torch.manual_seed(0)
    path = tmp_path / "lite0.pth"
    torch.save(_public_names(EfficientNetLite("lite0")), path)
    image = np.zeros((90, 160, 3), np.uint8)
    image[:, 80:] = np.random.default_rng(0).integers(0, 256, (90, 80, 3), dtype=np.uint8)

    def tokens(**tiles: object) -> torch.Tensor:
        encoder = EfficientNetLiteSettings(weights=str(path), **tiles).load()
        return encoder.encode(encoder.preprocess(image)[None])

    columns = tokens(columns=7)
    assert columns.shape == (1, 7, 1280)
    torch.testing.assert_close(tokens(), columns.mean(dim=1, keepdim=True), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(tokens(columns=7, joined=True), columns.flatten(1)[:, None])
    differs = (columns - tokens(columns=7).roll(3, dims=1)).abs().amax(dim=2)
    assert differs.max() > 0


def test_a_stage_of_efficientnet_equals_the_intermediate_output_of_the_network(tmp_path: Path) -> None:
    torch.manual_seed(0)
    whole = EfficientNetLite("lite0").eval()
    for module in whole.modules():
        if isinstance(module, torch.nn.BatchNorm2d):  # which the encoder folds into convolutions
            module.running_mean.normal_(0.0, 0.1)
            module.running_var.uniform_(0.5, 2.0)
    path = tmp_path / "lite0.pth"
    torch.save(_public_names(whole), path)
    passing: list[torch.Tensor] = []
    whole.blocks[10].register_forward_hook(lambda _, __, maps: passing.append(maps))
    image = np.random.default_rng(0).integers(0, 256, (192, 320, 3), dtype=np.uint8)
    settings = EfficientNetLiteSettings(weights=str(path), size=(320, 192), stage=5, columns=20, joined=True)
    encoder = settings.load()
    prepared = encoder.preprocess(image)[None]
    given = encoder.encode(prepared)
    assert given.shape == (1, 1, settings.dim) == (1, 1, 20 * 112)
    with torch.inference_mode():
        whole(normalise_images(prepared, torch.zeros(1), MEAN, DEVIATION))
    columns = passing[0].mean(dim=2).permute(0, 2, 1)  # (1, 20, 112)
    torch.testing.assert_close(given.unflatten(2, (20, 112))[:, 0], columns, atol=1e-5, rtol=1e-4)
    assert len(encoder._network.blocks) == 11


def _public_names(network: EfficientNetLite) -> dict[str, torch.Tensor]:
    """A state dict with the names of the public weights."""
    parts = {
        "expand": ("_expand_conv", "_bn0"),
        "depthwise": ("_depthwise_conv", "_bn1"),
        "project": ("_project_conv", "_bn2"),
    }
    whole = {"stem": ("_conv_stem", "_bn0"), "head": ("_conv_head", "_bn1")}
    named = {}
    for name, tensor in network.state_dict().items():
        first, *rest = name.split(".")
        if first == "blocks":
            number, part, kind, what = rest
            named[f"_blocks.{number}.{parts[part][kind == 'norm']}.{what}"] = tensor
        else:
            named[f"{whole[first][rest[0] == 'norm']}.{rest[1]}"] = tensor
    return named | {"_fc.weight": torch.zeros(1000, 1280), "_fc.bias": torch.zeros(1000)}


def test_yamnet_has_its_published_size() -> None:
    network = Yamnet()
    # Published are 3,751,369: with the classifier, and three values a channel of each norm instead of a bias.
    classifier, channels = 521 * 1024 + 521, 10_944
    assert sum(one.numel() for one in network.parameters()) == 3_751_369 - classifier - 2 * channels
    with torch.inference_mode():
        assert network(torch.zeros(2, 1, 96, 64)).shape == (2, 1024)


def test_mels_of_yamnet_are_those_of_htk() -> None:
    filters = htk_mel_matrix().numpy()
    assert filters.shape == (257, 64)
    edges = 700 * (
        10 ** (np.linspace(2595 * np.log10(1 + 125 / 700), 2595 * np.log10(1 + 7500 / 700), 66) / 2595) - 1
    )
    bins = np.arange(257) * 31.25
    for band in (0, 20, 63):
        inside = np.flatnonzero(filters[:, band])
        assert bins[inside].min() >= edges[band] - 1e-3
        assert bins[inside].max() <= edges[band + 2] + 1e-3
    tone = torch.sin(2 * torch.pi * 1000 * torch.arange(16000) / 16000)[None]
    loudest = YamnetLogMel()(tone)[0, 50].argmax()
    assert edges[loudest] < 1000 < edges[loudest + 2]
