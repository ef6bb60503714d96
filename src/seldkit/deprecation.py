"""Names of version 0.1 that have been renamed: the old ones still work, with a DeprecationWarning."""

import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

RENAMED_MODULES: Final = {
    "seldkit.causes": "seldkit.visual_sources",
    "seldkit.memory": "seldkit.malloc",
    "seldkit.words": "seldkit.text_format",
    "seldkit.detection.tracks": "seldkit.tracking",
    "seldkit.embeddings.recording": "seldkit.embeddings.stream_extractor",
    "seldkit.metrics.by_clip": "seldkit.metrics.clip_scores",
    "seldkit.models.calibration": "seldkit.calibration",
    "seldkit.models.tracking": "seldkit.tracking.tracking_config",
    "seldkit.synthesis.conversion": "seldkit.conversion",
    "seldkit.synthesis.measured": "seldkit.synthesis.measured_responses",
    "seldkit.synthesis.pictures": "seldkit.synthesis.scene_images",
    "seldkit.synthesis.stereo": "seldkit.conversion",
}
"""New module by old module: those that the documentation of version 0.1 named."""


def install_renamed_modules() -> None:
    """Makes `import` find the modules of `RENAMED_MODULES` under their old names."""
    if not any(isinstance(finder, _RenamedModuleFinder) for finder in sys.meta_path):
        sys.meta_path.append(_RenamedModuleFinder())


def renamed_attributes(module: str, renamed: Mapping[str, str]) -> Callable[[str], Any]:
    """Returns a module's `__getattr__` that finds attributes under their old names.

    Examples:
        >>> __getattr__ = renamed_attributes("seldkit.errors", {"PictureError": "ImageError"})

    Args:
        module: Name of the module.
        renamed: New name by old name.

    Returns:
        A function for the module's global `__getattr__` (PEP 562).
    """

    def get(name: str) -> Any:
        if name in renamed:
            message = f"{module}.{name} is deprecated: use {renamed[name]}"
            warnings.warn(message, DeprecationWarning, stacklevel=2)
            return getattr(sys.modules[module], renamed[name])
        raise AttributeError(f"module '{module}' has no attribute '{name}'")

    return get


class _RenamedModuleFinder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in RENAMED_MODULES:
            return None
        return ModuleSpec(fullname, _AliasLoader())


class _AliasLoader(Loader):
    def exec_module(self, module: ModuleType) -> None:
        old, new = module.__name__, RENAMED_MODULES[module.__name__]
        warnings.warn(f"{old} is deprecated: use {new}", DeprecationWarning, stacklevel=2)
        sys.modules[old] = import_module(new)
