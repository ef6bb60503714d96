"""Kinds of datasets by name. A new one is one file, one import and one entry in this file."""

from pathlib import Path
from typing import Final

from seldkit.datasets.dcase2025_stereo import DCASE2025_STEREO
from seldkit.datasets.folder_layout import FolderLayout, scan_folders
from seldkit.datasets.starss import STARSS22, STARSS23
from seldkit.datasets.tau_nigens import DCASE2022_SYNTHETIC, TAU_NIGENS_2020, TAU_NIGENS_2021
from seldkit.errors import DatasetError
from seldkit.registry import Registry

LAYOUTS: Final[Registry[FolderLayout]] = Registry("kind of dataset")
"""All kinds of datasets by name."""

for layout in (
    DCASE2025_STEREO,
    STARSS23,
    STARSS22,
    TAU_NIGENS_2020,
    TAU_NIGENS_2021,
    DCASE2022_SYNTHETIC,
):
    LAYOUTS.register(layout.name)(layout)

_MAX_LISTED_NAMES: Final = 5
_MAX_SEARCHED_FOLDERS: Final = 50


def detect_layout(root: Path) -> str | None:
    """Detects the kind of a dataset by its folders.

    Args:
        root: Folder of the dataset.

    Returns:
        Name of the kind; None if no kind matches, or several.
    """
    names = _matching_layouts(root)
    return names[0] if len(names) == 1 else None


def resolve_layout(root: Path, kind: str | None = None) -> FolderLayout:
    """Determines the layout of a dataset.

    Args:
        root: Folder of the dataset.
        kind: Name of the kind. None: detected by the folders.

    Returns:
        The layout.

    Raises:
        DatasetError: If the folder is missing or is no dataset of this kind, or if the kind cannot be
            detected.
        UnknownNameError: If the kind is unknown.
    """
    if kind is not None:
        chosen = LAYOUTS[kind]
        _require_folder(root)
        if not any((root / name).is_dir() for name in chosen.audio_folders):
            raise DatasetError(
                f"{root}: expected the folders of {chosen.title} ({chosen.expected}), "
                f"found {_content(root)}; check the path, or omit --kind"
            )
        return chosen
    _require_folder(root)
    names = _matching_layouts(root)
    if len(names) == 1:
        return LAYOUTS[names[0]]
    if names:
        raise DatasetError(
            f"{root}: expected one kind of dataset, found {', '.join(names)}; choose one with --kind"
        )
    nested = _nested_dataset(root)
    kinds = "; ".join(f"{name}: {LAYOUTS[name].expected}" for name in LAYOUTS.names())
    hint = f"did you mean {nested}?" if nested else f"supported are {kinds}"
    raise DatasetError(f"{root}: expected the folders of a dataset, found {_content(root)}; {hint}")


def _require_folder(root: Path) -> None:
    if not root.is_dir():
        what = "a file" if root.exists() else "nothing"
        raise DatasetError(f"{root}: expected the folder of a dataset, found {what}; check the path")


def _matching_layouts(root: Path) -> list[str]:
    names = frozenset[str]().union(*(LAYOUTS[name].folder_names for name in LAYOUTS.names()))
    tree = scan_folders(root, names)
    return [name for name in LAYOUTS.names() if LAYOUTS[name].matches(tree)] if tree.folders else []


def _nested_dataset(root: Path) -> Path | None:
    """A dataset in a folder of `root`: archives are often extracted one level too deep."""
    children = sorted(child for child in root.iterdir() if child.is_dir())[:_MAX_SEARCHED_FOLDERS]
    return next((child for child in children if _matching_layouts(child)), None)


def _content(root: Path) -> str:
    names = sorted(child.name for child in root.iterdir())
    listed = ", ".join(names[:_MAX_LISTED_NAMES]) + (", …" if len(names) > _MAX_LISTED_NAMES else "")
    return listed or "an empty folder"
