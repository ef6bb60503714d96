"""Scores of events instead of frames: detection of whole events, and continuity of their tracks."""

from seldkit.metrics.events.event_evaluation import evaluate_events
from seldkit.metrics.events.event_folders import evaluate_folder_events, evaluate_paired_events

__all__ = ["evaluate_events", "evaluate_folder_events", "evaluate_paired_events"]
