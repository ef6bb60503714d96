"""seldkit: what sounds in a video, where it is, how far away, and whether it is in the picture."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seldkit.detection import Detector, Scene, load

__version__ = "0.1.0"
__all__ = ["Detector", "Scene", "__version__", "load"]


def __getattr__(name: str) -> Any:
    # PyTorch takes seconds to import, so the detector comes with its first use.
    if name in {"Detector", "Scene", "load"}:
        return getattr(import_module("seldkit.detection"), name)
    raise AttributeError(f"module 'seldkit' has no attribute '{name}'")
