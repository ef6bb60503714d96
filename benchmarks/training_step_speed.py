"""How fast a training step of dcase2025-audiovisual is, beside the challenge's own model and loss.

    python benchmarks/training_step_speed.py [--official PATH] [--batch 32] [--rounds 9] [--threads 1]

PATH is a checkout of the DCASE 2025 Task 3 baseline (its model.py, loss.py and parameters.py are imported).
A step is forward, loss, backward and Adam, on the same batch. The
two take turns, so that whatever else the machine does falls on both; a figure is the median of the rounds,
a ratio the median of the rounds' ratios.
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
    """Build both, take turns, print."""
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    data = _data(arguments.batch)
    ours = SeldModel(read_recipe("dcase2025-audiovisual").model)
    loss = AdpitLoss(ours.config.elements)
    step = _step(
        lambda: loss(ours(data.features, {"resnet50-map": data.maps.flatten(2)}), data.targets), ours
    )
    works = {"step": [step], "loss alone": [_loss_alone(lambda output: loss(output, data.targets), data)]}
    if arguments.official:
        official_step, official_loss = _official(arguments.official, data)
        works["step"].append(official_step)
        works["loss alone"].append(official_loss)
    for name, parties in works.items():
        rounds = _turns(parties, arguments.rounds)
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
    """Each class sounds in an eighth of the frames, with two sources in a tenth of these."""
    targets = torch.zeros(batch, FRAMES, 6, 5, CLASSES)
    sources = torch.rand(batch, FRAMES, CLASSES)
    for slots, active in (((0,), sources < 0.12), ((1, 2), sources > 0.988)):
        for slot in slots:
            azimuth = torch.pi * (torch.rand(active.shape) - 0.5)
            distance, onscreen = 1 + 4 * torch.rand(active.shape), (torch.rand(active.shape) < 0.25).float()
            said = torch.stack(
                [torch.ones_like(azimuth), azimuth.cos(), azimuth.sin(), distance, onscreen], dim=2
            )
            targets[:, :, slot] = said * active[:, :, None]
    features = torch.randn(batch, 2, 5 * FRAMES + 1, 64) * 20 - 40
    return Data(features, torch.rand(batch, FRAMES, 7, 7), targets)


def _step(loss: Callable[[], Tensor], model: nn.Module) -> Work:
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step() -> None:
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()

    return step


def _loss_alone(loss: Callable[[Tensor], Tensor], data: Data) -> Work:
    """The loss and its gradient, on an answer that stays within the ranges of both."""
    batch = len(data.targets)
    output = (torch.rand(batch, FRAMES, 3, 4, CLASSES) * 0.98 + 0.01).requires_grad_()
    return lambda: torch.autograd.grad(loss(output), output)


def _official(checkout: Path, data: Data) -> tuple[Work, Work]:
    sys.path.insert(0, str(checkout))
    settings = dict(import_module("parameters").params) | {"modality": "audio_visual", "multiACCDOA": True}
    model = import_module("model").SELDModel(settings)
    loss = import_module("loss").SELDLossADPIT(settings)
    step = _step(lambda: loss(model(data.features, data.maps), data.targets), model)
    return step, _loss_alone(lambda output: loss(output.flatten(2), data.targets), data)


def _turns(parties: list[Work], rounds: int) -> list[list[float]]:
    """Seconds of each party in each round; one more round first, to warm up."""
    times = [[_seconds(work) for work in parties] for _ in range(rounds + 1)]
    return times[1:]


def _seconds(work: Work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
