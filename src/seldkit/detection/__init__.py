"""Detection: applies models to recordings, joins the output into events and refines them by video."""

from seldkit.detection.detector import Detector, Update, load
from seldkit.detection.listener import EventUpdate, Listener
from seldkit.detection.scene import Scene
from seldkit.tracking import track_events

__all__ = ["Detector", "EventUpdate", "Listener", "Scene", "Update", "load", "track_events"]
