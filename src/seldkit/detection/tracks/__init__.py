"""Frames into events, one frame after the other: linking, smoothing, and what becomes an event."""

from seldkit.detection.tracks.tracker import EventTracker

__all__ = ["EventTracker"]
