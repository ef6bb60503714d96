"""Measures the speed of a training step of dcase2025-audiovisual, optionally compared with the official code.

    python benchmarks/training_step_speed.py [--official PATH] [--batch 32] [--rounds 9] [--threads 1]

PATH is a checkout of the DCASE 2025 Task 3 baseline (its model.py, loss.py and parameters.py are imported).
A step consists of forward, loss, backward and Adam, on the same batch. The two implementations alternate, so
that other load on the machine affects both. A time is the median over rounds; a ratio is the median of the
ratios of each round.
"""

import argparse
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import NamedTuple

import torch
from torch import Tensor, nn

from seldkit.accdoa import AdpitLoss
from seldkit.models import SeldModel
from seldkit.training import read_recipe

CLASSES, FRAMES = 13, 50
Work = Callable[[], object]


class Data(NamedTuple):
    """Log-mel in dB, maps of 7×7 and targets of clips of five seconds."""

    features: Tensor
    maps: Tensor
    targets: Tensor


def main() -> None:
    """Prints the measurements."""
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    data = _data(arguments.batch)
    model = SeldModel(read_recipe("dcase2025-audiovisual").model)
    loss = AdpitLoss(model.config.elements)
    step = _step(
        lambda: loss(model(data.features, {"resnet50-map": data.maps.flatten(2)}), data.targets), model
    )
    works = {"step": [step], "loss only": [_loss_only(lambda output: loss(output, data.targets), data)]}
    if arguments.official:
        official_step, official_loss = _official(arguments.official, data)
        works["step"].append(official_step)
        works["loss only"].append(official_loss)
    for name, implementations in works.items():
        rounds = _alternate(implementations, arguments.rounds)
        line = f"{name}, batch {arguments.batch}: seldkit {1e3 * median(times[0] for times in rounds):.1f} ms"
        if arguments.official:
            ratio = median(times[1] / times[0] for times in rounds)
            line += f", official {1e3 * median(times[1] for times in rounds):.1f} ms ({ratio:.2f} x)"
        print(line)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--official", type=Path)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def _data(batch: int) -> Data:
    """Random inputs and targets. Classes are active in 1/8 of the frames, two sources in 1/10 of them."""
    targets = torch.zeros(batch, FRAMES, 6, 5, CLASSES)
    sources = torch.rand(batch, FRAMES, CLASSES)
    for slots, active in (((0,), sources < 0.12), ((1, 2), sources > 0.988)):
        for slot in slots:
            azimuth = torch.pi * (torch.rand(active.shape) - 0.5)
            distance, onscreen = 1 + 4 * torch.rand(active.shape), (torch.rand(active.shape) < 0.25).float()
            vector = torch.stack(
                [torch.ones_like(azimuth), azimuth.cos(), azimuth.sin(), distance, onscreen], dim=2
            )
            targets[:, :, slot] = vector * active[:, :, None]
    features = torch.randn(batch, 2, 5 * FRAMES + 1, 64) * 20 - 40
    return Data(features, torch.rand(batch, FRAMES, 7, 7), targets)


def _step(loss: Callable[[], Tensor], model: nn.Module) -> Work:
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step() -> None:
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()

    return step


def _loss_only(loss: Callable[[Tensor], Tensor], data: Data) -> Work:
    """The loss and its gradient for an output within the ranges of both implementations."""
    batch = len(data.targets)
    output = (torch.rand(batch, FRAMES, 3, 4, CLASSES) * 0.98 + 0.01).requires_grad_()
    return lambda: torch.autograd.grad(loss(output), output)


def _official(checkout: Path, data: Data) -> tuple[Work, Work]:
    sys.path.insert(0, str(checkout))
    settings = dict(import_module("parameters").params) | {"modality": "audio_visual", "multiACCDOA": True}
    model = import_module("model").SELDModel(settings)
    loss = import_module("loss").SELDLossADPIT(settings)
    step = _step(lambda: loss(model(data.features, data.maps), data.targets), model)
    return step, _loss_only(lambda output: loss(output.flatten(2), data.targets), data)


def _alternate(implementations: list[Work], rounds: int) -> list[list[float]]:
    """Seconds of each implementation in each round, after a warm-up round."""
    times = [[_seconds(work) for work in implementations] for _ in range(rounds + 1)]
    return times[1:]


def _seconds(work: Work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
