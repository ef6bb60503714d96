"""Every registered kind of dataset, from its folders to the windows of a store."""

from pathlib import Path

import pytest

from datasets.making import example_dataset
from datasets.test_preparation import config
from seldkit.datasets import LAYOUTS, detect_layout, open_dataset
from seldkit.datasets.preparation import prepare
from seldkit.datasets.store import FeatureStore
from seldkit.datasets.validation import validate_dataset
from seldkit.formats import FORMATS


@pytest.mark.parametrize("kind", LAYOUTS.names())
def test_kind_is_detected_and_its_files_are_paired(kind: str, tmp_path: Path) -> None:
    root = example_dataset(tmp_path, kind, 2)
    assert detect_layout(root) == kind
    index = open_dataset(root)
    assert len(index) == 2
    for clip in index:
        assert clip.audio is not None
        assert clip.metadata is not None
        assert clip.audio.stem == clip.metadata.stem == clip.stem
    assert len(index.select(split="train")) == len(index.select(split="test")) == 1


@pytest.mark.parametrize("kind", LAYOUTS.names())
def test_labels_contain_the_stated_columns(kind: str, tmp_path: Path) -> None:
    index = open_dataset(example_dataset(tmp_path, kind, 2))
    assert index.layout.format in FORMATS.names()
    labels = index.annotations(index[0], 20)
    assert labels.frame_count == 20
    assert (labels.elevation is not None) == ("elevation" in index.layout.label_columns)
    assert (labels.onscreen is not None) == ("onscreen" in index.layout.label_columns)


@pytest.mark.parametrize("kind", LAYOUTS.names())
def test_example_has_no_problems(kind: str, tmp_path: Path) -> None:
    assert validate_dataset(open_dataset(example_dataset(tmp_path, kind, 2))).findings == {}


@pytest.mark.parametrize("kind", LAYOUTS.names())
def test_dataset_can_be_prepared_for_training(kind: str, tmp_path: Path) -> None:
    index = open_dataset(example_dataset(tmp_path / "dataset", kind, 2))
    model = config(
        features={"input": index.input, "parts": [{"name": "log-mel"}]},
        classes=list(index.layout.classes),
        elements=["x", "y"],
    )
    assert prepare(index, model, tmp_path / "store").failures == ()
    store = FeatureStore(tmp_path / "store", model)
    assert len(store) == 4
    assert all(store[number].targets is not None for number in range(4))
