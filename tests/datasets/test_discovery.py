from pathlib import Path

import pytest

from datasets.making import Event, foa_set, stereo_set, write_stereo_clip
from paths import SHARED, needs_shared
from seldkit.datasets import LAYOUTS, ClipName, detect_layout, open_dataset
from seldkit.datasets.tau_nigens import CLASSES_2020, CLASSES_2021
from seldkit.errors import DatasetError
from seldkit.registry import UnknownNameError

FOA_KINDS = [name for name in LAYOUTS.names() if "foa" in LAYOUTS[name].audio]


def test_fields_of_clip_names() -> None:
    assert ClipName.from_stem("fold3_room4_mix001_deg090_start0120") == ClipName(3, 4, 1, None, 90, 120)
    assert ClipName.from_stem("fold1_room1_mix001_ov2") == ClipName(1, 1, 1, 2, None, None)
    assert ClipName.from_stem("fold4_room23_mix014") == ClipName(4, 23, 14)
    assert ClipName.from_stem("fold3_room4_mix001_deg090_start0120_swap") == ClipName(3, 4, 1, None, 90, 120)
    for name in ("sample00017", "fold3_room4", "xfold3_room4_mix001", "fold3_room4_mix001x"):
        assert ClipName.from_stem(name) == ClipName()


@pytest.mark.parametrize("kind", FOA_KINDS)
def test_files_of_foa_datasets_are_paired(kind: str, tmp_path: Path) -> None:
    index = open_dataset(foa_set(tmp_path, kind))
    assert (index.kind, index.input, len(index)) == (kind, "foa", 4)
    for clip in index:
        assert clip.audio is not None
        assert clip.metadata is not None
        assert clip.audio.stem == clip.metadata.stem == clip.stem
        labels = index.annotations(clip, 20)
        assert labels.frame_count == 20
        assert labels.elevation is not None
    assert {clip.split for clip in index} == {"train", "test"}
    assert len(index.select(split="test")) == len(index.select(split="train")) == 2


def test_files_of_the_stereo_dataset_are_paired(tmp_path: Path) -> None:
    index = open_dataset(stereo_set(tmp_path, 3, video=True))
    assert (index.kind, index.input) == ("dcase2025-stereo", "stereo")
    first = index[0]
    assert first.name == "dev-test-tau/fold4_room2_mix000_deg000_start0000"
    assert (first.split, first.site, first.name_fields.view, first.part) == ("test", "tau", 0, "dev")
    assert all(clip.video is not None for clip in index)
    assert [clip.name for clip in index] == sorted(clip.name for clip in index)


def test_files_are_paired_by_name(tmp_path: Path) -> None:
    stereo_set(tmp_path, 6)
    (tmp_path / "metadata_dev/dev-train-tau/fold3_room4_mix001_deg010_start0000.csv").unlink()
    index = open_dataset(tmp_path)
    alone = [clip.name for clip in index if clip.metadata is None]
    assert alone == ["dev-train-tau/fold3_room4_mix001_deg010_start0000"]
    for clip in index:
        assert clip.metadata is None or clip.metadata.stem == clip.stem
    assert len(index.select(labelled=True)) == 5


def test_misplaced_file_is_paired_and_reported(tmp_path: Path) -> None:
    stereo_set(tmp_path, 3)
    name = "fold4_room2_mix000_deg000_start0000.csv"
    (tmp_path / f"metadata_dev/dev-test-tau/{name}").rename(tmp_path / f"metadata_dev/dev-train-tau/{name}")
    index = open_dataset(tmp_path)
    assert len(index) == 3
    assert all(clip.metadata is not None for clip in index)
    assert len(index.misplaced) == 1
    assert name in index.misplaced[0]


def test_same_name_in_two_subfolders_is_two_clips(tmp_path: Path) -> None:
    events = [Event(0, 5, 0, 30)]
    for folder in ("dev-train-tau", "dev-train-synth"):
        write_stereo_clip(tmp_path, f"{folder}/fold1_room1_mix001_deg000_start0000", events)
    index = open_dataset(tmp_path)
    assert [clip.name.split("/")[0] for clip in index] == ["dev-train-synth", "dev-train-tau"]
    assert all(
        clip.audio and clip.metadata and clip.audio.parent.name == clip.metadata.parent.name for clip in index
    )


