"""The second stage: all but the sound's encoder, with more weight on the screen and on near misses.

    python recipes/default/second.py --sounds DIR --images DIR --model DIR --output DIR

What is on the screen is learned slowly beside directions and classes. Here the sound's encoder, most of the
work, stands still: its answers to each clip and to its mirror image are computed once, and what comes behind
it goes on learning. Squared errors draw a direction that might be 45° or 85° to the mean of both; the loss of
this stage has a term that saturates, so that the likelier one is said. The best epoch by F20/1 times
on-screen accuracy is kept.
"""

import math

import torch
import yaml
from clips import Clips, Material, annotations_of, arguments, narrowed, prepare
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from train import HERE, begin_from, best_thresholds, keep, outputs_of

from seldkit.accdoa import AdpitLoss
from seldkit.models import ModelConfig, SeldModel
from seldkit.models.symmetry import Mirror

SHORT = 0.02
"""Length of vectors below which their direction counts for little."""


class SecondStage:
    """The stage: a model whose encoder stands still, and the clips as its encoder heard them."""

    def __init__(self, model: SeldModel, clips: Clips, settings: dict) -> None:
        self.model, self.clips, self.settings = model, clips, settings
        self.mirror = Mirror(model.config, model.features)
        self.heard = [heard_by(model, clips, self.mirror if mirrored else None) for mirrored in (False, True)]
        self.learning = [p for name, p in model.named_parameters() if not name.startswith("encoder.")]
        self.loss = AdpitLoss(
            model.config.elements,
            distance_weight=settings["distance_weight"],
            onscreen_weight=settings["onscreen_weight"],
            mask_onscreen=True,
        )
        steps = settings["epochs"] * (len(clips) // settings["batch"])
        self.optimizer = torch.optim.AdamW(
            self.learning, settings["learning_rate"], weight_decay=settings["weight_decay"]
        )
        self.rate = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, settings["learning_rate"], total_steps=steps, pct_start=0.2
        )
        self.average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(settings["average"]))

    def run_epoch(self, epoch: int) -> float:
        """One pass over the clips: the mean loss."""
        generator = torch.Generator().manual_seed(self.settings["seed"] * 1000 + 500 + epoch)
        size, total = self.settings["batch"], 0.0
        batches = torch.randperm(len(self.clips), generator=generator).split(size)[: len(self.clips) // size]
        self.model.train()
        for chosen in batches:
            heard, streams, targets = self._batch(chosen, generator)
            output = self.model.answer_to(heard, streams)
            loss = self.loss(output, targets)
            loss = loss + self.settings["direction_weight"] * missed_directions(output, targets)
            self.optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.learning, 5.0)
            self.optimizer.step()
            self.rate.step()
            self.average.update_parameters(self.model)
            total += loss.item()
        return total / len(batches)

    def _batch(self, chosen: Tensor, generator: torch.Generator) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        clips = self.clips.at(chosen)
        swapped = torch.rand(len(chosen), generator=generator) < 0.5
        heard = torch.where(swapped[:, None, None], self.heard[1][chosen], self.heard[0][chosen]).float()
        streams = {name: stream.float() for name, stream in clips.streams.items()}
        for name, stream in self.mirror.streams(streams, {}).items():
            streams[name] = torch.where(swapped[:, None, None], stream, streams[name])
        targets = clips.targets.float()
        targets[swapped, :, :, 2] *= -1.0  # y
        return heard, streams, targets


def missed_directions(output: Tensor, targets: Tensor) -> Tensor:
    """How far the tracks of classes with one source are off: e² / (e² + 15²) of degrees, 0 to 1, on average.

    output: (clips, frames, tracks, elements, classes); targets: (clips, frames, 6, 1 + elements, classes).
    """
    single = targets[:, :, 0]  # (clips, frames, 1 + elements, classes)
    clip, frame, class_id = (single[:, :, 0] > 0).nonzero(as_tuple=True)
    said = output[clip, frame, :, :2, class_id]  # (rows, tracks, 2)
    true = single[clip, frame, 1:3, class_id][:, None]
    across = said[..., 0] * true[..., 1] - said[..., 1] * true[..., 0]
    angle = torch.atan2(across, (said * true).sum(dim=-1) + SHORT)
    squared = angle.square()
    return (squared / (squared + math.radians(15.0) ** 2)).mean()


@torch.inference_mode()
def heard_by(model: SeldModel, clips: Clips, mirror: Mirror | None) -> Tensor:
    """The encoder's answers to clips, or to their mirror images: (clips, frames, values)."""
    model.eval()
    answers = []
    for batch in clips.features.split(64):
        features = model.features.standardised(batch.float())
        answers.append(model.encoder(features if mirror is None else mirror.features(features)).half())
    return torch.cat(answers)


def main() -> None:
    options = arguments(__doc__, "runs/default/model", "runs/default/second").parse_args()
    torch.set_num_threads(1)
    recipe = yaml.safe_load((HERE / "recipe.yaml").read_text())
    whole = ModelConfig.parse(recipe["model"], "recipe.yaml")
    model = SeldModel(whole)
    begin_from(model, SeldModel.load(options.model))
    material = Material(options.sounds, options.images)
    train, validation = (
        narrowed(prepare(options.clips, material, split, count, whole), whole, model.config)
        for split, count in (
            ("train", recipe["training"]["clips"]),
            ("validation", recipe["training"]["validation_clips"]),
        )
    )
    truth = annotations_of(validation.targets, model.config)
    print("before:", best_thresholds(model, outputs_of(model, validation), truth)[1], flush=True)
    torch.manual_seed(recipe["second"]["seed"])
    stage, best = SecondStage(model, train, recipe["second"]), -1.0
    for epoch in range(recipe["second"]["epochs"]):
        loss = stage.run_epoch(epoch)
        averaged = stage.average.module
        thresholds, scores = best_thresholds(averaged, outputs_of(averaged, validation), truth)
        print(
            epoch + 1, round(loss, 5), {name: round(value, 4) for name, value in scores.items()}, flush=True
        )
        if scores["f_score"] * scores["onscreen_accuracy"] > best:
            best = scores["f_score"] * scores["onscreen_accuracy"]
            keep(averaged.state_dict(), model.config, thresholds, options.output)


if __name__ == "__main__":
    main()
