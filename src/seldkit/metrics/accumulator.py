"""Scores over a training run's batches."""

from collections.abc import Sequence

from seldkit.annotations import Annotations
from seldkit.classes import STARSS23
from seldkit.errors import SeldkitError
from seldkit.formats import ClipTable
from seldkit.metrics.evaluation import count, scores
from seldkit.metrics.formulas import Average
from seldkit.metrics.protocols import PROTOCOLS, Reading
from seldkit.metrics.scores import Scores
from seldkit.metrics.statistics import ProtocolCounts


class SeldScore:
    """A metric with the manners of torchmetrics: update with batches of clips, compute, reset.

    Its state is additive: `first + second` holds the clips of both, e.g. of two processes.

    >>> metric = SeldScore("dcase2025", reading="strict")
    >>> metric.update([Annotations.empty(50)], [Annotations.empty(50)])
    >>> metric.compute().clips
    1
    """

    def __init__(
        self,
        protocol: str = "dcase2025",
        reading: Reading = "official",
        average: Average = "macro",
        require_onscreen: bool = False,
        classes: tuple[str, ...] = STARSS23,
    ) -> None:
        PROTOCOLS[protocol]
        self.protocol = protocol
        self.reading: Reading = reading
        self.average: Average = average
        self.require_onscreen = require_onscreen
        self.classes = classes
        self.reset()

    def reset(self) -> None:
        """Forget all clips."""
        self.clips = 0
        self.counts: ProtocolCounts | None = None

    def update(self, references: Sequence[Annotations], predictions: Sequence[Annotations]) -> None:
        """Count a batch of whole clips, paired by position."""
        if len(references) != len(predictions):
            raise SeldkitError(
                f"expected {len(references)} predictions, one for each reference, got {len(predictions)}"
            )
        truth, found = ClipTable.of(references), ClipTable.of(predictions)
        counts = count(
            truth, found, self.protocol, self.reading, self.require_onscreen, classes=len(self.classes)
        ).total()
        self.counts = counts if self.counts is None else self.counts + counts
        self.clips += len(references)

    def compute(self) -> Scores:
        """The scores of all clips since the last reset."""
        if self.counts is None:
            raise SeldkitError("no clips to score: call update before compute")
        found = scores(self.counts, self.protocol, self.reading, self.average, self.classes)
        return Scores(**{**vars(found), "clips": self.clips})

    def __add__(self, other: "SeldScore") -> "SeldScore":
        """The clips of both."""
        settings = (self.protocol, self.reading, self.average, self.require_onscreen, self.classes)
        if settings != (other.protocol, other.reading, other.average, other.require_onscreen, other.classes):
            raise SeldkitError("expected two metrics with the same settings")
        both = SeldScore(*settings)
        if self.counts is None or other.counts is None:
            both.counts = other.counts if self.counts is None else self.counts
        else:
            both.counts = self.counts + other.counts
        both.clips = self.clips + other.clips
        return both
