"""Download of public datasets.

Examples:
    >>> download("starss22", "data/starss22", ["metadata_dev"])  # doctest: +SKIP
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from seldkit.datasets.download.fetching import FetchedFile, fetch
from seldkit.datasets.download.remote_datasets import REMOTE_DATASETS, URL_PATTERN, RemoteDataset, RemoteFile
from seldkit.datasets.download.unpacking import unpack
from seldkit.errors import DatasetError
from seldkit.registry import nearest
from seldkit.types import CountProgress, NamedProgress

__all__ = ["REMOTE_DATASETS", "FetchedFile", "RemoteDataset", "RemoteFile", "download", "fetch", "unpack"]

ARCHIVES_FOLDER: Final = "archives"
"""Folder of the downloaded archives in the folder of a dataset."""


def download(
    name: str,
    folder: str | Path,
    archives: Sequence[str] | None = None,
    *,
    keep: bool = True,
    url_pattern: str = URL_PATTERN,
    progress: NamedProgress | None = None,
) -> list[FetchedFile]:
    """Downloads a public dataset to ``folder/archives`` and extracts it to `folder`.

    Interrupted downloads are resumed.

    Args:
        name: Name of the dataset in `REMOTE_DATASETS`.
        folder: Folder of the dataset.
        archives: Archives to download, such as ``["foa_dev", "metadata_dev"]``. None: all.
        keep: Whether the archives are kept after extraction.
        url_pattern: URL with the fields ``{record}`` and ``{name}``, for example of a mirror.
        progress: Called with the name of the file, the number of received bytes and the size of the file in
            bytes, if known.

    Returns:
        The downloaded files.

    Raises:
        DatasetError: If an archive is unknown, cannot be downloaded or is damaged.
        UnknownNameError: If the dataset is unknown.
    """
    remote, folder = REMOTE_DATASETS[name], Path(folder)
    for archive in archives or ():
        if archive not in remote.archives:
            raise DatasetError(f"{name} has no archive '{archive}'; {nearest(archive, remote.archives)}")
    fetched: list[FetchedFile] = []
    for archive in archives or remote.archives:
        parts = [
            fetch(
                url_pattern.format(record=remote.record, name=quote(file.name)),
                folder / ARCHIVES_FOLDER / file.name,
                md5=file.md5,
                size=file.size,
                progress=_file_progress(progress, file.name),
            )
            for file in remote.archives[archive]
        ]
        unpack([part.path for part in parts], folder)
        fetched += parts
        if not keep:
            for part in parts:
                part.path.unlink()
    return fetched


def _file_progress(progress: NamedProgress | None, name: str) -> CountProgress | None:
    return None if progress is None else lambda done, total: progress(name, done, total)
