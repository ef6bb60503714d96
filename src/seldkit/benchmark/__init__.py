"""What a model is worth on held-out sets, and what it costs on this machine: the figures of a model card."""

from seldkit.benchmark.card_sections import markdown, with_figures
from seldkit.benchmark.figures import Benchmark, benchmark
from seldkit.benchmark.held_out import HeldOut, score_folder
from seldkit.benchmark.properties import Agreement, mirror_test, streaming_test
from seldkit.benchmark.speed import Speed, measure_speed

__all__ = [
    "Agreement",
    "Benchmark",
    "HeldOut",
    "Speed",
    "benchmark",
    "markdown",
    "measure_speed",
    "mirror_test",
    "score_folder",
    "streaming_test",
    "with_figures",
]
