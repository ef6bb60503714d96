"""Train seldkit's default model: `python recipes/default/train.py --sounds DIR` (see README.md beside it).

Clips are rendered into --work once; every epoch leaves a checkpoint there, from which a later start goes on.
"""

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import yaml
from clips import Clips, annotations_of, prepare
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from seldkit.accdoa import AdpitLoss
from seldkit.annotations import Annotations
from seldkit.files import replacing
from seldkit.metrics import evaluate
from seldkit.models import ModelConfig, SeldModel

HERE = Path(__file__).parent
THRESHOLDS = np.round(np.arange(0.2, 0.81, 0.05), 2)


@dataclass(frozen=True)
class Schedule:
    """The training part of the recipe; each key is explained there."""

    seed: int
    clips: int
    validation_clips: int
    epochs: int
    batch: int
    learning_rate: float
    weight_decay: float
    distance_weight: float
    swap: float
    mask_bins: int
    mask_frames: int
    average: float


class Trainer:
    """One run: the model, its running average, and where the run stands."""

    def __init__(
        self, config: ModelConfig, schedule: Schedule, train: Clips, work: Path, start: Path | None
    ) -> None:
        torch.manual_seed(schedule.seed)
        self.schedule, self.train, self.work = schedule, train, work
        self.model = SeldModel(config)
        if start is None:
            self.model.features.fit(train.features.split(500))
        else:
            self.model.load_state_dict(SeldModel.load(start).state_dict())
        self.average = AveragedModel(
            self.model, multi_avg_fn=get_ema_multi_avg_fn(schedule.average), use_buffers=True
        )
        self.loss = AdpitLoss(config.elements, distance_weight=schedule.distance_weight)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), schedule.learning_rate, weight_decay=schedule.weight_decay
        )
        self.steps = len(train) // schedule.batch
        self.rate = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, schedule.learning_rate, total_steps=schedule.epochs * self.steps, pct_start=0.2
        )
        self.epoch, self.best = 0, -1.0
        self._resume()

    def run_epoch(self) -> float:
        """One pass over the clips in an order that the seed and the epoch give: the mean loss."""
        generator = torch.Generator().manual_seed(self.schedule.seed * 1000 + self.epoch)
        order = torch.randperm(len(self.train), generator=generator)
        self.model.train()
        total = 0.0
        for step in range(self.steps):
            chosen = order[step * self.schedule.batch : (step + 1) * self.schedule.batch]
            features, targets = self._augmented(chosen, generator)
            loss = self.loss(self.model(features), targets)
            self.optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
            self.optimizer.step()
            self.rate.step()
            self.average.update_parameters(self.model)
            total += loss.item()
        self.epoch += 1
        return total / self.steps

    def _augmented(
        self, chosen: torch.Tensor, generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        raw, targets = self.train.features[chosen].float(), self.train.targets[chosen].float()
        swapped = torch.rand(len(chosen), generator=generator) < self.schedule.swap
        # Feature channels: log-mel left, log-mel right, level difference, autocorrelation of the mid.
        raw[swapped] = raw[swapped][:, [1, 0, 2, 3]] * torch.tensor([1.0, 1.0, -1.0, 1.0])[:, None, None]
        targets[swapped, :, :, 2] *= -1.0  # y
        features = self.model.features.standardised(raw)
        for clip in features:
            _hide(clip, 2, self.schedule.mask_bins, generator)
            _hide(clip, 1, self.schedule.mask_frames, generator)
        return features, targets

    def save(self) -> None:
        """Leave the run as it stands."""
        state = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "rate": self.rate.state_dict(),
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
        for name in ("model", "average", "optimizer", "rate"):
            getattr(self, name).load_state_dict(state[name])
        self.epoch, self.best = state["epoch"], state["best"]


def _hide(features: torch.Tensor, axis: int, most: int, generator: torch.Generator) -> None:
    """Set a random stretch of an axis to the mean, in place (SpecAugment, Park et al. 2019)."""
    size = int(torch.randint(0, most + 1, (), generator=generator))
    start = int(torch.randint(0, features.shape[axis] - size + 1, (), generator=generator))
    features.narrow(axis, start, size).zero_()


@torch.inference_mode()
def outputs_of(model: SeldModel, clips: Clips) -> torch.Tensor:
    """The model's answers to clips: (clips, frames, tracks, elements, classes)."""
    model.eval()
    batches = clips.features.split(64)
    return torch.cat([model(model.features.standardised(batch.float())) for batch in batches])


def best_thresholds(
    model: SeldModel, output: torch.Tensor, truth: list[Annotations]
) -> tuple[list[float], dict[str, float]]:
    """The threshold of each class with the highest F20/1, and the scores that they give (strict, macro)."""
    scores = [
        evaluate(truth, model.decode(output, float(threshold)), reading="strict").classwise["f_score"]
        for threshold in THRESHOLDS
    ]
    table = np.nan_to_num(np.array(scores))  # (thresholds, classes)
    chosen = THRESHOLDS[table.argmax(axis=0)].tolist()
    return chosen, evaluate(truth, model.decode(output, chosen), reading="strict").overall


def train(sounds: Path, work: Path, output: Path, recipe: dict, start: Path | None) -> None:
    """Render, train, and keep the epoch with the best validation F20/1 in `output`."""
    config, schedule = ModelConfig.parse(recipe["model"], "recipe.yaml"), Schedule(**recipe["training"])
    clips = [
        prepare(work / "clips", sounds, split, count, config.features, config.elements)
        for split, count in (("train", schedule.clips), ("validation", schedule.validation_clips))
    ]
    truth = annotations_of(clips[1].targets, config)
    trainer = Trainer(config, schedule, clips[0], work, start)
    print(f"{trainer.model.parameter_count} parameters, {trainer.steps} steps an epoch", flush=True)
    while trainer.epoch < schedule.epochs:
        loss = trainer.run_epoch()
        averaged = trainer.average.module
        thresholds, scores = best_thresholds(averaged, outputs_of(averaged, clips[1]), truth)
        row = {"epoch": trainer.epoch, "loss": loss} | scores
        _log(work / "log.csv", {name: round(value, 5) for name, value in row.items() if value == value})
        if scores["f_score"] > trainer.best:
            trainer.best = scores["f_score"]
            keep(averaged.state_dict(), config, thresholds, output)
        trainer.save()


def calibrate(output: Path, config: ModelConfig, clips: Clips) -> None:
    """Choose the thresholds of a trained model anew, for what the recipe says of decoding."""
    model = SeldModel(config)
    model.load_state_dict(SeldModel.load(output).state_dict())
    thresholds, scores = best_thresholds(
        model, outputs_of(model, clips), annotations_of(clips.targets, config)
    )
    keep(model.state_dict(), config, thresholds, output)
    print(scores)


def keep(
    weights: dict[str, torch.Tensor], config: ModelConfig, thresholds: list[float], output: Path
) -> None:
    """Write the model directory with these thresholds."""
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
    parser.add_argument("--sounds", type=Path, required=True, help="folder with one folder of sounds a class")
    parser.add_argument("--work", type=Path, default=Path("runs/default"), help="clips, checkpoints, log")
    parser.add_argument("--output", type=Path, default=Path("runs/default/model"), help="model directory")
    parser.add_argument("--start", type=Path, help="model directory to go on from, instead of a new model")
    parser.add_argument("--recipe", type=Path, default=HERE / "recipe.yaml")
    parser.add_argument("--seed", type=int, help="instead of the recipe's")
    parser.add_argument("--calibrate", action="store_true", help="only choose thresholds for --output anew")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    recipe = yaml.safe_load(options.recipe.read_text())
    if options.seed is not None:
        recipe["training"]["seed"] = options.seed
    if options.calibrate:
        config, count = (
            ModelConfig.parse(recipe["model"], "recipe.yaml"),
            recipe["training"]["validation_clips"],
        )
        folder = options.work / "clips"
        clips = prepare(folder, options.sounds, "validation", count, config.features, config.elements)
        calibrate(options.output, config, clips)
    else:
        train(options.sounds, options.work, options.output, recipe, options.start)


if __name__ == "__main__":
    main()
