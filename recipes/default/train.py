"""Trains the default model of seldkit: `python recipes/default/train.py --sounds DIR --images DIR` (see
README.md).

Clips are rendered once into --clips. Each epoch writes a checkpoint to --work, from which an interrupted
run is resumed. With --round 2 and higher, training starts from the model of the previous round, --start,
with the settings in the section `again` of the recipe.
"""

import argparse
import csv
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from clips import Clips, Material, add_material, annotations_of, material_of, narrowed, prepare
from muon import Muon
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from seldkit.accdoa import AdpitLoss
from seldkit.annotations import Annotations
from seldkit.files import replacing
from seldkit.malloc import keep_memory
from seldkit.metrics import evaluate
from seldkit.models import ModelConfig, SeldModel
from seldkit.models.symmetry import Mirror
from seldkit.training.thresholds import choose_thresholds

HERE = Path(__file__).parent
OUTPUT_LAYERS = ("head.output", "onscreen_attention.class_embedding", "onscreen_attention.output")
"""Names of the layers that compute the output, which Muon does not train."""
SHORT = 0.02
"""Length of vectors below which the error of their direction has a low weight."""


@dataclass(frozen=True)
class Schedule:
    """Training settings; comments in the recipe describe each key."""

    seed: int
    first: int
    clips: int
    validation_clips: int
    epochs: int
    batch: int
    learning_rate: float
    weight_decay: float
    distance_weight: float
    onscreen_weight: float
    direction_weight: float
    relative_weight: float
    balance: float
    swap: float
    mask_bins: int
    mask_frames: int
    average: float
    muon: bool
    varied: int


