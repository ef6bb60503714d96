"""Training runs: the stages of a recipe in a folder, which ends with a model directory."""

import csv
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import EarlyStopping, EMAWeightAveraging, ModelCheckpoint
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.utilities import rank_zero_only
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.utils.data import Subset

from seldkit.errors import SeldkitError
from seldkit.files import replacing
from seldkit.models import ModelConfig, SeldModel
from seldkit.training.calibration_stage import calibrate
from seldkit.training.data_module import ClipDataset, TrainingData, TrainingExample, split_clips
from seldkit.training.lightning_module import SeldModule
from seldkit.training.model_card import calibration_card, model_card
from seldkit.training.recipe import Recipe
from seldkit.training.thresholds import score_model
from seldkit.training.training_settings import StageSettings

StageData = Callable[[ModelConfig, StageSettings], ClipDataset]
"""Function that returns the clips of a stage, prepared for the features and streams of a model."""

MAX_STANDARDIZATION_CLIPS: Final = 2000
"""Number of training clips from which the mean and deviation of the features are computed."""


@dataclass(frozen=True)
class Machine:
    """Compute devices and processes of a run, as in Lightning's `Trainer`.

    Attributes:
        accelerator: Compute device: "auto", "cpu", "cuda", "mps" and so on.
        devices: Number of devices per machine.
        nodes: Number of machines.
        strategy: Strategy for several devices: "auto", "ddp", "fsdp" and so on.
        workers: Number of processes that read clips.
        compile: Whether to use `torch.compile`.
    """

    accelerator: str = "auto"
    devices: int = 1
    nodes: int = 1
    strategy: str = "auto"
    workers: int = 0
    compile: bool = False


def train(recipe: Recipe, sources: StageData, output: Path, machine: Machine = Machine()) -> Path:
    """Trains a recipe.

    Each stage starts from the weights of the previous one and keeps the epoch with the best F-score of the
    protocol (strict reading) on its validation clips. An interrupted run is resumed after its last complete
    epoch; the result equals that of an uninterrupted run.

    Args:
        recipe: Recipe to train.
        sources: Returns the clips of each stage.
        output: Folder of the run.
        machine: Compute devices and processes.

    Returns:
        The model directory, ``output/model``.

    Raises:
        SeldkitError: The folder contains a run of another recipe, or a stage has no clips.
    """
    _prepare_folder(output, recipe)
    weights: dict[str, Tensor] = {}
    for number, stage in enumerate(recipe.training.stages, 1):
        config = stage_config(recipe.model, stage)
        folder = output / f"{number}-{stage.name}"
        data = split_clips(sources(config, stage), recipe.training, f"stage '{stage.name}'")
        weights = _run_stage(recipe, stage, config, weights, data, folder, machine)
    if is_first_process():
        _finish(recipe, config, weights, data[1], output)
    return output / "model"


def stage_config(config: ModelConfig, stage: StageSettings) -> ModelConfig:
    """Returns the model configuration of a stage.

    Args:
        config: Configuration of the recipe.
        stage: Settings of the stage.

    Returns:
        The configuration with the streams of the stage.

    Raises:
        SeldkitError: The model has no such stream.
    """
    if stage.streams is None:
        return config
    for name in stage.streams:
        if name not in config.streams:
            known = ", ".join(config.streams) or "none"
            raise SeldkitError(f"stage '{stage.name}': the model has no stream '{name}'; it has: {known}")
    return config.with_streams(stage.streams)


def transfer_weights(model: SeldModel, weights: Mapping[str, Tensor]) -> list[str]:
    """Copies the weights of an earlier stage that have the same name and shape.

    Args:
        model: Model of the next stage.
        weights: Weights by name, each with the shape of its layer.

    Returns:
        Names of the weights of the model that were not replaced, sorted.
    """
    state = model.state_dict()
    matching = {
        name: value for name, value in weights.items() if name in state and state[name].shape == value.shape
    }
    model.load_state_dict(state | matching)
    return sorted(state.keys() - matching.keys())


def is_first_process() -> bool:
    """Checks whether this is the process of a run that writes files and messages.

    Returns:
        True for exactly one process of a run.
    """
    return bool(getattr(rank_zero_only, "rank", 0) == 0)


class EpochLog(Callback):
    """Writes the loss and the validation scores of each epoch to a CSV file.

    The rows of earlier runs are kept; an epoch that is repeated replaces its row.

    Args:
        path: Path of the CSV file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Adds the row of the epoch.

        Args:
            trainer: Trainer with the metrics of the epoch.
            pl_module: Trained module; not used.
        """
        if not trainer.is_global_zero:
            return
        metrics = {name: f"{float(value):.6g}" for name, value in trainer.callback_metrics.items()}
        rows = [row for row in self.rows() if int(row["epoch"]) < trainer.current_epoch]
        rows.append({"epoch": str(trainer.current_epoch)} | metrics)
        columns = list(dict.fromkeys(name for row in rows for name in row))
        with replacing(self.path) as temporary, temporary.open("w", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)

    def rows(self) -> list[dict[str, str]]:
        """Reads the file.

        Returns:
            Values by column for each row; empty if there is no file.
        """
        if not self.path.exists():
            return []
        with self.path.open(newline="") as file:
            return list(csv.DictReader(file))


