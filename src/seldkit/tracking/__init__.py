"""Tracking: frame-level detections joined into events."""

from seldkit.tracking.tracker import EventTracker, track_events
from seldkit.tracking.tracking_config import TrackingConfig

__all__ = ["EventTracker", "TrackingConfig", "track_events"]
