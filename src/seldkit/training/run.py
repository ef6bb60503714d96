"""A training run: a recipe's stages one after the other, in a folder that becomes a model directory."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.callbacks import EarlyStopping, EMAWeightAveraging, ModelCheckpoint
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.utilities import rank_zero_only
from safetensors.torch import save_file
from torch import Tensor
from torch.utils.data import Subset

from seldkit.errors import SeldkitError
from seldkit.files import replacing
from seldkit.models import ModelConfig, SeldModel
from seldkit.models.model_directory import read_tensors
from seldkit.models.network import outline_network
from seldkit.training.calibration_stage import calibrate
from seldkit.training.data_module import ClipSource, TrainingData, TrainingExample, parted
from seldkit.training.epoch_log import EpochLog
from seldkit.training.lightning_module import SeldModule
from seldkit.training.model_card import calibration_card, model_card
from seldkit.training.recipe import Recipe
from seldkit.training.thresholds import score_model
from seldkit.training.training_settings import StageSettings

Sources = Callable[[ModelConfig, StageSettings], ClipSource]
"""Gives the clips of a stage, prepared for a model's features and streams."""

FITTED_CLIPS = 2000
"""Clips from which the mean and deviation of features are taken."""


@dataclass(frozen=True)
class Machine:
    """Where and how a run computes: Lightning's accelerator, number of devices and machines, strategy.

    workers: processes that read clips. compile: whether the network goes through torch.compile.
    """

    accelerator: str = "auto"
    devices: int = 1
    nodes: int = 1
    strategy: str = "auto"
    workers: int = 0
    compile: bool = False


def train(recipe: Recipe, sources: Sources, output: Path, machine: Machine = Machine()) -> Path:
    """Train a recipe in the folder `output`: the model directory that it leaves, `output/model`.

    Each stage starts from the weights of the one before and keeps its epoch with the best F-score of the
    protocol (strict reading) on its validation clips. A second call goes on where the first was ended, and
    gives what one undisturbed run would have given. Raises SeldkitError, also when the folder holds a run of
    another recipe.
    """
    _claim(output, recipe)
    weights: dict[str, Tensor] = {}
    for number, stage in enumerate(recipe.training.stages, 1):
        config = stage_config(recipe.model, stage)
        folder = output / f"{number}-{stage.name}"
        data = parted(sources(config, stage), recipe.training, f"stage '{stage.name}'")
        weights = _run_stage(recipe, stage, config, weights, data, folder, machine)
    if is_first_process():
        _finish(recipe, config, weights, data[1], output)
    return output / "model"


def stage_config(config: ModelConfig, stage: StageSettings) -> ModelConfig:
    """The model of one stage: the recipe's, with the streams that the stage's data have."""
    if stage.streams is None:
        return config
    for name in stage.streams:
        if name not in config.streams:
            known = ", ".join(config.streams) or "none"
            raise SeldkitError(f"stage '{stage.name}': the model has no stream '{name}'; it has: {known}")
    return config.with_streams(stage.streams)


def hand_on(model: SeldModel, weights: dict[str, Tensor]) -> list[str]:
    """Give a model the weights of a former stage where it has them: what stays new, by name."""
    state = model.state_dict()
    taken = {
        name: value for name, value in weights.items() if name in state and state[name].shape == value.shape
    }
    model.load_state_dict(state | taken)
    return sorted(state.keys() - taken.keys())


def is_first_process() -> bool:
    """Whether this is the one process of a run that writes and speaks."""
    return bool(getattr(rank_zero_only, "rank", 0) == 0)


def _claim(output: Path, recipe: Recipe) -> None:
    """Make the run's folder, or see that it is this recipe's."""
    path, text = output / "recipe.yaml", recipe.yaml()
    if not path.exists():
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    elif path.read_text(encoding="utf-8") != text:
        raise SeldkitError(
            f"{path}: the run in this folder has another recipe; choose another folder, or delete this one"
        )


def _run_stage(
    recipe: Recipe,
    stage: StageSettings,
    config: ModelConfig,
    weights: dict[str, Tensor],
    data: tuple[Subset[TrainingExample], Subset[TrainingExample]],
    folder: Path,
    machine: Machine,
) -> dict[str, Tensor]:
    """The weights of the stage's best epoch."""
    result = folder / "best.safetensors"
    if not result.exists():
        model = _starting_model(recipe, config, weights, data[0])
        module = SeldModule(model, recipe.training, stage)
        trainer = _trainer(stage, folder, machine)
        last = folder / "last.ckpt"
        with _without_advice():
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
    return read_tensors(result, outline_network(config).state_dict())


def _starting_model(
    recipe: Recipe, config: ModelConfig, weights: dict[str, Tensor], clips: Subset[TrainingExample]
) -> SeldModel:
    torch.manual_seed(recipe.training.seed)
    model = SeldModel(config)
    if weights:
        hand_on(model, weights)
    elif config.features.standardise:
        step = max(1, len(clips) // FITTED_CLIPS)
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
    """The model's weights of the epoch with the best F-score, or of the last where none had any hit."""
    checkpoint: Any = trainer.checkpoint_callback
    hit = checkpoint.best_model_score is not None and float(checkpoint.best_model_score) > 0.0
    path = Path(checkpoint.best_model_path) if hit else folder / "last.ckpt"
    state = torch.load(path, map_location="cpu", weights_only=True)["state_dict"]
    prefix = "model."
    return {
        name[len(prefix) :]: value.contiguous() for name, value in state.items() if name.startswith(prefix)
    }


def _finish(
    recipe: Recipe,
    config: ModelConfig,
    weights: dict[str, Tensor],
    clips: Subset[TrainingExample],
    output: Path,
) -> None:
    """Choose thresholds, calibrate, score, and write the model directory."""
    model = SeldModel(config)
    model.load_state_dict(weights)
    per_class = recipe.training.validation.thresholds == "per-class"
    calibration = calibrate(model, clips, thresholds=per_class)
    model = calibration.model
    card = model_card(recipe, model, score_model(model, clips), len(clips)) + calibration_card(calibration)
    model.save(output / "model", card=card)


@contextmanager
def _without_advice() -> Iterator[None]:
    """Without Lightning's advice on what is meant so: few reading processes, short epochs, a run resumed."""
    import logging
    import warnings

    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*does not have many workers.*")
        warnings.filterwarnings("ignore", ".*The number of training batches.*")
        warnings.filterwarnings("ignore", ".*exists and is not empty.*")
        warnings.filterwarnings("ignore", ".*recommended to use `self.log.*")  # scores are gathered already
        yield
