"""Streams in a store equal those that a detector computes."""

from pathlib import Path

import numpy as np
import pytest
import torch

from datasets.making import stereo_set
from datasets.test_preparation import config, prepared, tree
from embeddings.encoders import save_clap, save_resnet
from seldkit.datasets import open_dataset
from seldkit.datasets.preparation import prepare
from seldkit.datasets.store import FeatureStore
from seldkit.embeddings.image_degradation import Degradation
from seldkit.embeddings.stream_extractor import StreamExtractor
from seldkit.errors import DatasetError
from seldkit.media import iter_frames, read_audio
from seldkit.models import ModelConfig


@pytest.fixture(scope="module")
def audiovisual(tmp_path_factory: pytest.TempPathFactory) -> ModelConfig:
    folder = tmp_path_factory.mktemp("weights")
    return config(
        streams={
            "clap": {"embedding": "clap", "model": str(save_clap(folder / "clap")), "dim": 32},
            "map": {"embedding": "resnet50-map", "model": str(save_resnet(folder / "resnet")), "rate": 4.0},
        },
        fusion={"name": "transformer-decoder"},
    )


def test_streams_equal_those_of_detection(audiovisual: ModelConfig, tmp_path: Path) -> None:
    root = stereo_set(tmp_path / "set", 2, seconds=2.0, video=True)
    prepared(root, tmp_path / "store", audiovisual)
    store = FeatureStore(tmp_path / "store", audiovisual)
    assert len(store) == 4
    extractor = StreamExtractor(audiovisual.embeddings)
    clip = open_dataset(root)[0]
    assert clip.audio is not None
    assert clip.video is not None
    sound = read_audio(clip.audio)[0].reshape(2, 2, 24000).swapaxes(0, 1)
    pictures = iter_frames(clip.video, times=extractor.frame_times())
    expected = extractor.for_recording(pictures, 24000, 10).extract(np.ascontiguousarray(sound), [0, 10])
    for number in range(2):
        streams = store[number].streams
        assert {name: stream.shape for name, stream in streams.items()} == {"clap": (4, 32), "map": (4, 49)}
        for name, stream in streams.items():
            torch.testing.assert_close(torch.from_numpy(stream), expected[name][number], atol=1e-5, rtol=1e-4)


def test_encoder_settings_have_their_own_store(audiovisual: ModelConfig, tmp_path: Path) -> None:
    root = stereo_set(tmp_path / "set", 1, video=True)
    first = prepared(root, tmp_path / "store", audiovisual)
    kept = tree(first.folder)
    slower = {
        **audiovisual.model_dump(mode="json")["streams"],
        "map": {**audiovisual.model_dump()["streams"]["map"], "rate": 2.0},
    }
    other = config(streams=slower, fusion={"name": "transformer-decoder"})
    assert prepared(root, tmp_path / "store", other).folder != first.folder
    assert FeatureStore(tmp_path / "store", other)[0].streams["map"].shape == (2, 49)
    assert prepared(root, tmp_path / "store", audiovisual).computed == 0
    assert tree(first.folder) == kept


def test_streams_of_a_changed_video_are_computed_again(audiovisual: ModelConfig, tmp_path: Path) -> None:
    root = stereo_set(tmp_path / "set", 2, video=True)
    prepared(root, tmp_path / "store", audiovisual)
    (video, *_) = sorted(root.rglob("*.mp4"))
    video.write_bytes(video.read_bytes() + bytes(8))
    assert prepared(root, tmp_path / "store", audiovisual).computed == 1
    audio_only = audiovisual.with_streams(["clap"]).model_copy(update={"fusion": audiovisual.fusion})
    prepared(root, tmp_path / "store", audio_only)
    video.write_bytes(video.read_bytes() + bytes(8))
    assert prepared(root, tmp_path / "store", audio_only).computed == 0  # the video is not used


def test_clip_without_required_video_is_skipped_and_reported(
    audiovisual: ModelConfig, tmp_path: Path
) -> None:
    root = stereo_set(tmp_path / "set", 2, video=True)
    (video, *others) = sorted(root.rglob("*.mp4"))
    video.unlink()
    done = prepared(root, tmp_path / "store", audiovisual)
    assert done.clips == 1
    assert len(done.failures) == 1
    assert (
        f"{video.stem}.wav: expected a video, which the stream(s) map require, found none" in done.failures[0]
    )
    for other in others:
        other.unlink()
    with pytest.raises(DatasetError, match="requires video, but no clip has a video"):
        prepared(root, tmp_path / "store2", audiovisual)


def test_degraded_images_have_their_own_store_with_streams_only(
    audiovisual: ModelConfig, tmp_path: Path
) -> None:
    root = stereo_set(tmp_path / "set", 2, seconds=2.0, video=True)
    whole = prepared(root, tmp_path / "store", audiovisual)
    kept = tree(whole.folder)
    index = open_dataset(root)
    dark, darker = (
        prepare(index, audiovisual, tmp_path / "store", degradation=Degradation("darkness", stops))
        for stops in (2, 4)
    )
    assert len({whole.folder, dark.folder, darker.folder}) == 3
    assert tree(whole.folder) == kept
    assert (
        prepare(index, audiovisual, tmp_path / "store", degradation=Degradation("darkness", 2)).computed == 0
    )
    dark_store, darker_store = FeatureStore(dark.folder), FeatureStore(darker.folder)
    assert [clip.name for clip in dark_store.clips] == [
        clip.name for clip in FeatureStore(whole.folder, audiovisual).clips
    ]
    assert dark_store.streams(3).keys() == {"map"}
    assert dark_store.streams(3)["map"].shape == (4, 49)
    assert not np.array_equal(dark_store.streams(3)["map"], darker_store.streams(3)["map"])
    assert FeatureStore(tmp_path / "store", audiovisual).folder == whole.folder
