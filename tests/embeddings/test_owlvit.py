"""OWL-ViT, with a small model with random weights."""

from pathlib import Path

import numpy as np
import pytest
import torch

from embeddings.encoders import images, save_owlvit
from seldkit.embeddings import OwlVitSettings
from seldkit.errors import ModelError


@pytest.fixture(scope="module")
def owlvit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_owlvit(tmp_path_factory.mktemp("owlvit"))


def test_preprocessing_equals_that_of_transformers(owlvit: Path) -> None:
    from transformers import OwlViTForObjectDetection, OwlViTImageProcessorPil

    given = images()
    encoder = OwlVitSettings(model=str(owlvit), width=16, rows=4, columns=4).load()
    found = encoder.encode(np.stack([encoder.preprocess(image) for image in given]))
    pixels = OwlViTImageProcessorPil.from_pretrained(owlvit)(list(given), return_tensors="pt")
    with torch.no_grad():
        model = OwlViTForObjectDetection.from_pretrained(owlvit).eval()
        expected, _ = model.image_embedder(pixels["pixel_values"])  # (images, 4, 4, 16)
    torch.testing.assert_close(found, expected.flatten(1, 2), atol=1e-5, rtol=1e-4)


def test_tiles_are_means_of_patches_from_left_to_right(owlvit: Path) -> None:
    def tokens(**settings: object) -> torch.Tensor:
        encoder = OwlVitSettings(model=str(owlvit), width=16, **settings).load()
        return encoder.encode(np.stack([encoder.preprocess(image) for image in images()]))

    patches = tokens(rows=4, columns=4).unflatten(1, (4, 4))
    columns = tokens(rows=1, columns=2)
    torch.testing.assert_close(columns[:, 0], patches[:, :, :2].mean(dim=(1, 2)))
    torch.testing.assert_close(columns[:, 1], patches[:, :, 2:].mean(dim=(1, 2)))
    joined = tokens(rows=1, columns=2, joined=True)
    torch.testing.assert_close(joined, columns.flatten(1)[:, None])
    assert joined.shape[2] == OwlVitSettings(width=16, rows=1, columns=2, joined=True).dim


def test_weights_are_frozen(owlvit: Path) -> None:
    encoder = OwlVitSettings(model=str(owlvit), width=16).load()
    assert not any(parameter.requires_grad for parameter in encoder._model.parameters())


def test_a_wrong_token_size_is_reported(owlvit: Path) -> None:
    message = "has 16 values per token, but the settings state width: 768; set width: 16"
    with pytest.raises(ModelError, match=message):
        OwlVitSettings(model=str(owlvit)).load()


def test_half_precision_gives_float32_tokens(owlvit: Path) -> None:
    """Emulates a GPU on the CPU."""
    encoder = OwlVitSettings(model=str(owlvit), width=16).load()
    inputs = np.stack([encoder.preprocess(image) for image in images()])
    single = encoder.encode(inputs)
    encoder._model.half()
    assert encoder.encode(inputs).dtype == torch.float32
    torch.testing.assert_close(encoder.encode(inputs), single, atol=2e-2, rtol=2e-2)