def _prepare_folder(output: Path, recipe: Recipe) -> None:
    """Creates the folder of a run, or checks that it belongs to this recipe."""
    path, text = output / "recipe.yaml", recipe.yaml()
    if not path.exists():
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    elif path.read_text(encoding="utf-8") != text:
        raise SeldkitError(
            f"{path}: the run in this folder has another recipe; choose another folder for the run, or "
            "delete this folder"
        )


def _run_stage(
    recipe: Recipe,
    stage: StageSettings,
    config: ModelConfig,
    weights: Mapping[str, Tensor],
    data: tuple[Subset[TrainingExample], Subset[TrainingExample]],
    folder: Path,
    machine: Machine,
) -> dict[str, Tensor]:
    """Trains a stage, unless it is finished, and returns the weights of its best epoch."""
    result = folder / "best.safetensors"
    if not result.exists():
        model = _initial_model(recipe, config, weights, data[0])
        module = SeldModule(model, recipe.training, stage)
        trainer = _trainer(stage, folder, machine)
        last = folder / "last.ckpt"
        with _lightning_warnings_ignored():
            trainer.fit(
                torch.compile(module) if machine.compile else module,  # type: ignore[arg-type]
                datamodule=TrainingData(*data, recipe.training, stage, machine.workers),
                ckpt_path=last if last.exists() else None,
                weights_only=True,
            )
        if trainer.is_global_zero:
            with replacing(result) as temporary:
                save_file(_best_weights(trainer, folder), temporary)
        trainer.strategy.barrier()
    return load_file(result)


def _initial_model(
    recipe: Recipe, config: ModelConfig, weights: Mapping[str, Tensor], clips: Subset[TrainingExample]
) -> SeldModel:
    torch.manual_seed(recipe.training.seed)
    model = SeldModel(config)
    if weights:
        transfer_weights(model, weights)
    elif config.features.standardise:
        step = max(1, len(clips) // MAX_STANDARDIZATION_CLIPS)
        model.features.fit_standardisation(
            clips[index].features[None] for index in range(0, len(clips), step)
        )
    return model


def _trainer(stage: StageSettings, folder: Path, machine: Machine) -> Trainer:
    callbacks: list[Callback] = [
        ModelCheckpoint(
            folder, "best", monitor="f_score", mode="max", save_last=True, enable_version_counter=False
        ),
        EpochLog(folder / "log.csv"),
    ]
    if stage.patience:
        callbacks.append(EarlyStopping("f_score", mode="max", patience=stage.patience))
    if stage.average:
        callbacks.append(EMAWeightAveraging(decay=stage.average))
    return Trainer(
        accelerator=machine.accelerator,
        devices=machine.devices,
        num_nodes=machine.nodes,
        strategy=machine.strategy,
        precision=stage.precision,
        max_epochs=stage.epochs,
        gradient_clip_val=stage.clip_norm or None,
        callbacks=callbacks,
        logger=TensorBoardLogger(folder, name="", version="tensorboard"),
        use_distributed_sampler=False,
        log_every_n_steps=10,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )


def _best_weights(trainer: Trainer, folder: Path) -> dict[str, Tensor]:
    """The weights of the epoch with the best F-score, or of the last epoch if all F-scores are 0."""
    checkpoint: Any = trainer.checkpoint_callback
    has_hits = checkpoint.best_model_score is not None and float(checkpoint.best_model_score) > 0.0
    path = Path(checkpoint.best_model_path) if has_hits else folder / "last.ckpt"
    state = torch.load(path, map_location="cpu", weights_only=True)["state_dict"]
    prefix = "model."
    return {
        name[len(prefix) :]: value.contiguous() for name, value in state.items() if name.startswith(prefix)
    }


def _finish(
    recipe: Recipe,
    config: ModelConfig,
    weights: Mapping[str, Tensor],
    clips: Subset[TrainingExample],
    output: Path,
) -> None:
    """Selects thresholds, calibrates, scores, and writes the model directory."""
    model = SeldModel(config)
    model.load_state_dict(weights)
    per_class = recipe.training.validation.thresholds == "per-class"
    calibration = calibrate(model, clips, thresholds=per_class)
    model = calibration.model
    card = model_card(recipe, model, score_model(model, clips), len(clips)) + calibration_card(calibration)
    model.save(output / "model", card=card)


@contextmanager
def _lightning_warnings_ignored() -> Iterator[None]:
    """Ignores Lightning's warnings about intended settings: few workers, short epochs, resumed runs."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*does not have many workers.*")
        warnings.filterwarnings("ignore", ".*The number of training batches.*")
        warnings.filterwarnings("ignore", ".*exists and is not empty.*")
        warnings.filterwarnings("ignore", ".*recommended to use `self.log.*")  # scores are already reduced
        yield
