"""Every registered encoder: its settings and the mirroring of its stream."""

import math
from typing import get_args

import pytest
import torch

from seldkit.embeddings import EMBEDDINGS
from seldkit.embeddings.registry import Modality
from seldkit.embeddings.stream_mirroring import (
    ApproximatelyMirrorableEmbedding,
    MirrorableEmbedding,
    mirror_streams,
    streams_without_mirror,
)

each_encoder = pytest.mark.parametrize("name", EMBEDDINGS.names())


@each_encoder
def test_settings_state_name_modality_rate_and_dim(name: str) -> None:
    settings = EMBEDDINGS[name]()
    assert settings.embedding == name
    assert settings.modality in get_args(Modality)
    assert math.isfinite(settings.rate)
    assert settings.rate > 0
    assert settings.dim >= 1


@each_encoder
def test_settings_are_saved_and_loaded(name: str) -> None:
    settings = EMBEDDINGS[name]()
    values = settings.model_dump(mode="json")  # type: ignore[attr-defined]
    assert type(settings)(**values) == settings


@each_encoder
def test_mirroring_a_stream_twice_gives_the_stream(name: str) -> None:
    settings = EMBEDDINGS[name]()
    if isinstance(settings, MirrorableEmbedding):
        mirror = settings.mirror_stream
    elif isinstance(settings, ApproximatelyMirrorableEmbedding):
        mirror = settings.mirror_stream_approximately
    else:
        pytest.skip("the stream contains no positions")
    stream = torch.rand(2, 6, settings.dim, generator=torch.Generator().manual_seed(0))
    mirrored = mirror(stream)
    assert mirrored.shape == stream.shape
    torch.testing.assert_close(mirror(mirrored), stream)


@each_encoder
def test_a_stream_is_mirrored_or_listed_as_without_mirror(name: str) -> None:
    embeddings = {"stream": EMBEDDINGS[name]()}
    stream = torch.rand(1, 6, embeddings["stream"].dim, generator=torch.Generator().manual_seed(0))
    mirrored = mirror_streams(embeddings, {"stream": stream})["stream"]
    assert mirrored.shape == stream.shape
    if streams_without_mirror(embeddings):
        assert torch.equal(mirrored, stream)


@pytest.mark.parametrize(
    ("name", "dim"),
    [("clap", 768), ("person-boxes", 444), ("keypoints", 204), ("pose", 396), ("resnet50", 4096)],
)
def test_token_sizes_equal_those_of_the_publications(name: str, dim: int) -> None:
    assert EMBEDDINGS[name]().dim == dim
