"""Invalid datasets, recipes and stores result in one-line messages."""

from pathlib import Path

import pytest

from bad_input.datasets import BAD_DATASETS, BAD_RECIPES, BAD_STORES, CONFIG, BadDataset
from cli.commands import Command
from datasets.making import stereo_set
from seldkit.datasets.store import FeatureStore
from seldkit.errors import DatasetError


def assert_one_line_each(printed: str) -> None:
    assert "Traceback" not in printed
    assert "a bug in seldkit" not in printed


def assert_matches(text: str, pattern: str) -> None:
    import re

    assert re.search(pattern, " ".join(text.split())), text


@pytest.mark.parametrize("row", BAD_DATASETS, ids=[row.name for row in BAD_DATASETS])
def test_bad_datasets(command: Command, row: BadDataset, tmp_path: Path) -> None:
    path = row.build(tmp_path)
    (tmp_path / "recipe.yaml").write_text(CONFIG.yaml())
    seen = command("inspect", path, "--json", tmp_path / "report.json")
    assert_one_line_each(seen.out + seen.err)
    if row.inspect is not None:
        assert seen.status == 1
        assert_matches(seen.out + seen.err + _written(tmp_path), row.inspect)
    done = command("prepare", path, "--recipe", tmp_path / "recipe.yaml", "--output", tmp_path / "store")
    assert_one_line_each(done.out + done.err)
    if row.prepare is not None:
        assert_matches(done.err, row.prepare)


def _written(folder: Path) -> str:
    path = folder / "report.json"
    return path.read_text().encode().decode("unicode-escape") if path.exists() else ""


@pytest.mark.parametrize(
    ("text", "error"), [row[1:] for row in BAD_RECIPES], ids=[row[0] for row in BAD_RECIPES]
)
def test_bad_recipes(command: Command, text: str, error: str, tmp_path: Path) -> None:
    stereo_set(tmp_path / "set", 2)
    (tmp_path / "recipe.yaml").write_text(text)
    result = command(
        "prepare", tmp_path / "set", "--recipe", tmp_path / "recipe.yaml", "--output", tmp_path / "store"
    )
    assert result.status == 1
    assert_one_line_each(result.err)
    assert result.err.startswith("error: ")
    assert_matches(result.err, error)


@pytest.mark.parametrize(
    ("build", "error"), [row[1:] for row in BAD_STORES], ids=[row[0] for row in BAD_STORES]
)
def test_bad_stores(build, error: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = build(tmp_path)
    with pytest.raises(DatasetError, match=error) as caught:
        [FeatureStore(path, CONFIG)[number].features for number in range(3)]
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "code-has-run").exists()
