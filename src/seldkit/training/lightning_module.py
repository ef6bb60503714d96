"""The training loop's inside: a model, its loss and its scores, as a Lightning module."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.utilities import rank_zero_warn
from torch import Tensor

from seldkit.accdoa import AdpitLoss
from seldkit.annotations import Annotations
from seldkit.detection import track_events
from seldkit.events import source_events
from seldkit.metrics import Scores, SeldScore
from seldkit.models import SeldModel
from seldkit.render import timeline_figure
from seldkit.training.clip_augmenter import Augmenter
from seldkit.training.training_settings import AugmentationSettings, StageSettings, TrainingSettings

DRAWN_CLIPS: Final = 3


@dataclass
class Batch:
    """Clips side by side.

    features: raw, (batch, channels, frames, bins); targets: (batch, label frames, 6, 1 + elements, classes);
    streams: each (batch, time, dim); truth: the clips' annotations, where scores are wanted; swapped: of
    each swap but the first, the streams that were computed from the swapped clips.
    """

    features: Tensor
    targets: Tensor
    streams: dict[str, Tensor]
    truth: Sequence[Annotations] = ()
    swapped: Sequence[Mapping[str, Tensor]] = ()

    def to(self, device: torch.device) -> "Batch":
        """The same on another device; the swapped streams, of which few are used, stay where they are."""
        streams = {name: stream.to(device, non_blocking=True) for name, stream in self.streams.items()}
        features, targets = (part.to(device, non_blocking=True) for part in (self.features, self.targets))
        return replace(self, features=features, targets=targets, streams=streams)


class SeldModule(LightningModule):
    """One stage of a recipe around a model.

    Logs `loss` and, over the validation clips, `f_score` and the protocol's other scores in the strict
    reading, those of each class among them.
    """

    def __init__(self, model: SeldModel, training: TrainingSettings, stage: StageSettings) -> None:
        super().__init__()
        self.model, self.training_settings, self.stage = model, training, stage
        weights = training.loss.model_dump()
        self.loss = AdpitLoss(model.config.elements, **weights)
        self._augmenter = Augmenter(
            model.features, _possible(training.augmentation, model), model.config.embeddings
        )
        self._score = SeldScore(model.config.protocol, "strict", classes=model.config.classes)
        for part in stage.freeze:
            getattr(model, part).requires_grad_(False)

    def forward(self, batch: Batch) -> Tensor:
        """The model's answer, (batch, label frames, tracks, elements, classes)."""
        output: Tensor = self.model(self.model.features.standardise(batch.features), batch.streams)
        return output

    def on_train_epoch_start(self) -> None:
        """What an epoch draws depends on its number alone, so that a resumed run equals a whole one."""
        torch.manual_seed(self.training_settings.seed * 100_003 + self.current_epoch)
        for part in self.stage.freeze:
            getattr(self.model, part).eval()

    def training_step(self, batch: Batch, index: int) -> Tensor:
        """The loss of a batch."""
        raw, targets, streams = self._augmenter.swapped(
            batch.features, batch.targets, batch.streams, batch.swapped
        )
        features = self._augmenter.hidden(self.model.features.standardise(raw))
        loss: Tensor = self.loss(self.model(features, streams), targets)
        self.log("loss", loss, on_epoch=True, on_step=False, batch_size=len(batch.targets), sync_dist=True)
        return loss

    def on_validation_epoch_start(self) -> None:
        """Forget the last epoch's clips."""
        self._score.reset()

    def validation_step(self, batch: Batch, index: int) -> None:
        """Count a batch's hits; draw the first clips that hold an event."""
        found = self.model.decode(self(batch).float())
        self._score.update(batch.truth, found)
        if index == 0 and not self.trainer.sanity_checking:
            self._draw(batch.truth, found)

    def on_validation_epoch_end(self) -> None:
        """Log the scores of all processes' clips."""
        scores = self._reduced_score().compute()
        logged = {name: value for name, value in scores.overall.items() if value == value}
        self.log_dict(logged, prog_bar=True, rank_zero_only=True)
        self._log_classes(scores)

    def configure_optimizers(self) -> Any:
        """The stage's optimiser, its rate set at every step."""
        chosen = self.stage.optimizer
        kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[chosen.name]
        learned = [parameter for parameter in self.parameters() if parameter.requires_grad]
        optimizer = kind(learned, lr=chosen.learning_rate, weight_decay=chosen.weight_decay)
        steps = int(self.trainer.estimated_stepping_batches)
        an_epoch = max(1, steps // self.stage.epochs)
        rate = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: self.stage.schedule.factor(step, an_epoch, steps)
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": rate, "interval": "step"}}

    def _reduced_score(self) -> SeldScore:
        """The score of all processes' clips: their states are summed."""
        if not torch.distributed.is_available() or not torch.distributed.is_initialized():
            return self._score
        state = {
            name: torch.as_tensor(value, device=self.device) for name, value in self._score.state().items()
        }
        for tensor in state.values():
            torch.distributed.all_reduce(tensor)
        reduced = SeldScore(self._score.protocol, self._score.reading, classes=self._score.classes)
        reduced.load_state({name: tensor.cpu().numpy() for name, tensor in state.items()})
        return reduced

    def _draw(self, truth: Sequence[Annotations], found: Sequence[Annotations]) -> None:
        board = self._board()
        if board is None:
            return
        eventful = [number for number, clip in enumerate(truth) if len(clip)][:DRAWN_CLIPS]
        for number in eventful:
            figure = timeline_figure(
                track_events(found[number]),
                seconds=truth[number].seconds,
                reference=source_events(truth[number]),
                title=f"validation clip {number}",
            )
            board.add_figure(f"clip {number}", figure, self.current_epoch)

    def _board(self) -> Any:
        """TensorBoard's writer, or None."""
        boards = (getattr(logger, "experiment", None) for logger in self.loggers)
        return next((board for board in boards if hasattr(board, "add_figure")), None)

    def _log_classes(self, scores: Scores) -> None:
        board = self._board()
        if board is None:
            return
        for name, values in scores.classwise.items():
            for label, value in zip(self.model.config.classes, values, strict=True):
                if value == value:
                    board.add_scalar(f"{name}/{label}", value, self.current_epoch)


def _possible(settings: AugmentationSettings, model: SeldModel) -> AugmentationSettings:
    """Without swaps where the caller brings streams: what a swap does to them is not known."""
    foreign = [name for name in model.config.streams if name not in model.config.embeddings]
    if settings.swaps and foreign:
        rank_zero_warn(
            f"'{model.config.name}' learns without channel swaps: its configuration names no embedding of "
            f"the stream(s) {', '.join(foreign)}"
        )
        return settings.model_copy(update={"swaps": False})
    return settings
