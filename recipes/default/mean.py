"""The mean of two models' weights: `python recipes/default/mean.py FIRST SECOND --output DIR`.

SECOND is a later round that started from FIRST: model soups (Wortsman et al. 2022). The on-screen attention
is that of FIRST, which gaze.py trained.
"""

import argparse
from pathlib import Path

from train import HERE

from seldkit.models import SeldModel

ONSCREEN_ATTENTION = "onscreen_attention."


def main() -> None:
    """Reads both models and writes the mean."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("first", type=Path, metavar="FIRST", help="model directory")
    parser.add_argument("second", type=Path, metavar="SECOND", help="model directory of the same network")
    parser.add_argument("--output", type=Path, required=True, help="model directory")
    options = parser.parse_args()
    mean_of(SeldModel.load(options.first), SeldModel.load(options.second)).save(
        options.output, card=(HERE / "card.md").read_text()
    )


def mean_of(first: SeldModel, second: SeldModel) -> SeldModel:
    """Changes the weights of the first model to the mean of both."""
    weights, others = first.state_dict(), second.state_dict()
    for name, tensor in weights.items():
        if tensor.is_floating_point() and not name.startswith(ONSCREEN_ATTENTION):
            tensor.lerp_(others[name], 0.5)
    return first.eval()


if __name__ == "__main__":
    main()
