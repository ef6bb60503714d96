"""Rounds of a conversion: as many clips as are missing are drawn and written until the number is complete."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from seldkit.conversion.clip_conversion import ClipGroup, ClipOutcome, ClipTask
from seldkit.conversion.sampling import Cut
from seldkit.errors import DatasetError
from seldkit.parallel import run
from seldkit.types import CountProgress

MAX_CLIPPED_PER_CLIP: Final = 100
"""Number of clipped draws per finished clip above which a conversion stops."""


@dataclass(frozen=True)
class RoundResult:
    """Outcome of one round.

    Attributes:
        outcomes: Outcomes by cut; failed cuts are missing.
        failures: Errors of the groups that failed.
    """

    outcomes: dict[Cut, ClipOutcome]
    failures: list[Exception]


class ClipRounds:
    """State of a conversion.

    Args:
        clips: Number of clips to write.
        progress: Called with the number of finished clips and of all clips.

    Attributes:
        written: Cuts that are written, in the order of their drawing.
        failures: Errors so far.
        clipped: Number of draws that were skipped because they exceed full scale.
    """

    def __init__(self, clips: int, progress: CountProgress) -> None:
        self.written: list[Cut] = []
        self.failures: list[Exception] = []
        self.clipped = 0
        self._failed = 0
        self._reported = 0
        self._clips = clips
        self._progress = progress

    @property
    def missing(self) -> int:
        """Number of clips to draw; failed clips are not replaced."""
        return self._clips - len(self.written) - self._failed

    def report(self, outcomes: Sequence[ClipOutcome]) -> None:
        """Reports the progress as soon as a group is finished.

        Args:
            outcomes: Outcomes of the clips of the group.
        """
        self._reported += outcomes.count("written")
        self._progress(self._reported, self._clips)

    def add(self, cuts: Sequence[Cut], result: RoundResult) -> None:
        """Adds the outcome of a round.

        Args:
            cuts: Cuts of the round in the order of their drawing.
            result: Outcome of the round.

        Raises:
            DatasetError: Nearly all draws exceed full scale.
        """
        for cut in cuts:
            outcome = result.outcomes.get(cut)
            if outcome == "written":
                self.written.append(cut)
            elif outcome == "clipped":
                self.clipped += 1
            else:
                self._failed += 1
        self.failures += result.failures
        if self.clipped > MAX_CLIPPED_PER_CLIP * (1 + len(self.written) + self._failed):
            raise DatasetError(
                f"expected stereo audio below full scale, got {self.clipped} clips above full scale and "
                f"{len(self.written)} below; lower the level of the recordings"
            )


def run_round(
    task: ClipTask,
    groups: Sequence[ClipGroup],
    workers: int,
    cluster: str | None,
    report: Callable[[Sequence[ClipOutcome]], None],
) -> RoundResult:
    """Writes the clips of all groups. An error of one group does not affect the others.

    Args:
        task: Writes one group.
        groups: Groups of clips.
        workers: Number of processes.
        cluster: Address of a Ray cluster, None for local processes.
        report: Called with the outcomes of every finished group.

    Returns:
        Outcomes and errors.
    """
    result = RoundResult({}, [])
    for done in run(task, groups, workers if cluster else min(workers, len(groups)), cluster):
        if done.error is not None:
            result.failures.append(done.error)
        if done.result is not None:
            result.outcomes.update(zip(done.item.cuts, done.result, strict=True))
            report(done.result)
    return result
