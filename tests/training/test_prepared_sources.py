"""Datasets of stages: checks, splits, stores and windows."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Self

import numpy as np
import pytest

from datasets.making import stereo_set
from seldkit.annotations import Annotations
from seldkit.classes import STARSS23
from seldkit.datasets.store import StoredClip
from seldkit.errors import SeldkitError
from seldkit.models import ModelConfig
from seldkit.training.prepared_sources import PreparedSources, StoredClips, recording_of
from training.clips import tiny_recipe

STAGES = [{"name": "first", "epochs": 1}, {"name": "second", "epochs": 1}]


def config() -> ModelConfig:
    return tiny_recipe().model.model_copy(update={"classes": STARSS23})


@pytest.mark.parametrize(
    ("datasets", "message"),
    [
        ({"": Path("all")}, None),
        ({"first": Path("a"), "second": Path("b")}, None),
        ({"": Path("all"), "second": Path("b")}, None),
        ({"first": Path("a")}, "stage 'second': no dataset; add --data second=FOLDER"),
        ({"": Path("all"), "frist": Path("a")}, "no such stage; did you mean 'first'"),
    ],
)
def test_each_stage_needs_a_dataset_and_each_dataset_a_stage(
    datasets: dict[str, Path], message: str | None
) -> None:
    sources, training = PreparedSources(datasets, Path("store")), tiny_recipe(stages=STAGES).training
    if message is None:
        sources.check(training)
    else:
        with pytest.raises(SeldkitError, match=message):
            sources.check(training)


def test_a_stage_without_a_dataset_of_its_own_uses_the_common_one() -> None:
    sources = PreparedSources({"": Path("all"), "second": Path("b")}, Path("store"))
    first, second = tiny_recipe(stages=STAGES).training.stages
    assert (sources.folder(first), sources.folder(second)) == (Path("all"), Path("b"))


def test_sources_with_swaps_differ_in_nothing_else() -> None:
    sources = PreparedSources({"": Path("all")}, Path("store"), workers=2)
    assert replace(sources.with_swaps(True), swaps=False) == sources


def test_datasets_with_the_same_name_have_different_stores(tmp_path: Path) -> None:
    first, second, third = tmp_path / "a" / "set", tmp_path / "b" / "set", tmp_path / "b" / "other"
    sources = PreparedSources({"": first}, tmp_path, tests=[second, third])
    names = [sources._store_name(folder) for folder in (first, second, third)]
    assert len(set(names)) == 3
    assert names[2] == "other"
    assert PreparedSources({"": first}, tmp_path, tests=[first])._store_name(first) == "set"


@dataclass
class FakeStore:
    """A store of clips without data."""

    clips: tuple[StoredClip, ...]
    folder: Path = Path("store")
    settings: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(hop_frames=5))

    def select(self, names: object) -> Self:
        return replace(self, clips=tuple(clip for clip in self.clips if clip.name in set(names)))  # type: ignore[call-overload]

    def __len__(self) -> int:
        return sum(clip.windows for clip in self.clips)


def clip(name: str, split: str | None, windows: int = 1, labelled: bool = True, room: int | None = None):
    values = {"name": name, "split": split, "windows": windows, "labelled": labelled, "room": room}
    return SimpleNamespace(frames=5 * windows + 3, **values)


CLIPS = (
    clip("fold3_room1_mix001_deg000_start0", "train", windows=2, room=1),
    clip("fold3_room1_mix001_deg090_start5", "train", room=1),
    clip("unlabelled", "train", labelled=False),
    clip("studio", None, windows=3),
    clip("held", "validation"),
    clip("tested", "test"),
    clip("evaluated", "eval"),
)


def stored(*splits: str | None) -> StoredClips:
    store = FakeStore(CLIPS)  # type: ignore[arg-type]
    return StoredClips.from_splits(store, config(), *([splits] if splits else []))  # type: ignore[arg-type]


def test_by_default_all_labelled_clips_that_are_not_for_testing_are_used() -> None:
    assert [one.name for one in stored().clips] == [CLIPS[0].name, CLIPS[1].name, "studio"]


def test_splits_without_labelled_clips_are_an_error() -> None:
    store = FakeStore(CLIPS[2:3])  # type: ignore[arg-type]
    with pytest.raises(SeldkitError, match="store: expected labelled clips for train, found none"):
        StoredClips.from_splits(store, config())  # type: ignore[arg-type]


def test_names_recordings_and_rooms_are_those_of_each_window() -> None:
    clips = stored()
    assert len(clips) == len(clips.names) == 6
    assert clips.names[-3:] == ["studio"] * 3
    assert clips.recordings == ["fold 3, room 1, mix 1"] * 3 + ["studio"] * 3
    assert clips.rooms == ["room 1"] * 3 + ["studio"] * 3


def test_clips_can_be_selected_by_name() -> None:
    selected = stored().select({"studio"})
    assert (len(selected), set(selected.names)) == (3, {"studio"})
    assert len(stored()) == 6


def test_views_of_one_recording_have_its_name() -> None:
    names = [recording_of(one) for one in CLIPS[:2]]  # type: ignore[arg-type]
    assert names[0] == names[1] != recording_of(CLIPS[3])  # type: ignore[arg-type]


def test_windows_are_merged_to_clips_of_their_own_length() -> None:
    clips = stored("validation", None)
    windows = []
    for number in range(4):
        frame = np.arange(10)
        azimuth = np.full(10, 10.0 * number)
        windows.append(Annotations(frame, 0 * frame, 0 * frame, azimuth, np.ones(10), 10))
    with_overlap = [one.take(one.frame < 5) for one in windows]
    studio, held = clips.merge_windows(with_overlap)
    assert (studio.frame_count, held.frame_count) == (18, 8)
    np.testing.assert_array_equal(studio.frame, np.arange(15))
    np.testing.assert_array_equal(studio.azimuth, np.repeat([0.0, 10.0, 20.0], 5))
    np.testing.assert_array_equal(held.azimuth, np.full(5, 30.0))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stereo_set(tmp_path_factory.mktemp("data") / "set", 6)


def test_test_clips_are_not_training_clips(dataset: Path, tmp_path: Path) -> None:
    messages: list[str] = []
    sources = PreparedSources({"": dataset}, tmp_path, log=messages.append)
    (stage,) = tiny_recipe().training.stages
    train = {one.name for one in sources(config(), stage).clips}  # type: ignore[attr-defined]
    test = {one.name for one in sources.test(dataset, config()).clips}
    validation = {one.name for one in sources.validation(dataset, config()).clips}
    assert train
    assert test
    assert not train & test
    assert validation == train  # the dataset has no validation split
    example = sources(config(), stage)[0]
    assert example.features.ndim == 3
    assert example.targets.shape[1:] == (6, 4, 13)
    assert example.reference.frame_count == config().window_frames
