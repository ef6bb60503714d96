"""Last step of training: fit thresholds, confidences and intervals to validation clips."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from seldkit.annotations import Annotations
from seldkit.calibration.calibration_config import CalibrationConfig, IntervalSettings
from seldkit.calibration.confidence_curves import CalibrationCells, cross_validate_curves, fit_curves
from seldkit.calibration.cross_validation import ClipSources, assign_folds
from seldkit.calibration.prediction_intervals import fit_intervals
from seldkit.detection import track_events
from seldkit.metrics import Reliability, frame_cells, match_events, reliability
from seldkit.models import ModelConfig, SeldModel
from seldkit.training.data_module import TrainingExample
from seldkit.training.thresholds import choose_thresholds, predict_clips
from seldkit.types import Integers

DEFAULT_COVERAGE: Final = 0.9


@dataclass(frozen=True, eq=False)
class Calibration:
    """A calibrated model and its calibration errors.

    The errors after calibration are cross-validated: no curve is evaluated on the recordings that it was
    fitted on, or on the clips if the recordings are unknown.

    Attributes:
        model: The calibrated model.
        before: Reliability before calibration, over all cells of frames and classes; the confidence of a
            class that the model does not predict counts as 0.
        after: The same after calibration.
        predicted_before: Reliability before calibration, over the cells that the model predicts as active.
        predicted_after: The same after calibration.
        clips: Number of clips.
        recordings: Number of source recordings; 0 if unknown.
        events: Number of predicted events whose class occurs in the ground truth.
    """

    model: SeldModel
    before: Reliability
    after: Reliability
    predicted_before: Reliability
    predicted_after: Reliability
    clips: int
    recordings: int
    events: int

    def to_dict(self) -> dict[str, Any]:
        """Converts the errors and counts for JSON.

        Returns:
            Values by name; `predicted_before` and `predicted_after` have the keys of earlier versions.
        """
        return {
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
            "named_before": self.predicted_before.to_dict(),
            "named_after": self.predicted_after.to_dict(),
            "clips": self.clips,
            "recordings": self.recordings,
            "events": self.events,
        }


def calibrate(
    model: SeldModel,
    clips: Dataset[TrainingExample],
    *,
    thresholds: bool = False,
    coverage: float = DEFAULT_COVERAGE,
    sources: Sequence[ClipSources] | None = None,
) -> Calibration:
    """Fits confidences and intervals, and optionally thresholds, to validation clips.

    Args:
        model: Trained model; an existing calibration is replaced.
        clips: Validation clips, neither test clips nor clips that the model was trained on.
        thresholds: Whether to choose thresholds too.
        coverage: Coverage of the intervals, between 0 and 1.
        sources: Source recordings of each clip, from `read_clip_sources`; None if unknown.

    Returns:
        The calibrated model and its calibration errors.
    """
    output, ground_truth = predict_clips(model, clips)
    config = _base_config(model.config, output, ground_truth, thresholds)
    class_count = len(config.classes)
    folds = assign_folds(sources, len(ground_truth), class_count)
    cells = calibration_cells(with_config(model, config), output, ground_truth, folds)
    calibration = CalibrationConfig(clips=len(ground_truth), confidence=fit_curves(cells, class_count))
    calibrated = with_config(model, config.model_copy(update={"calibration": calibration}))
    intervals, event_count = _fit_event_intervals(calibrated, output, ground_truth, coverage)
    calibration = calibration.model_copy(update={"intervals": intervals})
    confidence, predicted = cross_validate_curves(cells, class_count), cells.predicted
    return Calibration(
        with_config(model, config.model_copy(update={"calibration": calibration})),
        before=reliability(np.where(predicted, cells.length, 0.0), cells.active),
        after=reliability(np.where(predicted, confidence, 0.0), cells.active),
        predicted_before=reliability(cells.length[predicted], cells.active[predicted]),
        predicted_after=reliability(confidence[predicted], cells.active[predicted]),
        clips=len(ground_truth),
        recordings=len({name for one in sources or () for names in one.values() for name in names}),
        events=event_count,
    )


def calibration_cells(
    model: SeldModel, output: Tensor, ground_truth: Sequence[Annotations], folds: Integers
) -> CalibrationCells:
    """Computes the cells of an uncalibrated model's outputs.

    Args:
        model: Uncalibrated model.
        output: Outputs, ``(clips, frames, tracks, elements, classes)``.
        ground_truth: Annotations of the clips, in the same order.
        folds: Fold of each class in each clip, ``(clips, classes)``.

    Returns:
        One cell per clip, frame and class.
    """
    cells = frame_cells(ground_truth, model.decode(output))
    axes = 2 + ("z" in model.config.elements)
    longest = torch.linalg.vector_norm(output[:, :, :, :axes].double(), dim=3).amax(dim=2).clamp(max=1.0)
    # Decoding merges tracks: a predicted class has the length of its merged vector.
    length = np.where(cells.predicted, cells.confidence, longest.numpy().ravel())
    fold = np.repeat(folds, output.shape[1], axis=0).ravel()
    return CalibrationCells(fold, cells.class_id, length, cells.predicted, cells.active)


def with_config(model: SeldModel, config: ModelConfig) -> SeldModel:
    """Returns a model with the same weights and another configuration of the same network.

    Args:
        model: Model whose weights are used.
        config: Configuration with the same network.

    Returns:
        The model, in eval mode.
    """
    other = SeldModel(config)
    other.load_state_dict(model.state_dict())
    return other.eval()


def _base_config(
    config: ModelConfig, output: Tensor, ground_truth: Sequence[Annotations], thresholds: bool
) -> ModelConfig:
    """The configuration without calibration, with chosen thresholds if requested."""
    config = config.model_copy(update={"calibration": None})
    if not thresholds:
        return config
    chosen = tuple(choose_thresholds(config, output, ground_truth))
    return config.model_copy(update={"decoding": config.decoding.model_copy(update={"threshold": chosen})})


def _fit_event_intervals(
    model: SeldModel, output: Tensor, ground_truth: Sequence[Annotations], coverage: float
) -> tuple[IntervalSettings | None, int]:
    """Intervals of a model with calibrated confidences, and the number of events that they were fitted on."""
    config, folded = model.config, model.config.features.layout.folded
    events = [track_events(clip, config.tracking, folded=folded) for clip in model.decode(output)]
    pairs = match_events(ground_truth, events, config.protocol)
    intervals = fit_intervals(pairs.events, pairs.azimuth, pairs.distance, len(config.classes), coverage)
    return intervals, len(pairs)