def test_hidden_files_are_ignored(tmp_path: Path) -> None:
    foa_set(tmp_path, "tau-nigens-2020")
    (tmp_path / "metadata_dev/._fold1_room1_mix000_ov1.csv").write_bytes(b"\0\5\6\7")
    (tmp_path / "foa_dev/.DS_Store").write_bytes(b"\0")
    assert len(open_dataset(tmp_path)) == 4


def test_split_is_determined_by_the_fold_if_not_by_the_folder(tmp_path: Path) -> None:
    index = open_dataset(foa_set(tmp_path, "tau-nigens-2020"))
    assert {(clip.name_fields.fold, clip.split) for clip in index} == {(1, "test"), (3, "train")}


def test_evaluation_clips_are_a_separate_split(tmp_path: Path) -> None:
    stereo_set(tmp_path, 3)
    (tmp_path / "stereo_eval").mkdir()
    source = next((tmp_path / "stereo_dev").rglob("*.wav"))
    (tmp_path / "stereo_eval/sample00001.wav").write_bytes(source.read_bytes())
    (clip,) = open_dataset(tmp_path).select(split="eval")
    assert (clip.name, clip.part, clip.metadata, clip.name_fields) == (
        "eval/sample00001",
        "eval",
        None,
        ClipName(),
    )


def test_audio_can_be_selected_by_channel_layout(tmp_path: Path) -> None:
    foa_set(tmp_path, "starss22")
    for path in (tmp_path / "foa_dev").rglob("*.wav"):
        other = tmp_path / "mic_dev" / path.relative_to(tmp_path / "foa_dev")
        other.parent.mkdir(parents=True, exist_ok=True)
        other.write_bytes(path.read_bytes())
    assert open_dataset(tmp_path).input == "foa"
    index = open_dataset(tmp_path, input="mic")
    assert all("mic_dev" in str(clip.audio) for clip in index)
    with pytest.raises(DatasetError, match="expected stereo audio, found foa, mic"):
        open_dataset(tmp_path, input="stereo")


def test_vocabularies_of_older_datasets() -> None:
    assert (len(CLASSES_2020), len(CLASSES_2021)) == (14, 12)
    assert CLASSES_2021[4] == "female scream"
    assert CLASSES_2020[13] == CLASSES_2021[11] == "piano"


def test_errors_state_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"expected the folder of a dataset, found nothing"):
        open_dataset(tmp_path / "gone")
    with pytest.raises(
        DatasetError, match=r"found an empty folder; supported are .*dcase2025-stereo: stereo_dev"
    ):
        open_dataset(tmp_path)
    stereo_set(tmp_path / "inner", 3)
    with pytest.raises(DatasetError, match=r"did you mean .*inner\?"):
        open_dataset(tmp_path)
    with pytest.raises(DatasetError, match=r"expected the folders of STARSS23"):
        open_dataset(tmp_path, kind="starss23")
    with pytest.raises(
        UnknownNameError, match=r"unknown kind of dataset 'starss24'; did you mean 'starss23'"
    ):
        open_dataset(tmp_path / "inner", kind="starss24")
    (tmp_path / "none/stereo_dev").mkdir(parents=True)
    with pytest.raises(DatasetError, match=r"expected audio files .* found none"):
        open_dataset(tmp_path / "none")


def test_ambiguous_kind_has_to_be_selected(tmp_path: Path) -> None:
    stereo_set(tmp_path, 3)
    foa_set(tmp_path, "starss22")
    assert detect_layout(tmp_path) is None
    with pytest.raises(DatasetError, match="choose one with --kind"):
        open_dataset(tmp_path)
    assert open_dataset(tmp_path, kind="dcase2025-stereo").kind == "dcase2025-stereo"


@needs_shared
def test_names_and_labels_of_the_real_starss22(tmp_path: Path) -> None:
    (tmp_path / "foa_dev").mkdir()
    (tmp_path / "metadata_dev").symlink_to(SHARED / "data/metadata/starss22")
    index = open_dataset(tmp_path, kind="starss22")
    assert len(index) == 122
    rooms = {
        split: {clip.name_fields.room for clip in index.select(split=split, folds=[3, 4])}
        for split in ("train", "test")
    }
    assert not rooms["train"] & rooms["test"]
    assert sum(len(index.annotations(clip)) for clip in index) > 100_000
