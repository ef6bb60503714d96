"""From a recording to its events: windows over a file of any length, one decoder, tracks into events."""

from seldkit.detection.detector import Detector, Update, load
from seldkit.detection.listening import Listener, News
from seldkit.detection.scene import Scene
from seldkit.detection.tracking import track_events

__all__ = ["Detector", "Listener", "News", "Scene", "Update", "load", "track_events"]
