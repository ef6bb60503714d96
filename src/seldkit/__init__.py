"""seldkit: 3D sound event localization and detection (SELD) in video and audio.

    detector = seldkit.load()
    scene = detector.detect("clip.mp4")
    for event in scene.events:
        print(event.name, event.onset, event.azimuth, event.distance)

Azimuths are in degrees, positive to the left; distances in metres; times in seconds.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from seldkit.deprecation import install_renamed_modules

if TYPE_CHECKING:
    from seldkit.annotations import Annotations, Event
    from seldkit.detection import Detector, Scene, load

__version__ = "0.1.0"
__all__ = ["Annotations", "Detector", "Event", "Scene", "__version__", "load"]

_MODULES = (
    *("accdoa", "annotations", "benchmark", "calibration", "channels", "classes", "conversion", "datasets"),
    *("detection", "embeddings", "errors", "events", "features", "formats", "geometry", "media", "metrics"),
    *("models", "render", "synthesis", "tracking", "training"),
)
_ORIGINS = {
    "Annotations": "annotations",
    "Event": "annotations",
    "Detector": "detection",
    "Scene": "detection",
    "load": "detection",
}

install_renamed_modules()


def __getattr__(name: str) -> Any:
    # Packages are imported at their first use: PyTorch alone takes seconds.
    if name in _MODULES:
        return import_module(f"seldkit.{name}")
    if name in _ORIGINS:
        return getattr(import_module(f"seldkit.{_ORIGINS[name]}"), name)
    raise AttributeError(f"module 'seldkit' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*__all__, *_MODULES})
