"""The last step of training: thresholds, confidences and intervals that suit validation clips."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from torch.utils.data import Dataset

from seldkit.calibration.confidence_fitting import Lengths, cross_validated, fitted_curves
from seldkit.calibration.conformal import fitted_intervals
from seldkit.calibration.model_calibration import CalibrationConfig
from seldkit.detection import track_events
from seldkit.metrics import Reliability, reliability
from seldkit.models import ModelConfig, SeldModel
from seldkit.training.data_module import TrainingExample
from seldkit.training.source_folds import Held, folds_of
from seldkit.training.thresholds import answers, best_thresholds

COVERAGE: Final = 0.9


@dataclass(frozen=True, eq=False)
class Calibration:
    """A calibrated model, and how far its confidences were off.

    before, after: over all cells of frames and classes, 0 where the model does not name the class;
    named_before, named_after: over those in which it does. Afterwards is cross-validated: no curve is judged
    by the recordings that it was fitted on, or by the clips where those are not known. clips, recordings,
    events: those that it was fitted on; recordings: 0 where not known; events: whose class did sound.
    """

    model: SeldModel
    before: Reliability
    after: Reliability
    named_before: Reliability
    named_after: Reliability
    clips: int
    recordings: int
    events: int

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        names = ("before", "after", "named_before", "named_after")
        bins = {name: getattr(self, name).to_dict() for name in names}
        return bins | {"clips": self.clips, "recordings": self.recordings, "events": self.events}


def calibrate(
    model: SeldModel,
    clips: Dataset[TrainingExample],
    *,
    thresholds: bool = False,
    coverage: float = COVERAGE,
    held: Sequence[Held] | None = None,
) -> Calibration:
    """The model with confidences and intervals, and where asked for thresholds, that suit these clips.

    clips: of validation; never those of a test, nor those that the model was trained on, of which it is too
    sure. coverage: of the intervals. held: the recordings that sound in each clip, where that is known
    (`recordings_of`). The former calibration is replaced.
    """
    output, truth = answers(model, clips)
    config, classes = model.config.model_copy(update={"calibration": None}), len(model.config.classes)
    if thresholds:
        chosen = tuple(best_thresholds(config, output, truth))
        decoding = config.decoding.model_copy(update={"threshold": chosen})
        config = config.model_copy(update={"decoding": decoding})
    folds = folds_of(held, len(truth), classes)
    lengths = Lengths.of(with_config(model, config), output, truth, folds)
    fitted = CalibrationConfig(clips=len(truth), confidence=fitted_curves(lengths, classes))
    calibrated = with_config(model, config.model_copy(update={"calibration": fitted}))
    folded = config.features.input == "stereo"
    events = [track_events(one, config.tracking, folded=folded) for one in calibrated.decode(output)]
    intervals, matched = fitted_intervals(truth, events, config.protocol, classes, coverage)
    fitted = fitted.model_copy(update={"intervals": intervals})
    fair, named = cross_validated(lengths, classes), lengths.named
    return Calibration(
        with_config(model, config.model_copy(update={"calibration": fitted})),
        before=reliability(np.where(named, lengths.length, 0.0), lengths.true),
        after=reliability(np.where(named, fair, 0.0), lengths.true),
        named_before=reliability(lengths.length[named], lengths.true[named]),
        named_after=reliability(fair[named], lengths.true[named]),
        clips=len(truth),
        recordings=len({name for one in held or () for names in one.values() for name in names}),
        events=matched,
    )


def with_config(model: SeldModel, config: ModelConfig) -> SeldModel:
    """The same weights under another configuration of the same network."""
    other = SeldModel(config)
    other.load_state_dict(model.state_dict())
    return other.eval()
