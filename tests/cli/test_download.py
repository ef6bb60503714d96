from pathlib import Path
from typing import Any

import pytest

from cli.commands import Command
from seldkit.datasets.download import REMOTE_DATASETS, FetchedFile


def test_without_a_name_the_datasets_are_listed(command: Command) -> None:
    result = command("download")
    assert result.status == 0
    for name in REMOTE_DATASETS.names():
        assert name in result.out


def test_a_dataset_is_downloaded_into_the_folder(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls: list[Any] = []

    def download(name: str, folder: Path, archives: list[str] | None, **options: Any) -> list[FetchedFile]:
        calls.append((name, folder, archives, options["keep"]))
        options["progress"]("metadata_dev.zip", 1, 2)
        return [FetchedFile(folder / "metadata_dev.zip", "0" * 64, True)]

    monkeypatch.setattr("seldkit.datasets.download.download", download)
    arguments = ("--output", tmp_path / "data", "--archive", "metadata_dev", "--no-keep")
    result = command("download", "starss22", *arguments)
    assert result.status == 0
    assert calls == [("starss22", tmp_path / "data", ["metadata_dev"], False)]
    assert "no published checksum for metadata_dev.zip" in result.err


def test_an_unknown_dataset_is_refused_with_the_nearest_name(command: Command) -> None:
    result = command("download", "starss32")
    assert result.status == 1
    assert "starss2" in result.err
