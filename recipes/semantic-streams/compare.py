"""Effect of semantic streams: `python recipes/semantic-streams/compare.py --train DIR --test DIR`.

Small versions of the recipes (see README.md) with the same width, trained on the same clips for the same
number of epochs. An interrupted run can be resumed. Several processes with different seeds can share the
output; a last call with all seeds writes the table.
"""

import argparse
from pathlib import Path

import torch

from seldkit.cli.comparison_tables import show
from seldkit.training import Recipe, read_recipe
from seldkit.training.comparison import compare
from seldkit.training.prepared_sources import PreparedSources
from seldkit.training.run import Machine

RECIPES = ("berghi2025-audio", "dcase2025-audio", "berghi2025-yamnet", "berghi2025-yamnet-efficientnet")
SMALL = (
    "model.encoder={name: seldnet, filters: 48, time_pools: [4, 2, 2], bin_pools: [4, 2, 2],"
    " rnn_layers: 1, attention_layers: 0, dropout: 0.1}",
    "model.features.grid.mels=32",
    "model.fusion.conformer={layers: 2, heads: 8, feedforward: 256, kernel: 15, dropout: 0.1}",
)
STAGE = (
    "training.validation={by: room, share: 0.1, thresholds: per-class}",
    "training.loss.distance_weight=0.1",
    "training.augmentation={swaps: false, mask_bins: 6, mask_frames: 80}",
    "training.stages=[{name: synthetic, epochs: 20, batch: 16, average: 0.99, clip_norm: 5.0,"
    " optimizer: {name: adamw, learning_rate: 0.001, weight_decay: 0.01},"
    " schedule: {name: cosine, warm_up: 0.1}}]",
)


def small(name: str) -> Recipe:
    """Small version of a recipe."""
    return read_recipe(name, (*STAGE, *(SMALL if name.startswith("berghi2025") else ())))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--train", type=Path, required=True, help="output of seldkit synthesize --split train"
    )
    parser.add_argument("--test", type=Path, required=True, help="output of seldkit synthesize --split test")
    parser.add_argument("--output", type=Path, default=Path("runs/semantic-streams"))
    parser.add_argument("--seed", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--recipe", nargs="+", default=RECIPES)
    parser.add_argument("--workers", type=int, default=1, help="processes that prepare clips")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    sources = PreparedSources({"": chosen.train}, chosen.output / "store", chosen.workers)
    show(
        compare(
            [small(name) for name in chosen.recipe],
            sources,
            chosen.test,
            chosen.output,
            chosen.seed,
            Machine(accelerator="cpu"),
        )
    )


if __name__ == "__main__":
    main()
