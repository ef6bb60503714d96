"""Accumulation of scores over batches and processes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from seldkit.annotations import Annotations
from seldkit.classes import STARSS23
from seldkit.errors import SeldkitError
from seldkit.formats import ClipTable
from seldkit.metrics.evaluation import compute_scores, count, require_equal_count
from seldkit.metrics.protocol import DEFAULT_PROTOCOL, PROTOCOLS, Average, Reading
from seldkit.metrics.protocol_counts import ProtocolCounts
from seldkit.metrics.scores import Scores
from seldkit.types import Floats


class SeldScore:
    """Metric with the interface of torchmetrics: update with batches of clips, compute, reset.

    The state is additive: `state` returns arrays that can be summed over processes, `load_state` takes the
    sums, and ``first + second`` merges two metrics.

    Args:
        protocol: Name of the scoring protocol, a key of `PROTOCOLS`.
        reading: "official" or "strict".
        average: "macro" or "micro".
        require_onscreen: Whether a true positive also requires the right on-screen flag.
        classes: Names of the classes.

    Examples:
        >>> metric = SeldScore("dcase2025", reading="strict")
        >>> metric.update([Annotations.empty(50)], [Annotations.empty(50)])
        >>> metric.compute().clips
        1
    """

    def __init__(
        self,
        protocol: str = DEFAULT_PROTOCOL,
        reading: Reading = "official",
        average: Average = "macro",
        require_onscreen: bool = False,
        classes: Sequence[str] = STARSS23,
    ) -> None:
        self.protocol = PROTOCOLS[protocol].name
        self.reading: Reading = reading
        self.average: Average = average
        self.require_onscreen = require_onscreen
        self.classes = classes
        self.reset()

    def reset(self) -> None:
        """Discards all clips."""
        self._clips = 0
        self._counts = ProtocolCounts.zeros(len(self.classes))

    def update(self, references: Sequence[Annotations], predictions: Sequence[Annotations]) -> None:
        """Adds a batch of whole clips.

        Args:
            references: References of the clips.
            predictions: Predictions of the same clips, in the same order.

        Raises:
            SeldkitError: The numbers of clips differ.
        """
        require_equal_count(len(references), len(predictions))
        self._counts += count(
            ClipTable.from_annotations(references),
            ClipTable.from_annotations(predictions),
            self.protocol,
            self.reading,
            require_onscreen=self.require_onscreen,
            class_count=len(self.classes),
        ).total()
        self._clips += len(references)

    def compute(self) -> Scores:
        """Computes the scores of all clips since the last reset.

        Returns:
            Scores of all clips together.

        Raises:
            SeldkitError: No clips were added.
        """
        if not self._clips:
            raise SeldkitError("no clips to score: call update before compute")
        scores = compute_scores(self._counts, self.protocol, self.reading, self.average, self.classes)
        return replace(scores, clips=self._clips)

    def state(self) -> dict[str, Floats]:
        """Returns the state as arrays to be summed over processes.

        The shapes are the same in all processes if all class numbers are below the number of classes.

        Returns:
            `clips` of shape ``(1,)``, `by_class` of shape ``(classes, 13)`` and `errors` of shape ``(3,)``,
            all float64.
        """
        return {
            "clips": np.array([self._clips], np.float64),
            "by_class": self._counts.by_class[0].copy(),
            "errors": self._counts.errors[0].copy(),
        }

    def load_state(self, state: Mapping[str, Floats]) -> None:
        """Replaces the state.

        Args:
            state: Arrays as returned by `state`, or their sums over processes: `clips` of shape ``(1,)``,
                `by_class` of shape ``(classes, 13)`` and `errors` of shape ``(3,)``.
        """
        self._clips = int(state["clips"][0])
        self._counts = ProtocolCounts(state["by_class"][None], state["errors"][None])

    def __add__(self, other: "SeldScore") -> "SeldScore":
        """Merges two metrics with the same settings."""
        settings = (self.protocol, self.reading, self.average, self.require_onscreen, self.classes)
        if settings != (other.protocol, other.reading, other.average, other.require_onscreen, other.classes):
            raise SeldkitError("expected two metrics with the same settings, got different ones")
        merged = SeldScore(*settings)
        merged._clips = self._clips + other._clips
        merged._counts = self._counts + other._counts
        return merged
