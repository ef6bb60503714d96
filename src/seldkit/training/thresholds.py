"""Activity thresholds that suit a model, and its scores, on validation clips."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from seldkit.annotations import Annotations
from seldkit.metrics import Scores, evaluate
from seldkit.models import SeldModel
from seldkit.training.data import Example, collated

THRESHOLDS: Final = np.round(np.arange(0.2, 0.81, 0.05), 2)
BATCH: Final = 64


def chosen_thresholds(model: SeldModel, clips: Dataset[Example]) -> list[float]:
    """For each class the threshold with the best F-score of the model's protocol (strict reading)."""
    output, truth = answers(model, clips)
    table = [
        _scores(model, truth, model.decode(output, float(one))).classwise["f_score"] for one in THRESHOLDS
    ]
    return [float(value) for value in THRESHOLDS[np.nan_to_num(np.array(table)).argmax(axis=0)]]


def scores_of(model: SeldModel, clips: Dataset[Example]) -> Scores:
    """The model's scores (strict reading) with its own thresholds."""
    output, truth = answers(model, clips)
    return _scores(model, truth, model.decode(output))


@torch.inference_mode()
def answers(model: SeldModel, clips: Dataset[Example]) -> tuple[torch.Tensor, list[Annotations]]:
    """The model's answers, (clips, frames, tracks, elements, classes), and the clips' annotations."""
    model.eval()
    outputs, truth = [], []
    for batch in DataLoader(clips, BATCH, collate_fn=collated):
        outputs.append(model(model.features.standardised(batch.features), batch.streams))
        truth += batch.truth
    return torch.cat(outputs), truth


def _scores(model: SeldModel, truth: Sequence[Annotations], found: Sequence[Annotations]) -> Scores:
    return evaluate(truth, found, model.config.protocol, reading="strict")
