"""Activity thresholds and scores of a model on validation clips."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from seldkit.annotations import Annotations
from seldkit.calibration.threshold_selection import select_thresholds
from seldkit.metrics import Average, Scores, evaluate
from seldkit.models import ModelConfig, SeldModel
from seldkit.models.model import decode_output
from seldkit.training.data_module import TrainingExample, collate
from seldkit.types import Integers

THRESHOLDS: Final = np.round(np.arange(0.1, 0.91, 0.05), 2)
"""Candidates for activity thresholds."""

BATCH_SIZE: Final = 64


def choose_thresholds(
    config: ModelConfig, output: torch.Tensor, ground_truth: Sequence[Annotations]
) -> list[float]:
    """Chooses the threshold of each class with the best F-score of the model's protocol (strict reading).

    Args:
        config: Model configuration.
        output: Outputs of the model, ``(clips, frames, tracks, elements, classes)``.
        ground_truth: Annotations of the clips, in the same order.

    Returns:
        One threshold per class.
    """
    class_scores, micro_scores = [], []
    for threshold in THRESHOLDS:
        predictions = decode_output(config, output, float(threshold))
        class_scores.append(_scores(config, ground_truth, predictions).classwise["f_score"])
        micro_scores.append(_scores(config, ground_truth, predictions, "micro")["f_score"])
    clip_counts = _clips_per_class(ground_truth, len(config.classes))
    return select_thresholds(THRESHOLDS, class_scores, micro_scores, clip_counts)


def score_model(model: SeldModel, clips: Dataset[TrainingExample]) -> Scores:
    """Scores a model on clips (strict reading), with the thresholds of its configuration.

    Args:
        model: Model to evaluate.
        clips: Validation clips.

    Returns:
        The scores.
    """
    output, ground_truth = predict_clips(model, clips)
    return _scores(model.config, ground_truth, model.decode(output))


@torch.inference_mode()
def predict_clips(
    model: SeldModel, clips: Dataset[TrainingExample]
) -> tuple[torch.Tensor, list[Annotations]]:
    """Runs a model over clips.

    Args:
        model: Model; it is switched to eval mode.
        clips: Clips with features, streams and ground truth.

    Returns:
        Outputs, ``(clips, frames, tracks, elements, classes)``, and the annotations of the clips.
    """
    model.eval()
    outputs, ground_truth = [], []
    for batch in DataLoader(clips, BATCH_SIZE, collate_fn=collate):
        # The only channel swap of stereo audio is the mirrored clip.
        stereo = model.config.features.layout.folded
        mirrored = batch.swapped_streams[0] if stereo and batch.swapped_streams else None
        outputs.append(model(model.features.standardise(batch.features), batch.streams, mirrored))
        ground_truth += batch.references
    return torch.cat(outputs), ground_truth


def _scores(
    config: ModelConfig,
    ground_truth: Sequence[Annotations],
    predictions: Sequence[Annotations],
    average: Average = "macro",
) -> Scores:
    return evaluate(ground_truth, predictions, config.protocol, reading="strict", average=average)


def _clips_per_class(ground_truth: Sequence[Annotations], class_count: int) -> Integers:
    """Number of clips in which each class occurs, (classes,)."""
    numbers = np.arange(class_count)
    return np.asarray(np.sum([np.isin(numbers, clip.class_id) for clip in ground_truth], axis=0))
