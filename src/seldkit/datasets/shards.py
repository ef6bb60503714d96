"""Shards: folders of a few clips' arrays, each either whole or absent."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from seldkit.errors import DatasetError

ITEMS_FILE: Final = "items.json"
_PART_SUFFIX: Final = ".part"
_TRASH_SUFFIX: Final = ".trash"

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class ShardItem:
    """One prepared clip.

    name and key: see `content.item_key`. frames: its length in 100 ms label frames. windows: how many,
    one row each in the shard's arrays. row: the first.
    """

    name: str
    key: str
    frames: int
    windows: int
    row: int


@dataclass(frozen=True)
class Shard:
    """A whole shard: its folder, its items in the order of their rows, and its arrays' names."""

    folder: Path
    items: tuple[ShardItem, ...]
    arrays: tuple[str, ...]

    def open(self, name: str) -> NDArray[Any]:
        """One array, (rows, …), as a read-only memory map."""
        path = self.folder / f"{name}.npy"
        try:
            array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as problem:
            words = " ".join(str(problem).split())
            raise DatasetError(f"{path}: damaged ({words:.100}); prepare the data set again") from None
        return array


def write_shard(
    folder: Path, shard: str, items: Sequence[ShardItem], arrays: Mapping[str, NDArray[Any]]
) -> None:
    """Write a shard under a temporary name beside its own, then rename it.

    A shard of that name which is there already is left: the name says the content.
    """
    folder.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{shard}.", suffix=_PART_SUFFIX, dir=folder))
    try:
        for name, array in arrays.items():
            np.save(temporary / f"{name}.npy", array, allow_pickle=False)
        sizes = {name: (temporary / f"{name}.npy").stat().st_size for name in arrays}
        contents = {"items": [asdict(item) for item in items], "sizes": sizes}
        (temporary / ITEMS_FILE).write_text(json.dumps(contents), encoding="utf-8")
        temporary.chmod(0o755)
        try:
            temporary.rename(folder / shard)
        except OSError:
            if not (folder / shard).is_dir():
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def complete_shards(folder: Path) -> Iterator[Shard]:
    """The shards of a folder, by name; those whose files are not of the size they were written with, which
    a crash of the machine can leave, are passed over."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not path.name.startswith("."):
            shard = _read(path)
            if shard is not None:
                yield shard


def _read(folder: Path) -> Shard | None:
    try:
        contents = json.loads((folder / ITEMS_FILE).read_text(encoding="utf-8"))
        sizes = contents["sizes"]
        if any((folder / f"{name}.npy").stat().st_size != size for name, size in sizes.items()):
            return None
        return Shard(folder, tuple(ShardItem(**item) for item in contents["items"]), tuple(sorted(sizes)))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remove_folder(path: Path) -> None:
    """Take a folder away whole: first its name, then its files, so that no half of it can be met."""
    trash = path.with_name(f".{path.name.lstrip('.')}.{os.getpid()}{_TRASH_SUFFIX}")
    try:
        path.rename(trash)
    except OSError:  # its writer has just put it in its place, or somebody else took it away
        return
    shutil.rmtree(trash, ignore_errors=True)


def remove_incomplete(folder: Path) -> None:
    """Take away what writers that were killed have left, and shards that are damaged."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.endswith(_TRASH_SUFFIX):
            shutil.rmtree(path, ignore_errors=True)
        elif path.name.endswith(_PART_SUFFIX) or not (path.name.startswith(".") or _read(path)):
            remove_folder(path)
