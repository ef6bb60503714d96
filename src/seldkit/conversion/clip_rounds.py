"""Rounds of clips: as many as are missing are drawn and made, until all that were asked for are there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from seldkit.conversion.clip_conversion import ClipGroup, ClipTask, Outcome
from seldkit.conversion.sampling import Cut
from seldkit.errors import DatasetError
from seldkit.parallel import run
from seldkit.types import CountProgress

_PATIENCE: Final = 100
"""Clips that may be too loud before it counts that nearly all are."""


class ClipRounds:
    """How far a conversion is."""

    def __init__(self, clips: int, progress: CountProgress) -> None:
        self.written: list[Cut] = []
        self.failures: list[Exception] = []
        self.clipped = self._failed = self._stepped = 0
        self._clips, self._progress = clips, progress

    @property
    def missing(self) -> int:
        """How many clips are still to be made; those that failed are not made up for."""
        return self._clips - len(self.written) - self._failed

    def step(self, outcomes: Sequence[Outcome]) -> None:
        """Note that a piece is done, as soon as it is."""
        self._stepped += outcomes.count("written")
        self._progress(self._stepped, self._clips)

    def add(self, cuts: Sequence[Cut], found: "RoundResult") -> None:
        """Note a round's outcomes, in the order of the draws. Raises DatasetError where all is too loud."""
        for cut in cuts:
            outcome = found.outcomes.get(cut)
            if outcome == "written":
                self.written.append(cut)
            elif outcome == "clipped":
                self.clipped += 1
            else:
                self._failed += 1
        self.failures += found.failures
        if self.clipped > _PATIENCE * (1 + len(self.written) + self._failed):
            raise DatasetError(
                f"expected recordings whose stereo sound stays below full scale, got {self.clipped} clips "
                f"above it and {len(self.written)} below; lower the level of the recordings"
            )


@dataclass(frozen=True)
class RoundResult:
    """A round's outcomes by cut, and the errors of pieces whose cuts have none."""

    outcomes: dict[Cut, Outcome]
    failures: list[Exception]


def run_round(
    task: ClipTask,
    pieces: Sequence[ClipGroup],
    workers: int,
    cluster: str | None,
    step: Callable[[Sequence[Outcome]], None],
) -> RoundResult:
    """Make the clips of all pieces; an error of one piece leaves the others alone."""
    found = RoundResult({}, [])
    for done in run(task, pieces, workers if cluster else min(workers, len(pieces)), cluster):
        if done.error is not None:
            found.failures.append(done.error)
        if done.result is not None:
            found.outcomes.update(zip(done.item.cuts, done.result, strict=True))
            step(done.result)
    return found
