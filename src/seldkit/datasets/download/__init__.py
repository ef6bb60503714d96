"""The public data sets, downloaded and unpacked.

>>> download("starss22", "data/starss22", ["metadata_dev"])  # doctest: +SKIP
"""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from seldkit.datasets.download.fetching import FetchedFile, fetch
from seldkit.datasets.download.remote_datasets import REMOTE_DATASETS, URL_PATTERN, RemoteDataset, RemoteFile
from seldkit.datasets.download.unpacking import unpack
from seldkit.errors import DatasetError
from seldkit.registry import nearest
from seldkit.types import CountProgress, NamedProgress

__all__ = ["REMOTE_DATASETS", "FetchedFile", "RemoteDataset", "RemoteFile", "download", "fetch", "unpack"]

ARCHIVES = "archives"


def download(
    name: str,
    folder: str | Path,
    archives: Sequence[str] | None = None,
    *,
    keep: bool = True,
    address: str = URL_PATTERN,
    progress: NamedProgress | None = None,
) -> list[FetchedFile]:
    """Download a public data set into `folder/archives` and unpack it into `folder`.

    name: one of `REMOTE_DATASETS`. archives: what of it, such as ["foa_dev", "metadata_dev"]; all where None.
    keep: leave the archives there. address: a pattern with {record} and {name}, for a mirror.
    Broken-off downloads go on where they stopped. What is returned says which files' checksums were unknown
    and are recorded now. Raises DatasetError, and UnknownNameError for a name that `REMOTE_DATASETS` does not
    know.
    """
    remote, folder = REMOTE_DATASETS[name], Path(folder)
    for archive in archives or ():
        if archive not in remote.archives:
            raise DatasetError(f"{name} has no '{archive}'; {nearest(archive, remote.archives)}")
    fetched: list[FetchedFile] = []
    for archive in archives or remote.archives:
        parts = [
            fetch(
                address.format(record=remote.record, name=quote(file.name)),
                folder / ARCHIVES / file.name,
                md5=file.md5,
                size=file.size,
                progress=_named(progress, file.name),
            )
            for file in remote.archives[archive]
        ]
        unpack([part.path for part in parts], folder)
        fetched += parts
        if not keep:
            for part in parts:
                part.path.unlink()
    return fetched


def _named(progress: NamedProgress | None, name: str) -> CountProgress | None:
    return None if progress is None else lambda done, total: progress(name, done, total)
