"""Scores of the events of two folders: as their files have them, and as the tracker joins their rows."""

from pathlib import Path

from seldkit.classes import STARSS23
from seldkit.events import source_events
from seldkit.metrics.events import evaluate_events
from seldkit.metrics.folder_evaluation import annotations_of_folders
from seldkit.metrics.formulas import Average
from seldkit.metrics.scores import Scores
from seldkit.tracking import track_events
from seldkit.tracking.tracking_config import TrackingConfig


def evaluate_folder_events(
    reference: str | Path,
    predictions: str | Path,
    protocol: str = "dcase2025",
    average: Average = "macro",
    config: TrackingConfig | None = None,
    classes: tuple[str, ...] = STARSS23,
) -> dict[str, Scores]:
    """The scores of events by how the predictions' rows are joined.

    "as_written": unbroken runs of one source number of one class, as the references' are; "tracked": by
    `track_events` under `config`. Files are paired as by `evaluate_folders`; references without a prediction
    are missed. Raises SeldkitError.
    """
    references, given = annotations_of_folders(reference, predictions, protocol, classes)
    truth = [source_events(clip) for clip in references]
    folded = protocol == "dcase2025"
    joined = {
        "as_written": [source_events(clip) for clip in given],
        "tracked": [track_events(clip, config, folded=folded) for clip in given],
    }
    return {
        name: evaluate_events(truth, events, protocol, average, classes) for name, events in joined.items()
    }
