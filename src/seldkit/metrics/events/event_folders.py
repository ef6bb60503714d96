"""Scores of the events of two folders."""

from collections.abc import Sequence
from pathlib import Path

from seldkit.events import source_events
from seldkit.metrics.events.event_evaluation import evaluate_events
from seldkit.metrics.folder_evaluation import PairedFolders, read_folders
from seldkit.metrics.protocol import DEFAULT_PROTOCOL, Average
from seldkit.metrics.scores import Scores
from seldkit.tracking import track_events
from seldkit.tracking.tracking_config import TrackingConfig


def evaluate_folder_events(
    reference: str | Path,
    predictions: str | Path,
    protocol: str = DEFAULT_PROTOCOL,
    average: Average = "macro",
    config: TrackingConfig | None = None,
    classes: Sequence[str] | None = None,
) -> dict[str, Scores]:
    """Scores the events of a folder of predictions against a folder of references.

    Files are read and paired as by `seldkit.metrics.evaluate_folders`. All events of a reference without a
    prediction are missed.

    Args:
        reference: Folder of reference files.
        predictions: Folder of prediction files.
        protocol: Name of the scoring protocol.
        average: "macro" or "micro".
        config: Settings of the tracker. Default: `TrackingConfig()`.
        classes: Class names of the references, see `seldkit.metrics.read_folders`.

    Returns:
        Scores by how predicted rows are joined to events: "as_written" joins uninterrupted rows of one source
        number and class, as in the references; "tracked" applies the tracker.

    Raises:
        SeldkitError: The files cannot be read, paired or scored.
    """
    return evaluate_paired_events(read_folders(reference, predictions, protocol, classes), average, config)


def evaluate_paired_events(
    folders: PairedFolders, average: Average = "macro", config: TrackingConfig | None = None
) -> dict[str, Scores]:
    """Scores the events of folders that were already read.

    Args:
        folders: Contents of both folders.
        average: "macro" or "micro".
        config: Settings of the tracker. Default: `TrackingConfig()`.

    Returns:
        Scores by how predicted rows are joined to events, as for `evaluate_folder_events`.

    Raises:
        SeldkitError: The average is unknown.
    """
    references, predictions = folders.annotations()
    reference_events = [source_events(clip) for clip in references]
    folded = folders.protocol.folds_azimuth
    joined = {
        "as_written": [source_events(clip) for clip in predictions],
        "tracked": [track_events(clip, config, folded=folded) for clip in predictions],
    }
    return {
        name: evaluate_events(reference_events, events, folders.protocol.name, average, folders.classes)
        for name, events in joined.items()
    }
