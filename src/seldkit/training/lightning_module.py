"""Lightning module of one stage: a model with its loss and scores."""

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

PLOTTED_CLIPS: Final = 3
"""Number of validation clips per epoch whose timelines are plotted."""

EPOCH_SEED_STRIDE: Final = 100_003
"""Factor of the recipe's seed in the random seed of an epoch; larger than the number of epochs."""


@dataclass
class Batch:
    """A batch of clips.

    Attributes:
        features: Features before standardization, ``(batch, channels, frames, bins)``.
        targets: Targets, shape ``(batch, label frames, 6, 1 + elements, classes)``.
        streams: Streams by name, each ``(batch, time, dim)``.
        references: Ground truth of the clips; may be empty for training.
        swapped_streams: For each channel swap except the identity, the streams of the swapped clips, with the
            same shapes.
    """

    features: Tensor
    targets: Tensor
    streams: dict[str, Tensor]
    references: Sequence[Annotations] = ()
    swapped_streams: Sequence[Mapping[str, Tensor]] = ()

    def to(self, device: torch.device) -> "Batch":
        """Moves features, targets and streams to a device.

        Args:
            device: Compute device.

        Returns:
            The batch; swapped streams stay where they are, because only some of them are used.
        """
        streams = {name: stream.to(device, non_blocking=True) for name, stream in self.streams.items()}
        features, targets = (part.to(device, non_blocking=True) for part in (self.features, self.targets))
        return replace(self, features=features, targets=targets, streams=streams)


class SeldModule(LightningModule):
    """One stage of training a model.

    Logs `loss` and, for the validation clips, the scores of the protocol in the strict reading, also for each
    class.

    Args:
        model: Model to train.
        training: Training settings of the recipe.
        stage: Settings of the stage.
    """

    def __init__(self, model: SeldModel, training: TrainingSettings, stage: StageSettings) -> None:
        super().__init__()
        self.model, self.training_settings, self.stage = model, training, stage
        weights = training.loss.model_dump()
        self.loss = AdpitLoss(model.config.elements, **weights)
        self._augmenter = Augmenter(
            model.features, _supported_augmentation(training.augmentation, model), model.config.embeddings
        )
        self._score = SeldScore(model.config.protocol, "strict", classes=model.config.classes)
        for part in stage.freeze:
            getattr(model, part).requires_grad_(False)

    def forward(self, batch: Batch) -> Tensor:
        """Computes the model output.

        Args:
            batch: Clips.

        Returns:
            Outputs, ``(batch, label frames, tracks, elements, classes)``.
        """
        output: Tensor = self.model(self.model.features.standardise(batch.features), batch.streams)
        return output

    def on_train_epoch_start(self) -> None:
        """Sets the random seed from the epoch's number, so that a resumed run equals an uninterrupted one."""
        torch.manual_seed(self.training_settings.seed * EPOCH_SEED_STRIDE + self.current_epoch)
        for part in self.stage.freeze:
            getattr(self.model, part).eval()

    def training_step(self, batch: Batch, index: int) -> Tensor:
        """Computes the loss of a batch.

        Args:
            batch: Training clips.
            index: Number of the batch.

        Returns:
            The loss, a scalar.
        """
        raw, targets, streams = self._augmenter.swap_channels(
            batch.features, batch.targets, batch.streams, batch.swapped_streams
        )
        features = self._augmenter.mask(self.model.features.standardise(raw))
        loss: Tensor = self.loss(self.model(features, streams), targets)
        self.log("loss", loss, on_epoch=True, on_step=False, batch_size=len(batch.targets), sync_dist=True)
        return loss

    def on_validation_epoch_start(self) -> None:
        """Resets the scores."""
        self._score.reset()

    def validation_step(self, batch: Batch, index: int) -> None:
        """Updates the scores with a batch, and plots the first clips with events.

        Args:
            batch: Validation clips.
            index: Number of the batch.
        """
        predictions = self.model.decode(self(batch).float())
        self._score.update(batch.references, predictions)
        if index == 0 and not self.trainer.sanity_checking:
            self._plot_timelines(batch.references, predictions)

    def on_validation_epoch_end(self) -> None:
        """Logs the scores over the clips of all processes."""
        scores = self._reduced_score().compute()
        known = {name: value for name, value in scores.overall.items() if value == value}
        self.log_dict(known, prog_bar=True, rank_zero_only=True)
        self._log_classes(scores)

    def configure_optimizers(self) -> Any:
        """Creates the optimizer of the stage and its learning rate schedule.

        Returns:
            Optimizer and scheduler in Lightning's format; the learning rate changes at every step.
        """
        settings = self.stage.optimizer
        optimizer_class = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[settings.name]
        trainable = [parameter for parameter in self.parameters() if parameter.requires_grad]
        optimizer = optimizer_class(trainable, lr=settings.learning_rate, weight_decay=settings.weight_decay)
        steps = int(self.trainer.estimated_stepping_batches)
        steps_per_epoch = max(1, steps // self.stage.epochs)
        scheduler = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: self.stage.schedule.factor(step, steps_per_epoch, steps)
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def _reduced_score(self) -> SeldScore:
        """The score over the clips of all processes: the sum of their states."""
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

    def _plot_timelines(self, references: Sequence[Annotations], predictions: Sequence[Annotations]) -> None:
        writer = self._tensorboard_writer()
        if writer is None:
            return
        with_events = [number for number, clip in enumerate(references) if len(clip)][:PLOTTED_CLIPS]
        for number in with_events:
            figure = timeline_figure(
                track_events(predictions[number]),
                seconds=references[number].seconds,
                reference=source_events(references[number]),
                title=f"validation clip {number}",
            )
            writer.add_figure(f"clip {number}", figure, self.current_epoch)

    def _tensorboard_writer(self) -> Any:
        """The TensorBoard writer, or None; its class is not known to Lightning's types."""
        writers = (getattr(logger, "experiment", None) for logger in self.loggers)
        return next((writer for writer in writers if hasattr(writer, "add_figure")), None)

    def _log_classes(self, scores: Scores) -> None:
        writer = self._tensorboard_writer()
        if writer is None:
            return
        for name, values in scores.classwise.items():
            for label, value in zip(self.model.config.classes, values, strict=True):
                if value == value:
                    writer.add_scalar(f"{name}/{label}", value, self.current_epoch)


def _supported_augmentation(settings: AugmentationSettings, model: SeldModel) -> AugmentationSettings:
    """Disables swaps if the caller supplies streams, because the effect of a swap on them is unknown."""
    external = [name for name in model.config.streams if name not in model.config.embeddings]
    if settings.swaps and external:
        rank_zero_warn(
            f"channel swaps are disabled: the configuration of '{model.config.name}' has no embedding for "
            f"the stream(s) {', '.join(external)}"
        )
        return settings.model_copy(update={"swaps": False})
    return settings
