"""Shards of a store: folders with the arrays of a few clips, written atomically."""

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
from seldkit.files import naming_disk_errors

ITEMS_FILE: Final = "items.json"
"""File of a shard that lists its clips and the sizes of its arrays."""
_PART_SUFFIX: Final = ".part"
"""Suffix of shards that are being written."""
_TRASH_SUFFIX: Final = ".trash"
"""Suffix of folders that are being removed."""

Arrays = dict[str, NDArray[Any]]
"""Arrays by name."""


@dataclass(frozen=True)
class ShardItem:
    """A clip in a shard.

    Attributes:
        name: Name of the clip.
        key: Hash of the settings and the source files, see `item_key`.
        frames: Duration in frames of 100 ms.
        windows: Number of windows, one row of the arrays each.
        row: Row of the first window.
    """

    name: str
    key: str
    frames: int
    windows: int
    row: int


@dataclass(frozen=True)
class Shard:
    """A complete shard.

    Attributes:
        folder: Folder of the shard; its name is a hash of the content.
        items: The clips in the order of their rows.
        arrays: Names of the arrays.
    """

    folder: Path
    items: tuple[ShardItem, ...]
    arrays: tuple[str, ...]

    def open(self, name: str) -> NDArray[Any]:
        """Opens an array as a read-only memory map.

        Args:
            name: Name of the array.

        Returns:
            The array. Shape ``(rows, ...)``.

        Raises:
            DatasetError: If the file is damaged or missing.
        """
        path = self.folder / f"{name}.npy"
        try:
            array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as problem:
            reason = " ".join(str(problem).split())
            raise DatasetError(f"{path}: damaged ({reason:.100}); run seldkit prepare again") from None
        return array


def write_shard(
    folder: Path, shard: str, items: Sequence[ShardItem], arrays: Mapping[str, NDArray[Any]]
) -> None:
    """Writes a shard under a temporary name and renames it. An existing shard with this name is kept.

    Args:
        folder: Folder of the shards.
        shard: Name of the shard, a hash of its content.
        items: The clips.
        arrays: Arrays by name. Shape ``(rows, ...)`` each.
    """
    folder.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{shard}.", suffix=_PART_SUFFIX, dir=folder))
    try:
        with naming_disk_errors(folder / shard, temporary):
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
    """Lists the complete shards, sorted by name.

    Shards whose files do not have the recorded size are skipped. A crash of the machine can cause them.

    Args:
        folder: Folder of the shards.

    Yields:
        The shards.
    """
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not path.name.startswith("."):
            shard = _read_shard(path)
            if shard is not None:
                yield shard


def _read_shard(folder: Path) -> Shard | None:
    try:
        contents = json.loads((folder / ITEMS_FILE).read_text(encoding="utf-8"))
        sizes = contents["sizes"]
        if any((folder / f"{name}.npy").stat().st_size != size for name, size in sizes.items()):
            return None
        return Shard(folder, tuple(ShardItem(**item) for item in contents["items"]), tuple(sorted(sizes)))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remove_folder(path: Path) -> None:
    """Removes a folder. It is renamed first, so that an incomplete folder is never visible under its name.

    Args:
        path: The folder.
    """
    trash = path.with_name(f".{path.name.lstrip('.')}.{os.getpid()}{_TRASH_SUFFIX}")
    try:
        path.rename(trash)
    except OSError:  # another process has renamed or removed it
        return
    shutil.rmtree(trash, ignore_errors=True)


def remove_incomplete(folder: Path) -> None:
    """Removes damaged shards and the temporary folders of interrupted processes.

    Args:
        folder: Folder of the shards.
    """
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.endswith(_TRASH_SUFFIX):
            shutil.rmtree(path, ignore_errors=True)
        elif path.name.endswith(_PART_SUFFIX) or not (path.name.startswith(".") or _read_shard(path)):
            remove_folder(path)
