"""Measurement of a model: scores on held-out datasets, invariance tests, speed, size and model cards."""

from seldkit.benchmark.card_sections import markdown, update_card
from seldkit.benchmark.figures import Benchmark, benchmark
from seldkit.benchmark.held_out import HeldOutResult, score_folder
from seldkit.benchmark.properties import Agreement, mirror_test, streaming_test
from seldkit.benchmark.speed import Cost, Speed, measure_speed

__all__ = [
    "Agreement",
    "Benchmark",
    "Cost",
    "HeldOutResult",
    "Speed",
    "benchmark",
    "markdown",
    "measure_speed",
    "mirror_test",
    "score_folder",
    "streaming_test",
    "update_card",
]
