"""From a recording to its events: windows over a file of any length, one decoder, tracks into events."""

from seldkit.detection.detector import Detector, Update, load
from seldkit.detection.listener import EventUpdate, Listener
from seldkit.detection.scene import Scene
from seldkit.tracking import track_events

__all__ = ["Detector", "EventUpdate", "Listener", "Scene", "Update", "load", "track_events"]
