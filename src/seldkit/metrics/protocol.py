"""Scoring protocols.

A protocol is one `Protocol` object in the registry `PROTOCOLS`. All consumers (scores, breakdowns, events,
folders, models, benchmark, commands and reports) use only this object. To add a protocol, add a module to
`seldkit.metrics.protocols` and import it there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from seldkit.errors import SeldkitError
from seldkit.formats import ClipTable
from seldkit.metrics.formulas import NamedScores
from seldkit.metrics.frame_counting import count_frames
from seldkit.metrics.protocol_counts import ProtocolCounts
from seldkit.metrics.row_comparison import ComparisonRules, CountingOptions, RowComparison
from seldkit.metrics.row_selection import replace_unknown
from seldkit.metrics.score_definition import EVENT_SCORES, ScoreDefinition
from seldkit.registry import Registry

Reading = Literal["official", "strict"]
"""Which rows count: as in the challenge's evaluator, or all."""

Average = Literal["macro", "micro"]
"""How classes are averaged: mean of the class-wise scores, or score of the pooled counts."""

DEFAULT_PROTOCOL: Final = "dcase2025"
"""Protocol that functions and commands use if none is given."""

RowSelection = Callable[[ClipTable, ClipTable, int], tuple[ClipTable, ClipTable]]
"""Selects the scored rows of references and predictions; the third argument is the number of classes."""

ScoreFunction = Callable[[ProtocolCounts, Average, bool], tuple[NamedScores, NamedScores]]
"""Overall and class-wise scores from counts with any leading dimensions; the last argument is `official`."""


@dataclass(frozen=True)
class Protocol:
    """Scoring protocol.

    Attributes:
        name: Name in configurations and on the command line.
        scores: Scores in the order in which they are reported. `f_score` is required: model selection,
            thresholds and comparisons use it.
        score: Formulas of the scores.
        rules: How a reference is compared with a prediction.
        select_official: Rows that the official evaluator scores.
        count: Counting of matches and errors.
        event_scores: Scores of events in the order in which they are reported, a selection of `EVENT_SCORES`.
        format: Name of the file format of references and predictions, a key of `seldkit.formats.FORMATS`.
        reference_centimetres: Whether distances in reference files are centimetres (True) or metres (False);
            None if the format determines the unit.
        prediction_centimetres: The same for prediction files.
        folds_azimuth: Whether azimuths are folded to the front, [-90, 90] degrees.
        scores_distance: Whether distances are scored; if so, all references must have one.
        scores_onscreen: Whether on-screen flags are scored.
    """

    name: str
    scores: tuple[ScoreDefinition, ...]
    score: ScoreFunction
    rules: ComparisonRules
    select_official: RowSelection
    count: Callable[[RowComparison], ProtocolCounts] = count_frames
    event_scores: tuple[ScoreDefinition, ...] = field(default=EVENT_SCORES, repr=False)
    format: str = "dcase2025"
    reference_centimetres: bool | None = None
    prediction_centimetres: bool | None = None
    folds_azimuth: bool = False
    scores_distance: bool = True
    scores_onscreen: bool = False

    def __post_init__(self) -> None:
        """Checks that the protocol has an F-score."""
        if "f_score" not in self.score_names:
            raise SeldkitError(f"protocol '{self.name}': expected a score named f_score, got none; add it")

    @property
    def score_names(self) -> tuple[str, ...]:
        """Names of the scores, in the order in which they are reported."""
        return tuple(definition.name for definition in self.scores)

    @property
    def is_segment_based(self) -> bool:
        """Whether events are counted in segments instead of single frames."""
        return self.rules.segment_frames > 1

    def compare(
        self, references: ClipTable, predictions: ClipTable, options: CountingOptions
    ) -> RowComparison:
        """Prepares the comparison of rows. Unknown angles and distances count as 0.

        Args:
            references: Rows of the references.
            predictions: Rows of the predictions of the same clips.
            options: Options of counting.

        Returns:
            The rows with the rules of the protocol.
        """
        return RowComparison(replace_unknown(references), replace_unknown(predictions), self.rules, options)

    def count_clips(
        self, references: ClipTable, predictions: ClipTable, options: CountingOptions
    ) -> ProtocolCounts:
        """Counts matches and errors.

        Args:
            references: Rows of the references.
            predictions: Rows of the predictions of the same clips.
            options: Options of counting.

        Returns:
            Counts of each clip.
        """
        if options.official:
            references, predictions = self.select_official(references, predictions, options.class_count)
        return self.count(self.compare(references, predictions, options))


PROTOCOLS: Final[Registry[Protocol]] = Registry("protocol")
"""All protocols by name."""
