"""Activity thresholds that suit a model, and its scores, on validation clips."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from seldkit.annotations import Annotations
from seldkit.metrics import Scores, evaluate
from seldkit.metrics.formulas import Average
from seldkit.models import ModelConfig, SeldModel
from seldkit.models.model import decoded
from seldkit.training.data_module import TrainingExample, collated
from seldkit.types import Floats, Integers

THRESHOLDS: Final = np.round(np.arange(0.1, 0.91, 0.05), 2)
FEWEST_CLIPS: Final = 5
"""Clips that a class must sound in to have a threshold of its own; else it takes the best of all together."""
BATCH: Final = 64


def chosen_thresholds(model: SeldModel, clips: Dataset[TrainingExample]) -> list[float]:
    """For each class the threshold with the best F-score of the model's protocol (strict reading)."""
    return best_thresholds(model.config, *answers(model, clips))


def best_thresholds(config: ModelConfig, output: torch.Tensor, truth: Sequence[Annotations]) -> list[float]:
    """The same from answers, (clips, frames, tracks, elements, classes), and the clips' annotations.

    Of each class the F-scores are first averaged over neighbouring thresholds: a single best one is luck.
    """
    own, shared = [], []
    for one in THRESHOLDS:
        found = decoded(config, output, float(one))
        own.append(_scores(config, truth, found).classwise["f_score"])
        shared.append([_scores(config, truth, found, "micro")["f_score"]])
    best = _smoothed(own).argmax(axis=0)  # (classes,)
    best[_clips_of_classes(truth, len(config.classes)) < FEWEST_CLIPS] = _smoothed(shared).argmax()
    return [float(value) for value in THRESHOLDS[best]]


def scores_of(model: SeldModel, clips: Dataset[TrainingExample]) -> Scores:
    """The model's scores (strict reading) with its own thresholds."""
    output, truth = answers(model, clips)
    return _scores(model.config, truth, model.decode(output))


@torch.inference_mode()
def answers(model: SeldModel, clips: Dataset[TrainingExample]) -> tuple[torch.Tensor, list[Annotations]]:
    """The model's answers, (clips, frames, tracks, elements, classes), and the clips' annotations."""
    model.eval()
    outputs, truth = [], []
    for batch in DataLoader(clips, BATCH, collate_fn=collated):
        # The only swap of stereo is the mirror.
        stereo = model.config.features.input == "stereo"
        partners = batch.swapped[0] if stereo and batch.swapped else None
        outputs.append(model(model.features.standardised(batch.features), batch.streams, partners))
        truth += batch.truth
    return torch.cat(outputs), truth


def _scores(
    config: ModelConfig,
    truth: Sequence[Annotations],
    found: Sequence[Annotations],
    average: Average = "macro",
) -> Scores:
    return evaluate(truth, found, config.protocol, reading="strict", average=average)


def _smoothed(scores: Sequence[Sequence[float]]) -> Floats:
    """Scores, (thresholds, …), each the mean with its neighbours; what is not a number counts as 0."""
    table = np.pad(np.nan_to_num(np.array(scores)), ((1, 1), (0, 0)), mode="edge")
    return np.asarray((table[:-2] + 2 * table[1:-1] + table[2:]) / 4)


def _clips_of_classes(truth: Sequence[Annotations], classes: int) -> Integers:
    """In how many clips each class sounds, (classes,)."""
    return np.asarray(np.sum([np.isin(np.arange(classes), one.class_id) for one in truth], axis=0))
