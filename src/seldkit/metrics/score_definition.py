"""Definitions of scores: names, units, direction and display."""

from dataclasses import dataclass
from typing import Final, Literal

Unit = Literal["", "°", "m", "s", "count"]
"""Unit of a score. "" is a dimensionless number; "count" is a sum over all classes and clips."""


@dataclass(frozen=True)
class ScoreDefinition:
    """Definition of one score.

    Attributes:
        name: Key of the score in `Scores.overall`, in JSON files and in logs.
        higher_is_better: Whether a larger value is better.
        unit: Unit of the value.
        heading: Short name for table columns. None takes the label.
        in_summary: Whether tables that compare systems show the score.
    """

    name: str
    higher_is_better: bool
    unit: Unit = ""
    heading: str | None = None
    in_summary: bool = False

    @property
    def label(self) -> str:
        """Name for display, with spaces."""
        return self.name.replace("_", " ")

    @property
    def is_count(self) -> bool:
        """Whether the score is a sum, which is never averaged over classes."""
        return self.unit == "count"

    @property
    def decimals(self) -> int:
        """Number of decimals for display."""
        return {"count": 0, "°": 1}.get(self.unit, 3)

    @property
    def suffix(self) -> str:
        """Unit for display directly after the number, such as "°" or " m"."""
        return {"": "", "count": "", "°": "°"}.get(self.unit, f" {self.unit}")

    def text(self, value: float) -> str:
        """Formats a value with its unit.

        Args:
            value: Value in the unit of the score.

        Returns:
            Text such as "0.512" or "13.4°"; "–" for NaN.
        """
        return "–" if value != value else f"{value:.{self.decimals}f}{self.suffix}"


F_SCORE: Final = ScoreDefinition("f_score", True, heading="F", in_summary=True)
DOA_ERROR: Final = ScoreDefinition("doa_error", False, "°", heading="DOA error", in_summary=True)
DISTANCE_ERROR: Final = ScoreDefinition("distance_error", False, "m")
RELATIVE_DISTANCE_ERROR: Final = ScoreDefinition(
    "relative_distance_error", False, heading="distance error", in_summary=True
)
ONSCREEN_ACCURACY: Final = ScoreDefinition("onscreen_accuracy", True, heading="on-screen", in_summary=True)
ERROR_RATE: Final = ScoreDefinition("error_rate", False)
LOCALIZATION_ERROR: Final = ScoreDefinition(
    "localization_error", False, "°", heading="DOA error", in_summary=True
)
LOCALIZATION_RECALL: Final = ScoreDefinition("localization_recall", True)
SELD_SCORE: Final = ScoreDefinition("seld_score", False, heading="SELD", in_summary=True)

EVENT_SCORES: Final = (
    *(
        ScoreDefinition(f"{criterion}{name}", True)
        for criterion in ("", "overlap_", "collar_")
        for name in ("f_score", "precision", "recall")
    ),
    ScoreDefinition("doa_error", False, "°"),
    ScoreDefinition("relative_distance_error", False),
    ScoreDefinition("onset_error", False, "s"),
    ScoreDefinition("offset_error", False, "s"),
    ScoreDefinition("references", True, "count"),
    ScoreDefinition("predictions", True, "count"),
    ScoreDefinition("identity_switches", False, "count"),
    ScoreDefinition("fragmentations", False, "count"),
)
"""Scores of events, in the order in which they are reported."""
