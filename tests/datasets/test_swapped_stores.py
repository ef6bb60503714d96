"""Streams of swapped clips equal those of mirrored audio and images."""

from pathlib import Path

import numpy as np
import pytest
import torch

from datasets.making import stereo_set
from datasets.test_preparation import config, prepared
from embeddings.encoders import save_clap, save_resnet
from seldkit.datasets import open_dataset
from seldkit.datasets.augmentation import SWAPS, Swap
from seldkit.datasets.augmentation.swap_effects import computed_streams, stream_change
from seldkit.datasets.preparation import add_swapped_streams, prepare_swapped
from seldkit.datasets.store import FeatureStore
from seldkit.embeddings import ClapSettings, KeypointSettings, OwlVitSettings, PersonBoxSettings, PoseSettings
from seldkit.embeddings.person_boxes import box_gaussians
from seldkit.embeddings.stream_extractor import StreamExtractor
from seldkit.errors import DatasetError
from seldkit.features import FeatureStack
from seldkit.media import iter_frames, read_audio, write_video
from seldkit.models import ModelConfig
from seldkit.training.clip_augmenter import Augmenter
from seldkit.training.training_settings import AugmentationSettings

MIRROR = Swap(mirrored=True)


@pytest.fixture(scope="module")
def audiovisual(tmp_path_factory: pytest.TempPathFactory) -> ModelConfig:
    folder = tmp_path_factory.mktemp("weights")
    clap = {"embedding": "clap", "model": str(save_clap(folder / "clap")), "dim": 32}
    return config(
        streams={
            "mid": clap,
            "left": {**clap, "channel": "left"},
            "map": {"embedding": "resnet50-map", "model": str(save_resnet(folder / "resnet")), "rate": 4.0},
        },
        fusion={"name": "transformer-decoder"},
    )


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clips with images that are bright on the left, increasingly over time."""
    folder = stereo_set(tmp_path_factory.mktemp("set"), 2, seconds=2.0, video=True)
    pictures = np.zeros((20, 90, 160, 3), np.uint8)
    pictures[:, :, :80] = np.linspace(60, 250, 20, dtype=np.uint8)[:, None, None, None]
    for path in folder.rglob("*.mp4"):
        write_video(path, pictures, 10)
    return folder


@pytest.fixture(scope="module")
def store(audiovisual: ModelConfig, root: Path, tmp_path_factory: pytest.TempPathFactory) -> FeatureStore:
    folder = tmp_path_factory.mktemp("store")
    prepared(root, folder, audiovisual)
    return add_swapped_streams(FeatureStore(folder, audiovisual), open_dataset(root), audiovisual)


def mirrored_clip(root: Path, audiovisual: ModelConfig) -> dict[str, torch.Tensor]:
    """Streams of the first clip with exchanged channels and mirrored images."""
    clip = open_dataset(root)[0]
    assert clip.audio is not None
    assert clip.video is not None
    sound = np.ascontiguousarray(read_audio(clip.audio)[0][::-1].reshape(2, 2, 24000).swapaxes(0, 1))
    extractor = StreamExtractor(audiovisual.embeddings)
    pictures = [
        type(frame)(frame.time, np.ascontiguousarray(frame.image[:, ::-1]))
        for frame in iter_frames(clip.video, rate=4.0)
    ]
    return extractor.for_recording(pictures, 24000, 10).extract(sound, [0, 10])


def test_training_uses_streams_of_the_mirrored_clip(
    store: FeatureStore, root: Path, audiovisual: ModelConfig
) -> None:
    stack = FeatureStack(audiovisual.features)
    augmenter = Augmenter(stack, AugmentationSettings(swaps=True), audiovisual.embeddings)
    expected = mirrored_clip(root, audiovisual)
    items = [store[number % 2] for number in range(16)]
    streams = {
        name: torch.from_numpy(np.stack([item.streams[name] for item in items]))
        for name in audiovisual.streams
    }
    partner = {
        name: torch.from_numpy(np.stack([item.swapped[0][name] for item in items]))
        for name in items[0].swapped[0]
    }
    raw = torch.from_numpy(np.stack([item.features for item in items]))
    targets = torch.from_numpy(np.stack([item.targets for item in items]))
    torch.manual_seed(0)
    moved_raw, moved_targets, moved = augmenter.swap_channels(raw, targets, streams, [partner])
    by_hand = MIRROR.targets(targets)
    seen = set()
    for row in range(16):
        mirrored = not torch.equal(moved_raw[row], raw[row])
        seen.add(mirrored)
        for name, stream in moved.items():
            wanted = expected[name][row % 2] if mirrored else streams[name][row]
            torch.testing.assert_close(stream[row], wanted, atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(moved_targets[row], by_hand[row] if mirrored else targets[row])
    assert seen == {True, False}
    assert not torch.allclose(expected["map"][0], streams["map"][0], atol=1e-4)


def test_only_changed_streams_are_computed_and_stored(
    store: FeatureStore, root: Path, audiovisual: ModelConfig
) -> None:
    assert set(store[0].swapped[0]) == {"left", "map"}
    ((swap, again),) = prepare_swapped(open_dataset(root), audiovisual, store.folder.parent)
    assert swap == MIRROR
    assert again is not None
    assert again.computed == 0
    assert again.folder != store.folder
    assert (
        FeatureStore(store.folder.parent, audiovisual).folder == store.folder
    )  # the store of the original clips


def test_mirrored_streams_of_a_changed_video_are_computed_again(
    audiovisual: ModelConfig, tmp_path: Path
) -> None:
    own = stereo_set(tmp_path / "set", 2, video=True)
    (video, *_) = sorted(own.rglob("*.mp4"))
    first = [one for _, one in prepare_swapped(open_dataset(own), audiovisual, tmp_path / "store") if one]
    video.write_bytes(video.read_bytes() + bytes(8))
    again = [one for _, one in prepare_swapped(open_dataset(own), audiovisual, tmp_path / "store") if one]
    assert [one.computed for one in (*first, *again)] == [2, 1]


def test_selection_also_selects_swapped_streams(store: FeatureStore) -> None:
    part = store.select(names=[store.clips[1].name])
    np.testing.assert_array_equal(part[0].swapped[0]["map"], store[2].swapped[0]["map"])


def test_swapped_streams_of_other_clips_are_rejected(store: FeatureStore) -> None:
    other = store._swapped[0]
    assert other is not None
    with pytest.raises(DatasetError, match="expected the streams of all clips"):
        store.with_swapped([other.select(names=[other.clips[0].name])])


def test_change_of_each_kind_of_stream() -> None:
    turned = Swap(turn=90)
    assert {stream_change(ClapSettings(), swap) for swap in SWAPS["foa"]} == {"none"}
    assert stream_change(ClapSettings(channel="left"), MIRROR) == "computed"
    for settings in (PoseSettings(), KeypointSettings(), PersonBoxSettings()):
        assert [stream_change(settings, swap) for swap in (Swap(), MIRROR, turned)] == [
            "none",
            "exact",
            "computed",
        ]
    assert computed_streams({"pose": PoseSettings(), "owl": OwlVitSettings()}, MIRROR) == ("owl",)


@pytest.mark.parametrize("settings", [PoseSettings(people=2), KeypointSettings(people=2)])
def test_mirrored_keypoints_exchange_left_and_right(
    settings: PoseSettings | KeypointSettings,
) -> None:
    token = torch.zeros(1, 1, settings.dim)
    left, right = (15, 16) if isinstance(settings, PoseSettings) else (9, 10)  # wrists
    points = token.view(2, -1, 3)
    points[0, left], points[0, right] = torch.tensor([[0.7, 0.5, 0.9], [0.4, 0.6, 0.8]])
    mirrored = settings.mirror_stream(token)
    seen = mirrored.view(2, -1, 3)
    torch.testing.assert_close(seen[0, right], torch.tensor([0.3, 0.5, 0.9]))
    torch.testing.assert_close(seen[0, left], torch.tensor([0.6, 0.6, 0.8]))
    assert not seen[1].any()  # an empty slot stays empty
    torch.testing.assert_close(settings.mirror_stream(mirrored), token)


def test_mirrored_boxes_are_the_gaussians_of_mirrored_boxes() -> None:
    corners = np.array([[0.1, 0.2, 0.3, 0.9], [0.5, 0.1, 0.95, 0.4]], np.float32)
    other = corners.copy()
    other[:, [0, 2]] = 1.0 - corners[:, [2, 0]]
    token = torch.from_numpy(box_gaussians(corners, 6).reshape(1, 1, -1))
    expected = torch.from_numpy(box_gaussians(other, 6).reshape(1, 1, -1))
    torch.testing.assert_close(PersonBoxSettings().mirror_stream(token), expected)


def test_clips_without_swapped_streams_are_not_swapped(audiovisual: ModelConfig) -> None:
    augmenter = Augmenter(
        FeatureStack(audiovisual.features), AugmentationSettings(swaps=True), audiovisual.embeddings
    )
    raw, targets, streams = torch.ones(2, 1, 1, 1), torch.ones(2, 1, 6, 5, 13), {"map": torch.ones(2, 1, 49)}
    with pytest.warns(UserWarning, match="no swapped streams for left, map"):
        assert augmenter.swap_channels(raw, targets, streams)[0] is raw
