"""Overfitting test: trains the model of a recipe on eight clips up to an F20/1 of 0.9.

It reveals errors in models, losses and decoding that a decreasing loss does not show.

    python benchmarks/overfit.py RECIPE… [--frames N] [--steps 400] [--rate 0.001] [--goal 0.9]

Each clip contains two random tones in noise, as stereo or first-order ambisonics; the pitch depends on the
class. Streams are random numbers that differ between clips. The unmodified model of the recipe is trained on
all eight clips as one batch, with the loss of the recipe and AdamW with a one-cycle schedule, until its
predictions reach the goal by the protocol (strict reading) and the threshold of the recipe.

--frames: label frames (100 ms) per clip, by default those of the recipe; steps are faster with fewer frames.
Prints progress and one line of JSON per recipe. Exit status 1 if a recipe misses the goal.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seldkit.accdoa import AdpitLoss, encode_targets
from seldkit.annotations import Annotations
from seldkit.metrics import evaluate
from seldkit.models import ModelConfig, SeldModel
from seldkit.training import Recipe, read_recipe

CLIPS, SOURCES, MIN_EVENT_FRAMES = 8, 2, 3
SCORE_INTERVAL_STEPS = 10


class Clips(NamedTuple):
    """Inputs and targets: features, streams, target tensors and ground truth."""

    features: Tensor
    streams: dict[str, Tensor]
    targets: Tensor
    references: list[Annotations]


def main() -> int:
    """Trains each model, prints the results and returns the exit status."""
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    reached = []
    for name in arguments.recipes:
        results = [_printed(line) for line in _overfit(read_recipe(name), arguments)]
        print(json.dumps(results[-1]), flush=True)
        reached.append(results[-1]["f_score"] >= arguments.goal)
    return 0 if all(reached) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("recipes", nargs="+", metavar="RECIPE")
    parser.add_argument("--frames", type=int)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--goal", type=float, default=0.9)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def _printed(line: dict[str, float | str]) -> dict[str, float | str]:
    print(" ".join(f"{key} {value}" for key, value in line.items()), flush=True)
    return line


def _overfit(recipe: Recipe, arguments: argparse.Namespace) -> Iterator[dict[str, float | str]]:
    """Yields the progress until the goal or the last step is reached."""
    torch.manual_seed(0)
    model = SeldModel(recipe.model)
    frames = arguments.frames or recipe.model.window_frames
    clips = _clips(model, frames)
    loss = AdpitLoss(recipe.model.elements, **recipe.training.loss.model_dump())
    optimiser = torch.optim.AdamW(model.parameters(), lr=arguments.rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, arguments.rate, total_steps=arguments.steps, pct_start=0.2
    )
    start_time = time.monotonic()
    for step in range(1, arguments.steps + 1):
        model.train()
        optimiser.zero_grad()
        error = loss(model(clips.features, clips.streams), clips.targets)
        error.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        if step % SCORE_INTERVAL_STEPS == 0 or step == arguments.steps:
            score = _score(model, clips)
            yield {
                "recipe": recipe.model.name,
                "frames": frames,
                "step": step,
                "loss": round(error.item(), 5),
                "f_score": round(score, 3),
                "seconds": round(time.monotonic() - start_time),
            }
            if score >= arguments.goal:
                return


@torch.inference_mode()
def _score(model: SeldModel, clips: Clips) -> float:
    predictions = model.eval().decode(model(clips.features, clips.streams))
    return float(
        evaluate(clips.references, predictions, model.config.protocol, reading="strict").overall["f_score"]
    )


@torch.no_grad()
def _clips(model: SeldModel, frames: int) -> Clips:
    config, generator = model.config, np.random.default_rng(0)
    drawn = [_clip(config, frames, generator) for _ in range(CLIPS)]
    raw = torch.cat([model.features.extract_raw(torch.from_numpy(waveform)[None]) for waveform, _ in drawn])
    if config.features.standardise:
        model.features.fit_standardisation([raw])
    references = [annotations for _, annotations in drawn]
    targets = [torch.from_numpy(encode_targets(clip, config.elements)) for clip in references]
    length = max(4, frames // 2)
    streams = {name: torch.randn(CLIPS, length, width) for name, width in config.stream_widths.items()}
    return Clips(model.features.standardise(raw), streams, torch.stack(targets), references)


def _clip(
    config: ModelConfig, frames: int, generator: np.random.Generator
) -> tuple[NDArray[np.float32], Annotations]:
    """A random waveform, (channels, samples), and its annotations."""
    rate = config.features.sample_rate
    per_frame = rate // 10
    foa = config.features.input == "foa"
    waveform = 1e-4 * generator.normal(size=(4 if foa else 2, frames * per_frame))
    rows: list[tuple[int, int, int, float, float]] = []
    for source in range(SOURCES):
        class_id, azimuth = int(generator.integers(len(config.classes))), generator.uniform(-80.0, 80.0)
        begin = int(generator.integers(frames - MIN_EVENT_FRAMES + 1))
        end = int(generator.integers(begin + MIN_EVENT_FRAMES, frames + 1))
        distance = generator.uniform(1.0, 4.0)
        tone = _tone(class_id, (end - begin) * per_frame, rate) * 0.1 / distance
        waveform[:, begin * per_frame : end * per_frame] += np.outer(_gains(azimuth, foa), tone)
        rows += [(frame, class_id, source, azimuth, distance) for frame in range(begin, end)]
    return waveform.astype(np.float32), _annotations(rows, frames, config)


def _tone(class_id: int, samples: int, rate: int) -> NDArray[np.float64]:
    phase = 2 * np.pi * (200 + 150 * class_id) * np.arange(samples) / rate
    return np.sin(phase) + 0.5 * np.sin(2 * phase)


def _gains(azimuth: float, foa: bool) -> list[float]:
    left, front = np.sin(np.deg2rad(azimuth)), np.cos(np.deg2rad(azimuth))
    return [1.0, left, 0.0, front] if foa else [1.0 + left, 1.0 - left]


def _annotations(
    rows: list[tuple[int, int, int, float, float]], frames: int, config: ModelConfig
) -> Annotations:
    frame, class_id, source, azimuth, distance = np.array(sorted(rows)).T
    return Annotations(
        frame.astype(int),
        class_id.astype(int),
        source.astype(int),
        azimuth,
        distance,
        frames,
        elevation=np.zeros(len(rows)) if "z" in config.elements else None,
        onscreen=np.abs(azimuth) < 50.0 if "onscreen" in config.elements else None,
    )


if __name__ == "__main__":
    sys.exit(main())