class Trainer:
    """State of one run: model, running average of its weights, optimizers and epoch."""

    def __init__(
        self, config: ModelConfig, schedule: Schedule, train: Clips, work: Path, start: Path | None
    ) -> None:
        torch.manual_seed(schedule.seed)
        self.schedule, self.train, self.work = schedule, train, work
        self.model = SeldModel(config)
        self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # 12 % faster
        self.mirror = Mirror(config, self.model.features)
        if start is not None:
            begin_from(self.model, SeldModel.load(start))
        self.model.features.fit_standardisation(train.features[:2000].split(500))
        self.average = AveragedModel(
            self.model, multi_avg_fn=get_ema_multi_avg_fn(schedule.average), use_buffers=True
        )
        self.loss = AdpitLoss(
            config.elements,
            distance_weight=schedule.distance_weight,
            onscreen_weight=schedule.onscreen_weight,
            mask_onscreen=True,
            class_weights=class_weights(train.targets, schedule.balance),
        )
        self.steps = len(train) // schedule.batch
        self.optimizers = optimizers_of(self.model, schedule)
        self.rates = [
            torch.optim.lr_scheduler.OneCycleLR(
                optimizer,
                schedule.learning_rate,
                total_steps=schedule.epochs * self.steps,
                pct_start=0.2,
                cycle_momentum=isinstance(optimizer, torch.optim.AdamW),
            )
            for optimizer in self.optimizers
        ]
        self.epoch, self.best = 0, -1.0
        self._resume()

    @property
    def averaged(self) -> SeldModel:
        """Model with averaged weights."""
        model = self.average.module
        assert isinstance(model, SeldModel)
        return model

    def run_epoch(self) -> float:
        """Trains one epoch, with an order of clips that depends on the seed and the epoch, and returns
        the mean loss."""
        generator = torch.Generator().manual_seed(self.schedule.seed * 1000 + self.epoch)
        order = torch.randperm(len(self.train), generator=generator)
        self.model.train()
        total = 0.0
        for step in range(self.steps):
            chosen = order[step * self.schedule.batch : (step + 1) * self.schedule.batch]
            features, streams, targets = self._augmented(chosen, generator)
            output = self.model(features, streams)
            directions, distances = position_errors(output, targets)
            loss = self.loss(output, targets) + self.schedule.direction_weight * directions
            loss = loss + self.schedule.relative_weight * distances
            self.model.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
            for optimizer, rate in zip(self.optimizers, self.rates, strict=True):
                optimizer.step()
                rate.step()
            self.average.update_parameters(self.model)
            total += loss.item()
        self.epoch += 1
        return total / self.steps

    def _augmented(
        self, chosen: torch.Tensor, generator: torch.Generator
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor], torch.Tensor]:
        clips = self.train.at(chosen)
        features, targets = self.model.features.standardise(clips.features.float()), clips.targets.float()
        streams = {name: stream.float() for name, stream in clips.streams.items()}
        swapped = torch.rand(len(chosen), generator=generator) < self.schedule.swap
        if swapped.any():
            features[swapped] = self.mirror.mirror_features(features[swapped])
            for name, stream in self.mirror.mirror_streams(streams, {}).items():
                streams[name] = torch.where(swapped[:, None, None], stream, streams[name])
            targets[swapped, :, :, 2] *= -1.0  # y
        for clip in features:
            _hide(clip, 2, self.schedule.mask_bins, generator)
            _hide(clip, 1, self.schedule.mask_frames, generator)
        return features, streams, targets

    def save(self) -> None:
        """Writes a checkpoint."""
        state = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "rates": [rate.state_dict() for rate in self.rates],
            "epoch": self.epoch,
            "best": self.best,
        }
        with replacing(self.work / "last.pt") as temporary:
            torch.save(state, temporary)

    def _resume(self) -> None:
        path = self.work / "last.pt"
        if not path.exists():
            return
        state = torch.load(path, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        for name in ("optimizers", "rates"):
            for one, saved in zip(getattr(self, name), state[name], strict=True):
                one.load_state_dict(saved)
        self.epoch, self.best = state["epoch"], state["best"]


def optimizers_of(model: SeldModel, schedule: Schedule) -> list[torch.optim.Optimizer]:
    """AdamW for all weights; with `muon`, Muon for the matrices except those of output layers."""
    hidden: list[torch.nn.Parameter] = []
    rest: list[torch.nn.Parameter] = []
    for name, weights in model.named_parameters():
        matrix = weights.dim() == 2 and not any(layer in name for layer in OUTPUT_LAYERS)
        (hidden if schedule.muon and matrix else rest).append(weights)
    rate, decay = schedule.learning_rate, schedule.weight_decay
    optimizers: list[torch.optim.Optimizer] = [torch.optim.AdamW(rest, lr=rate, weight_decay=decay)]
    if hidden:
        optimizers.append(Muon(hidden, lr=rate, weight_decay=decay))
    return optimizers


def _hide(features: torch.Tensor, axis: int, most: int, generator: torch.Generator) -> None:
    """Sets a random range of an axis to the mean, in place (SpecAugment, Park et al. 2019)."""
    size = int(torch.randint(0, most + 1, (), generator=generator))
    start = int(torch.randint(0, features.shape[axis] - size + 1, (), generator=generator))
    features.narrow(axis, start, size).zero_()


def class_weights(targets: torch.Tensor, balance: float) -> list[float]:
    """What active frames of each class count: the rarer the more, by a power of their share."""
    active = (targets[:, :, 0, 0] > 0).sum(dim=(0, 1)).float()  # (classes,)
    weights: list[float] = (active.mean() / active).pow(balance).tolist()
    return weights


def position_errors(output: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Computes the mean errors of direction and distance of the classes with one source.

    The direction error saturates, because squared errors lead to the mean of two possible directions.

    Args:
        output: Outputs, (clips, frames, tracks, elements, classes).
        targets: Targets, (clips, frames, 6, 1 + elements, classes).

    Returns:
        Mean of e² / (e² + 15²) of the direction errors e in degrees, and mean relative distance error.
    """
    single = targets[:, :, 0]  # (clips, frames, 1 + elements, classes)
    clip, frame, class_id = (single[:, :, 0] > 0).nonzero(as_tuple=True)
    predicted = output[clip, frame, :, :, class_id]  # (rows, tracks, elements)
    x, y, distance = single[clip, frame, 1:4, class_id][:, None].unbind(dim=-1)  # (rows, 1)
    across, along = (
        predicted[..., 0] * y - predicted[..., 1] * x,
        predicted[..., 0] * x + predicted[..., 1] * y,
    )
    squared = torch.atan2(across, along + SHORT).square()
    directions = squared / (squared + math.radians(15.0) ** 2)
    distances = (predicted[..., 2] - distance).abs() / distance.clamp_min(0.3)
    return directions.mean(), distances.mean()


def begin_from(model: SeldModel, old: SeldModel) -> None:
    """Copies the weights of another model with the same name and shape.

    Of a first layer with other input channels, the common channels are copied and the others set to 0.
    """
    weights = model.state_dict()
    for name, tensor in old.state_dict().items():
        if name not in weights:
            continue
        if weights[name].shape == tensor.shape:
            weights[name] = tensor
        elif tensor.dim() == 4 and weights[name].shape[0] == tensor.shape[0]:
            both = min(tensor.shape[1], weights[name].shape[1])
            weights[name].zero_()[:, :both] = tensor[:, :both]
    model.load_state_dict(weights)


@torch.inference_mode()
def outputs_of(model: SeldModel, clips: Clips) -> torch.Tensor:
    """Outputs of a model for clips: (clips, frames, tracks, elements, classes)."""
    model.eval()
    outputs = []
    for chosen in torch.arange(len(clips)).split(64):
        part = clips.at(chosen)
        features = model.features.standardise(part.features.float())
        outputs.append(model(features, {name: stream.float() for name, stream in part.streams.items()}))
    return torch.cat(outputs)


def scored(
    model: SeldModel, output: torch.Tensor, references: list[Annotations]
) -> tuple[list[float], dict[str, float]]:
    """Best threshold of each class, and the scores with these thresholds (strict, macro)."""
    chosen = choose_thresholds(model.config, output, references)
    return chosen, evaluate(references, model.decode(output, chosen), reading="strict").overall


def train(
    material: Material, folder: Path, work: Path, output: Path, recipe: dict[str, Any], start: Path | None
) -> None:
    """Renders clips, trains, and writes the epoch with the best validation F20/1 to `output`."""
    config, schedule = ModelConfig.parse(recipe["model"], "recipe.yaml"), Schedule(**recipe["training"])
    whole = ModelConfig.parse(yaml.safe_load((HERE / "recipe.yaml").read_text())["model"], "recipe.yaml")
    clips = both(material, folder, whole, config, schedule)
    references = annotations_of(clips[1].targets, config)
    work.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(config, schedule, clips[0], work, start)
    print(f"{trainer.model.parameter_count} parameters, {trainer.steps} steps per epoch", flush=True)
    while trainer.epoch < schedule.epochs:
        loss = trainer.run_epoch()
        seconds = time.process_time()
        averaged = trainer.averaged
        thresholds, scores = scored(averaged, outputs_of(averaged, clips[1]), references)
        row = {"epoch": trainer.epoch, "seconds": seconds, "loss": loss} | scores
        _log(work / "log.csv", {name: round(value, 5) for name, value in row.items() if value == value})
        if scores["f_score"] > trainer.best:
            trainer.best = scores["f_score"]
            keep(averaged.state_dict(), config, thresholds, output)
        trainer.save()


def both(
    material: Material, folder: Path, whole: ModelConfig, config: ModelConfig, schedule: Schedule
) -> tuple[Clips, Clips]:
    """Training clips of a round and validation clips, with the features and streams of `config`."""
    train = prepare(
        folder, material, "train", schedule.clips, whole, first=schedule.first, varied=schedule.varied
    )
    validation = prepare(folder, material, "validation", schedule.validation_clips, whole)
    return narrowed(train, whole, config), narrowed(validation, whole, config)


def last_round(options: argparse.Namespace) -> tuple[SeldModel, Clips, Clips, int]:
    """Model of a later stage, clips of the last round, validation clips, and the seed of the round."""
    recipe = yaml.safe_load((HERE / "recipe.yaml").read_text())
    whole = ModelConfig.parse(recipe["model"], "recipe.yaml")
    last = Schedule(**recipe["training"] | recipe["again"][-1])
    model = SeldModel.load(options.model)
    train, validation = both(material_of(options), options.clips, whole, model.config, last)
    return model, train, validation, last.seed


def keep(
    weights: dict[str, torch.Tensor], config: ModelConfig, thresholds: list[float], output: Path
) -> None:
    """Writes a model directory with these thresholds."""
    decoding = config.decoding.model_copy(update={"threshold": tuple(thresholds)})
    kept = SeldModel(config.model_copy(update={"decoding": decoding}))
    kept.load_state_dict(weights)
    kept.save(output, card=(HERE / "card.md").read_text())


def _log(path: Path, row: dict[str, float]) -> None:
    print(row, flush=True)
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_material(parser)
    parser.add_argument("--clips", type=Path, default=Path("runs/default/clips"), help="rendered clips")
    parser.add_argument("--work", type=Path, default=Path("runs/default"), help="checkpoint and log")
    parser.add_argument("--output", type=Path, default=Path("runs/default/model"), help="model directory")
    parser.add_argument("--start", type=Path, help="model directory whose weights are copied")
    parser.add_argument("--recipe", type=Path, default=HERE / "recipe.yaml")
    parser.add_argument("--round", type=int, default=1, help="number of the round in the recipe")
    parser.add_argument("--seed", type=int, help="seed instead of that of the recipe")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    keep_memory()
    torch.set_num_threads(options.threads)
    recipe = yaml.safe_load(options.recipe.read_text())
    material = material_of(options)
    rounds = [{}, *recipe["again"]]
    if not 1 <= options.round <= len(rounds):
        parser.error(f"--round: {options.recipe} has {len(rounds)} rounds, got {options.round}")
    recipe["training"] |= rounds[options.round - 1]
    if options.seed is not None:
        recipe["training"]["seed"] = options.seed
    train(material, options.clips, options.work, options.output, recipe, options.start)


if __name__ == "__main__":
    main()
