"""The kinds of data sets by name. A new one is one file and one line here."""

from pathlib import Path
from typing import Final

from seldkit.datasets.dcase2025_stereo import DCASE2025_STEREO
from seldkit.datasets.folder_layout import FolderLayout, scan_folders
from seldkit.datasets.starss import STARSS22, STARSS23
from seldkit.datasets.tau_nigens import DCASE2022_SYNTHETIC, TAU_NIGENS_2020, TAU_NIGENS_2021
from seldkit.errors import DatasetError
from seldkit.registry import Registry

LAYOUTS: Final[Registry[FolderLayout]] = Registry("kind of data set")
"""Every kind by its name."""

for layout in (
    DCASE2025_STEREO,
    STARSS23,
    STARSS22,
    TAU_NIGENS_2020,
    TAU_NIGENS_2021,
    DCASE2022_SYNTHETIC,
):
    LAYOUTS.register(layout.name)(layout)


def detect_layout(root: Path) -> str | None:
    """The kind of data set that a folder holds, by its folders; None where it is none or could be several."""
    found = _matching(root)
    return found[0] if len(found) == 1 else None


def resolve_layout(root: Path, kind: str | None = None) -> FolderLayout:
    """The layout of a folder: recognised, or the one that `kind` names.

    Raises DatasetError that says which folders were expected, and UnknownNameError for an unknown kind.
    """
    if kind is not None:
        chosen = LAYOUTS[kind]
        _require_folder(root)
        if not any((root / name).is_dir() for name in chosen.audio_folders):
            raise DatasetError(
                f"{root}: expected the folders of {chosen.title} ({chosen.expected}), got {_held(root)}"
            )
        return chosen
    _require_folder(root)
    found = _matching(root)
    if len(found) == 1:
        return LAYOUTS[found[0]]
    if found:
        raise DatasetError(f"{root}: could be one of {', '.join(found)}; say which with --kind")
    inner = _inner(root)
    kinds = "; ".join(f"{name}: {LAYOUTS[name].expected}" for name in LAYOUTS.names())
    mend = f"did you mean {inner}?" if inner else f"known are {kinds}"
    raise DatasetError(f"{root}: expected a data set's folders, got {_held(root)}; {mend}")


def _require_folder(root: Path) -> None:
    if not root.is_dir():
        raise DatasetError(
            f"{root}: expected the folder of a data set, found {'a file' if root.exists() else 'nothing'}"
        )


def _matching(root: Path) -> list[str]:
    names = frozenset[str]().union(*(LAYOUTS[name].folder_names for name in LAYOUTS.names()))
    tree = scan_folders(root, names)
    return [name for name in LAYOUTS.names() if LAYOUTS[name].matches(tree)] if tree.folders else []


def _inner(root: Path) -> Path | None:
    """A folder in `root` that is a data set: archives are often unpacked one level too deep."""
    children = sorted(child for child in root.iterdir() if child.is_dir())[:50]
    return next((child for child in children if _matching(child)), None)


def _held(root: Path) -> str:
    names = sorted(child.name for child in root.iterdir())
    shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
    return shown or "an empty folder"
