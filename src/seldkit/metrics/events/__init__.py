"""Scores of events instead of frames: found as a whole, kept in one piece, and followed without a swap."""

from seldkit.metrics.events.event_evaluation import evaluate_events

__all__ = ["evaluate_events"]
