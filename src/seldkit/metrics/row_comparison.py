"""Comparison of rows of references and predictions."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from seldkit.formats import ClipTable
from seldkit.metrics.matching import Cells, Matches, match_rows
from seldkit.metrics.scores import EVALUATOR_EPSILON
from seldkit.types import Flags, Floats, Integers

AngleFunction = Callable[[Floats, Floats, Floats, Floats], Floats]
"""Angle in degrees between directions: azimuth and elevation of the first, then of the second."""


@dataclass(frozen=True)
class ComparisonRules:
    """How a protocol compares a reference with a prediction.

    Attributes:
        angle: Angle between two directions, in degrees.
        official_angle: The same as the official evaluator computes it.
        max_angle_deg: Largest angle of a true positive, in degrees.
        max_relative_distance: Largest relative distance error of a true positive.
        distance_units_per_metre: Unit in which distances are compared: 1 for metres, 100 for centimetres
            rounded to 6 decimals, as stored in the files.
        segment_frames: Length of the segments in which events are counted, in frames of 100 ms; 1 counts
            frame by frame.
    """

    angle: AngleFunction
    official_angle: AngleFunction
    max_angle_deg: float = 20.0
    max_relative_distance: float = 1.0
    distance_units_per_metre: float = 1.0
    segment_frames: int = 1


@dataclass(frozen=True)
class CountingOptions:
    """Options of counting.

    Attributes:
        official: Whether to reproduce the official evaluator; otherwise all rows count (strict).
        class_count: Number of classes of the vocabulary.
        require_onscreen: Whether a true positive requires equal on-screen flags.
    """

    official: bool
    class_count: int
    require_onscreen: bool = False


@dataclass(frozen=True, eq=False)
class RowComparison:
    """Rows of references and predictions of the same clips, and how to compare them.

    All methods take row numbers of the references (``i``) and of the predictions (``j``), which are broadcast
    against each other.

    Attributes:
        references: Rows of the references.
        predictions: Rows of the predictions.
        rules: Rules of the protocol.
        options: Options of counting.
    """

    references: ClipTable
    predictions: ClipTable
    rules: ComparisonRules
    options: CountingOptions

    def angle(self, i: Integers, j: Integers) -> Floats:
        """Computes the angle between two directions.

        Args:
            i: Row numbers of the references, any shape.
            j: Row numbers of the predictions, any shape.

        Returns:
            Angles in degrees, in the broadcast shape.
        """
        function = self.rules.official_angle if self.options.official else self.rules.angle
        references, predictions = self.references, self.predictions
        return function(
            references.azimuth[i], references.elevation[i], predictions.azimuth[j], predictions.elevation[j]
        )

    @cached_property
    def distance_known(self) -> Flags:
        """Whether the distance of each reference row is known. Shape ``(rows,)``.

        In the strict reading, a distance of 0 is unknown; the official evaluators use it as a distance.
        """
        distance = self.references.distance
        return np.ones(len(distance), np.bool_) if self.options.official else distance > 0

    def distance_error(self, i: Integers, j: Integers) -> Floats:
        """Computes the absolute difference of the distances.

        Args:
            i: Row numbers of the references, any shape.
            j: Row numbers of the predictions, any shape.

        Returns:
            Differences in the unit of `ComparisonRules.distance_units_per_metre`, in the broadcast shape. NaN
            if the reference distance is unknown.
        """
        references, predictions = self._distances
        error = np.abs(references[i] - predictions[j])
        return np.asarray(
            error if self._all_distances_known else np.where(self.distance_known[i], error, np.nan)
        )

    def relative_distance_error(self, i: Integers, j: Integers) -> Floats:
        """Computes the distance error divided by the reference distance.

        Args:
            i: Row numbers of the references, any shape.
            j: Row numbers of the predictions, any shape.

        Returns:
            Relative errors, in the broadcast shape. NaN if the reference distance is unknown.
        """
        return np.asarray(self.distance_error(i, j) / (self._distances[0][i] + EVALUATOR_EPSILON))

    def onscreen_known(self, i: Integers, j: Integers) -> Flags:
        """Finds pairs in which both sides have an on-screen flag.

        Args:
            i: Row numbers of the references, any shape.
            j: Row numbers of the predictions, any shape.

        Returns:
            True where both flags are known, in the broadcast shape.
        """
        return np.asarray((self.references.onscreen[i] >= 0) & (self.predictions.onscreen[j] >= 0))

    def onscreen_differs(self, i: Integers, j: Integers) -> Flags:
        """Finds pairs with different on-screen flags; an unknown flag differs from a known one.

        Args:
            i: Row numbers of the references, any shape.
            j: Row numbers of the predictions, any shape.

        Returns:
            True where the flags differ, in the broadcast shape.
        """
        return np.asarray(self.references.onscreen[i] != self.predictions.onscreen[j])

    def mislocalized(self, i: Integers, j: Integers) -> Flags:
        """Finds pairs that are no true positives.

        Args:
            i: Row numbers of the references, any shape.
            j: Row numbers of the predictions, any shape.

        Returns:
            True where the angle or the known relative distance error exceeds its threshold, or where equal
            on-screen flags are required and differ. In the broadcast shape.
        """
        too_far = self.angle(i, j) > self.rules.max_angle_deg
        beyond = too_far | (self.relative_distance_error(i, j) > self.rules.max_relative_distance)
        return np.asarray(beyond | (self.onscreen_differs(i, j) & self.options.require_onscreen))

    def match(self) -> tuple[Cells, Matches]:
        """Matches rows of equal clip, frame and class by the minimum total angle.

        In the strict reading, pairings with equal total angle are ordered by true positives, then by distance
        and on-screen errors, so that the result does not depend on the order of rows.

        Returns:
            Cells of clip, frame and class, and the matched rows.
        """
        return match_rows(self.references, self.predictions, self._matching_cost)

    def mirrored(self) -> "RowComparison":
        """Exchanges left and right in the predictions.

        Returns:
            The comparison with negated azimuths of the predictions.
        """
        return replace(
            self, predictions=replace(self.predictions, azimuth=np.negative(self.predictions.azimuth))
        )

    @cached_property
    def _all_distances_known(self) -> bool:
        return bool(self.distance_known.all())

    @cached_property
    def _distances(self) -> tuple[Floats, Floats]:
        scale = self.rules.distance_units_per_metre
        distances = (self.references.distance, self.predictions.distance)
        if scale == 1.0:
            return distances
        return np.round(distances[0] * scale, 6), np.round(distances[1] * scale, 6)

    def _matching_cost(self, i: Integers, j: Integers) -> Floats:
        angle = self.angle(i, j)
        if self.options.official:
            return angle
        metres = self.distance_error(i, j) / self.rules.distance_units_per_metre
        distance_cost = np.nan_to_num(self.relative_distance_error(i, j) + 0.01 * metres)
        rest = distance_cost + 0.001 * self.onscreen_differs(i, j)
        return np.asarray(angle + 1e-4 * self.mislocalized(i, j) + 1e-7 * np.minimum(rest, 100))
