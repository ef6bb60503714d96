import os
import pickle
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from bad_input.models import TINY, good_model
from datasets.killing import killed
from datasets.making import Event, foa_set, names_of, stereo_set, write_stereo_clip
from seldkit.accdoa import encode_targets
from seldkit.annotations import FRAME_SECONDS
from seldkit.classes import STARSS23
from seldkit.datasets import open_dataset
from seldkit.datasets.clip_windows import window_starts
from seldkit.datasets.preparation import PreparationResult, prepare, read_model_config
from seldkit.datasets.store import FeatureStore
from seldkit.errors import DatasetError, ModelError
from seldkit.features import FeatureStack
from seldkit.media import read_audio, write_audio
from seldkit.models import ModelConfig


def config(**changes: object) -> ModelConfig:
    """A small model with windows of one second."""
    values = {**TINY, "classes": list(STARSS23), "window_frames": 10, "elements": ["x", "y", "distance"]}
    return ModelConfig.parse({**values, **changes}, "test")


def tree(folder: Path) -> dict[str, bytes]:
    """The content of all files of a store except locks."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def prepared(
    root: Path, output: Path, model: ModelConfig | None = None, **options: object
) -> PreparationResult:
    return prepare(open_dataset(root), model or config(), output, **{"shard_seconds": 2.0, **options})  # type: ignore[arg-type]


def test_window_contains_the_features_and_targets_of_the_model(tmp_path: Path) -> None:
    index = open_dataset(stereo_set(tmp_path / "set", 4))
    prepare(index, config(), tmp_path / "store")
    store = FeatureStore(tmp_path / "store", config())
    assert len(store) == 4
    for number, clip in enumerate(index):
        assert clip.audio is not None
        example = store[number]
        assert (example.name, example.first_frame, example.frames) == (clip.name, 0, 10)
        audio, _ = read_audio(clip.audio)
        expected_features = (
            FeatureStack(config().features).extract_raw(torch.from_numpy(audio)[None])[0].numpy()
        )
        np.testing.assert_array_equal(example.features, expected_features)
        expected = encode_targets(index.annotations(clip, 10), ("x", "y", "distance"))
        np.testing.assert_array_equal(example.targets, expected)


def test_long_clips_are_cut_into_windows_and_the_last_is_padded(tmp_path: Path) -> None:
    root = foa_set(tmp_path / "set", "starss23", 2, seconds=2.0)
    foa = config(features={"input": "foa", "parts": [{"name": "log-mel"}]}, window_frames=15)
    prepared(root, tmp_path / "store", foa)
    store = FeatureStore(tmp_path / "store", foa)
    assert [store[n].first_frame for n in range(4)] == [0, 15, 0, 15]
    assert [store[n].frames for n in range(4)] == [15, 5, 15, 5]
    second = store[1]
    assert second.targets is not None
    assert second.targets[:5].any()
    assert not second.targets[5:].any()
    quiet = second.features[:, -30:].mean() - second.features[:, :20].mean()
    assert quiet < -20  # dB


def test_windows_cover_all_frames_without_redundant_windows() -> None:
    for frames in range(1, 60):
        for window, hop in ((10, 10), (10, 3), (10, 1), (50, 50)):
            starts = window_starts(frames, window, hop)
            assert set(range(frames)) <= {start + step for start in starts for step in range(window)}
            assert len(starts) == 1 or starts[-2] + window < frames
            assert (np.diff(starts) == hop).all()


def test_overlapping_windows_have_their_own_store(tmp_path: Path) -> None:
    root = stereo_set(tmp_path / "set", 2, seconds=2.0)
    prepared(root, tmp_path / "store")
    prepared(root, tmp_path / "store", hop_frames=5)
    with pytest.raises(DatasetError, match="expected one setting, found several"):
        FeatureStore(tmp_path / "store", config())
    stores = [FeatureStore(place, config()) for place in sorted((tmp_path / "store").iterdir())]
    assert {len(store) for store in stores} == {4, 6}


def test_half_precision_needs_half_the_space_and_is_read_as_float32(tmp_path: Path) -> None:
    root = stereo_set(tmp_path / "set", 2)
    prepared(root, tmp_path / "full")
    prepared(root, tmp_path / "half", precision="float16")
    full, half = FeatureStore(tmp_path / "full", config())[1], FeatureStore(tmp_path / "half", config())[1]
    assert half.features.dtype == np.float32
    assert 0 < np.abs(full.features - half.features).max() < 0.05
    sizes = [sum(map(len, tree(tmp_path / name).values())) for name in ("full", "half")]
    assert sizes[1] < 0.7 * sizes[0]


@pytest.mark.slow
def test_killed_at_ten_random_points_the_store_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    root = stereo_set(tmp_path / "set", 8)
    assert not killed(root, config(), tmp_path / "whole", at=0)
    operations = int((tmp_path / "operations").read_text())
    assert operations > 30
    rng = np.random.default_rng(5)
    for run, at in enumerate(rng.choice(np.arange(1, operations), 10, replace=False)):
        output = tmp_path / f"killed{run}"
        assert killed(root, config(), output, int(at))
        with pytest.raises(DatasetError, match=r"incomplete|found none"):
            FeatureStore(output, config())
        prepared(root, output)
        assert tree(output) == tree(tmp_path / "whole")


def test_repeatedly_killed_preparation_finishes(tmp_path: Path) -> None:
    root = stereo_set(tmp_path / "set", 8)
    prepared(root, tmp_path / "whole")
    times = 1
    while killed(root, config(), tmp_path / "store", at=16 + 7 * times) and times < 60:
        times += 1
    assert 4 < times < 60
    assert tree(tmp_path / "store") == tree(tmp_path / "whole")


def test_two_killed_workers_leave_no_incomplete_store(tmp_path: Path) -> None:
    root = stereo_set(tmp_path / "set", 24)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(config().yaml())
    code = (
        "from datasets.making import *; from seldkit.datasets import open_dataset\n"
        "from seldkit.datasets.preparation import prepare, read_model_config\n"
        "if __name__ == '__main__':\n"
        f"    prepare(open_dataset({str(root)!r}), read_model_config({str(recipe)!r}),\n"
        f"            {str(tmp_path / 'store')!r}, workers=2, shard_seconds=2.0)\n"
    )
    script = tmp_path / "script.py"
    script.write_text(code)
    process = subprocess.Popen(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        start_new_session=True,
    )
    while process.poll() is None and not list(tmp_path.glob("store/*/shards/[0-9a-f]*")):
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    again = prepared(root, tmp_path / "store")
    prepared(root, tmp_path / "whole", workers=2)
    assert again.clips == 24
    assert tree(tmp_path / "store") == tree(tmp_path / "whole")


def test_only_changed_clips_are_computed(tmp_path: Path) -> None:
    root = stereo_set(tmp_path / "set", 6)
    assert prepared(root, tmp_path / "store").computed == 6
    before = tree(tmp_path / "store")
    assert prepared(root, tmp_path / "store").computed == 0
    assert tree(tmp_path / "store") == before
    write_stereo_clip(root, "dev-train-tau/fold3_room4_mix999_deg000_start0000", [Event(0, 5, 2, 10)])
    assert prepared(root, tmp_path / "store").computed == 1
    changed = next((root / "metadata_dev").rglob("*mix001*.csv"))
    changed.write_text(changed.read_text().replace(",40,", ",45,"))
    assert prepared(root, tmp_path / "store").computed == 1
    prepared(root, tmp_path / "fresh")
    for held, fresh in zip(*(FeatureStore(tmp_path / n, config()) for n in ("store", "fresh")), strict=True):
        assert held.name == fresh.name
        np.testing.assert_array_equal(held.features, fresh.features)
        np.testing.assert_array_equal(held.targets, fresh.targets)


def test_removed_clips_are_removed_from_the_store(tmp_path: Path) -> None:
    root = stereo_set(tmp_path / "set", 6)
    prepared(root, tmp_path / "store")
    for path in root.rglob("*mix001*"):
        path.unlink()
    assert prepared(root, tmp_path / "store").computed == 0
    assert len(FeatureStore(tmp_path / "store", config())) == 5


@pytest.mark.parametrize(
    "changes",
    [
        {"window_frames": 5},
        {"elements": ["x", "y"]},
        {"features": {"input": "stereo", "parts": [{"name": "log-mel"}, {"name": "level-difference"}]}},
        {"features": {"input": "stereo", "parts": [{"name": "log-mel", "top_db": 60.0}]}},
        {"classes": [*STARSS23, "siren"]},
    ],
)
def test_changed_setting_has_another_store(changes: dict[str, object], tmp_path: Path) -> None:
    root = stereo_set(tmp_path / "set", 2)
    prepared(root, tmp_path / "store")
    other = config(**changes)
    with pytest.raises(DatasetError, match="found 1 with other settings"):
        FeatureStore(tmp_path / "store", other)
    prepared(root, tmp_path / "store", other)
    assert (
        FeatureStore(tmp_path / "store", other).settings
        != FeatureStore(tmp_path / "store", config()).settings
    )


def test_settings_without_effect_on_features_use_the_same_store(tmp_path: Path) -> None:
    prepared(stereo_set(tmp_path / "set", 2), tmp_path / "store")
    other = config(name="other", features={**TINY["features"], "standardise": True})
    assert len(FeatureStore(tmp_path / "store", other)) == 2


def test_damaged_shard_is_computed_again(tmp_path: Path) -> None:
    root = stereo_set(tmp_path / "set", 4)
    prepared(root, tmp_path / "store")
    whole = tree(tmp_path / "store")
    path = next((tmp_path / "store").rglob("features.npy"))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DatasetError, match=r"features\.npy: damaged"):
        [example.name for example in FeatureStore(tmp_path / "store", config())]  # type: ignore[attr-defined]
    assert prepared(root, tmp_path / "store").computed > 0
    assert tree(tmp_path / "store") == whole


def test_invalid_clips_are_reported_skipped_and_tried_again(tmp_path: Path) -> None:
    root = stereo_set(tmp_path / "set", 5)
    sounds = sorted((root / "stereo_dev").rglob("*.wav"))
    good = sounds[1].read_bytes()
    sounds[1].write_bytes(b"no sound")
    labels = sorted((root / "metadata_dev").rglob("*.csv"))[3]
    labels.write_text("frame,class,source,azimuth,distance,onscreen\n0,99,0,0,0,0\n")
    done = prepared(root, tmp_path / "store")
    assert (done.clips, done.computed, len(done.failures)) == (3, 3, 2)
    assert str(sounds[1]) in done.failures[0]
    assert "expected class numbers 0 to 12, got 99 in frame 0" in done.failures[1]
    assert len(FeatureStore(tmp_path / "store", config())) == 3
    sounds[1].write_bytes(good)
    assert prepared(root, tmp_path / "store").computed == 1


def test_labels_after_the_end_are_ignored_and_reported(tmp_path: Path) -> None:
    write_stereo_clip(tmp_path / "set", "dev-train-tau/a", [Event(5, 8, 0, 10)])
    done = prepared(tmp_path / "set", tmp_path / "store")
    assert "3 rows after the end of the audio (10 frames) were ignored" in done.notes[0]
    assert FeatureStore(tmp_path / "store", config())[0].targets is not None


def test_clips_without_labels_have_no_targets(tmp_path: Path) -> None:
    root = stereo_set(tmp_path / "set", 3)
    (root / "stereo_eval").mkdir()
    write_audio(root / "stereo_eval/sample1.wav", 0.1 * np.ones((2, 24000), np.float32), 24000)
    prepared(root, tmp_path / "store")
    store = FeatureStore(tmp_path / "store", config())
    (example,) = (store.select(split="eval")[n] for n in range(1))
    assert example.targets is None
    assert len(store.select(split="train")) == 2
    assert all(store.select(split="train")[n].targets is not None for n in range(2))
    assert len(store.select(folds=[4])) == len(store.select(rooms=[2])) == 1


def test_several_processes_read_one_store(tmp_path: Path) -> None:
    prepared(stereo_set(tmp_path / "set", 4), tmp_path / "store")
    store = FeatureStore(tmp_path / "store", config())
    expected = names_of(store)
    assert len(pickle.dumps(store)) < 20_000
    with ProcessPoolExecutor(2, mp_context=get_context("forkserver")) as pool:
        assert list(pool.map(names_of, [store, store])) == [expected, expected]
    loader = torch.utils.data.DataLoader(
        store,  # type: ignore[arg-type]
        batch_size=2,
        num_workers=2,
        collate_fn=lambda batch: torch.stack([torch.from_numpy(example.features) for example in batch]),
        multiprocessing_context="fork",
    )
    assert [tuple(batch.shape) for batch in loader] == [(2, 2, 51, 64)] * 2


def test_indices_behave_like_those_of_a_list(tmp_path: Path) -> None:
    prepared(stereo_set(tmp_path / "set", 3), tmp_path / "store")
    store = FeatureStore(tmp_path / "store", config())
    assert store[-1].name == store[2].name
    for number in (3, -4):
        with pytest.raises(IndexError):
            store[number]
    store[0].features[:] = 0  # a copy: the store does not change
    assert store[0].features.any()
    assert store[0].frames * FRAME_SECONDS == 1.0


def test_classes_are_mapped_by_name(tmp_path: Path) -> None:
    root = stereo_set(tmp_path / "set", 2)
    turned = config(classes=[*reversed(STARSS23)])
    prepared(root, tmp_path / "store", turned)
    prepared(root, tmp_path / "other")
    one, other = FeatureStore(tmp_path / "store", turned)[1], FeatureStore(tmp_path / "other", config())[1]
    assert one.targets is not None
    assert other.targets is not None
    np.testing.assert_array_equal(one.targets, other.targets[..., ::-1])
    done = None
    with pytest.raises(DatasetError, match=r"expected the classes of the recipe, found 'female speech'"):
        done = prepared(root, tmp_path / "few", config(classes=["bell"]))
    assert done is None


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        (
            {"elements": ["x", "y", "z"]},
            r"requires 'z', which the labels of DCASE 2025 Task 3 stereo do not contain",
        ),
        (
            {"features": {"input": "foa", "parts": [{"name": "log-mel"}]}},
            r"expected foa audio for 'tiny', found stereo audio; use another recipe",
        ),
        (
            {"streams": {"clap": 512}, "fusion": {"name": "transformer-decoder"}},
            r"requires the stream\(s\) clap, but has no encoder",
        ),
    ],
)
def test_incompatible_models_are_rejected(changes: dict[str, object], error: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=error):
        prepared(stereo_set(tmp_path / "set", 1), tmp_path / "store", config(**changes))
    assert not (tmp_path / "store").exists()


def test_missing_distance_and_wrong_channels_are_reported_with_a_fix(tmp_path: Path) -> None:
    foa = config(features={"input": "foa", "parts": [{"name": "log-mel"}]})
    with pytest.raises(
        DatasetError, match="requires 'distance', which the labels of STARSS22 do not contain"
    ):
        prepared(foa_set(tmp_path / "set", "starss22"), tmp_path / "store", foa)
    with pytest.raises(DatasetError, match="convert it with seldkit stereo"):
        prepared(tmp_path / "set", tmp_path / "store")


def test_concurrent_preparations_and_two_datasets_in_one_store_are_rejected(tmp_path: Path) -> None:
    import fcntl

    root = stereo_set(tmp_path / "set", 2)
    place = prepared(root, tmp_path / "store").folder
    with (place / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(DatasetError, match="another process is writing to this store"):
            prepared(root, tmp_path / "store")
    write_stereo_clip(tmp_path / "other", "dev-train-tau/x", [])
    with pytest.raises(DatasetError, match="contains clips of another dataset"):
        prepared(tmp_path / "other", tmp_path / "store")


def test_configuration_is_read_from_directory_file_or_recipe(tmp_path: Path) -> None:
    directory = good_model(tmp_path)
    (tmp_path / "r.yaml").write_text(yaml.safe_dump({"model": TINY, "training": {}}))
    for path in (directory, directory / "config.yaml", tmp_path / "r.yaml"):
        assert read_model_config(path).name == "tiny"
    (tmp_path / "bad.yaml").write_text(yaml.safe_dump({"model": TINY, "trainig": {}}))
    with pytest.raises(ModelError, match="unknown key 'trainig'; did you mean 'training'"):
        read_model_config(tmp_path / "bad.yaml")
    (tmp_path / "bad.yaml").write_text(yaml.safe_dump({"model": "tiny"}))
    with pytest.raises(ModelError, match="expected the keys of a model configuration"):
        read_model_config(tmp_path / "bad.yaml")
    with pytest.raises(ModelError, match="found nothing"):
        read_model_config(tmp_path / "gone.yaml")
