"""Data types for sound events: `Annotations` (rows of a clip by frame) and `Event` (one source over time)."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seldkit.classes import STARSS23, ClassVocabulary
from seldkit.deprecation import renamed_attributes
from seldkit.types import Flags, Floats, Integers

FRAME_SECONDS: Final = 0.1
"""Length of one label frame in seconds: 100 ms in every DCASE SELD dataset."""


@dataclass(frozen=True, eq=False)
class Annotations:
    """The frame table of one clip: one row for each source in each frame.

    Rows keep the order of the file that they were read from, because some scoring protocols identify tracks
    by the order of the rows.

    Attributes:
        frame: Index of the 100 ms frame, from 0. Shape ``(rows,)``.
        class_id: Class number, an index into `classes`. Shape ``(rows,)``.
        source: Number that distinguishes sources of one class; 0 if unknown. Shape ``(rows,)``.
        azimuth: Azimuth in degrees, positive to the left; NaN if unknown (mono audio). Shape ``(rows,)``.
        distance: Distance in metres; NaN if unknown. Shape ``(rows,)``.
        frame_count: Length of the clip in frames of 100 ms; greater than all values of `frame`.
        elevation: Elevation in degrees, positive upwards; None if there are no elevations. Shape ``(rows,)``.
        onscreen: Whether the source is inside the image of the camera; None if unknown. Shape ``(rows,)``.
        confidence: Confidence in [0, 1]; None for labels. Shape ``(rows,)``.
        classes: Class vocabulary.

    Raises:
        ValueError: Columns differ in length, a frame or class number is out of range, or a distance is
            negative.
    """

    frame: Integers
    class_id: Integers
    source: Integers
    azimuth: Floats
    distance: Floats
    frame_count: int
    elevation: Floats | None = None
    onscreen: Flags | None = None
    confidence: Floats | None = None
    classes: ClassVocabulary = STARSS23

    def __post_init__(self) -> None:
        for name, dtype in _COLUMNS.items():
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, _column(name, value, dtype, len(self.frame)))
        object.__setattr__(self, "frame_count", int(self.frame_count))
        object.__setattr__(self, "classes", ClassVocabulary.from_names(self.classes))
        self._check_ranges()

    def _check_ranges(self) -> None:
        if len(self) == 0:
            return
        if self.frame.min() < 0 or self.frame.max() >= self.frame_count:
            raise ValueError(
                f"frames must lie in 0 to {self.frame_count - 1}, "
                f"got {self.frame.min()} to {self.frame.max()}"
            )
        if self.class_id.min() < 0 or self.class_id.max() >= len(self.classes):
            raise ValueError(
                f"class numbers must lie in 0 to {len(self.classes) - 1}, "
                f"got {self.class_id.min()} to {self.class_id.max()}"
            )
        if np.any(self.distance < 0):
            raise ValueError(f"distances must not be negative, got {np.nanmin(self.distance)} m")

    def __len__(self) -> int:
        """Returns the number of rows."""
        return len(self.frame)

    def __eq__(self, other: object) -> bool:
        """Compares rows and their order; NaN equals NaN."""
        if not isinstance(other, Annotations):
            return NotImplemented
        if self.frame_count != other.frame_count or self.classes != other.classes:
            return False
        return all(_equal_columns(getattr(self, name), getattr(other, name)) for name in _COLUMNS)

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def empty(cls, frame_count: int, classes: Sequence[str] = STARSS23) -> Self:
        """Creates annotations without rows.

        Args:
            frame_count: Length of the clip in frames of 100 ms.
            classes: Class vocabulary.

        Returns:
            Annotations of a clip without sound events.
        """
        integers, floats = np.empty(0, np.int64), np.empty(0)
        vocabulary = ClassVocabulary.from_names(classes)
        return cls(integers, integers, integers, floats, floats, frame_count, classes=vocabulary)

    @classmethod
    def concatenate(cls, parts: Sequence[tuple[int, Self]], frame_count: int) -> Self:
        """Joins segments of one clip.

        Args:
            parts: First frame and annotations of each segment. All must have the same vocabulary and the
                same optional columns.
            frame_count: Length of the clip in frames of 100 ms.

        Returns:
            The annotations of the clip.
        """
        if not parts:
            return cls.empty(frame_count)
        columns: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for _, part in parts])
            for name in parts[0][1]._present()
        }
        columns["frame"] += np.repeat([start for start, _ in parts], [len(part) for _, part in parts])
        return cls(**columns, frame_count=frame_count, classes=parts[0][1].classes)

    @property
    def seconds(self) -> float:
        """Length of the clip in seconds."""
        return self.frame_count * FRAME_SECONDS

    def take(self, rows: NDArray[Any] | Sequence[int]) -> Self:
        """Selects rows.

        Args:
            rows: Indices, shape ``(selected,)``, or a boolean mask, shape ``(rows,)``.

        Returns:
            Annotations with these rows, in this order.
        """
        picked: dict[str, Any] = {name: column[rows] for name, column in self._present().items()}
        return replace(self, **picked)

    def sorted(self) -> Self:
        """Sorts the rows.

        Returns:
            The rows by frame, then class, then source. Equal rows keep their order.
        """
        return self.take(np.lexsort((self.source, self.class_id, self.frame)))

    def mirrored(self) -> Self:
        """Exchanges left and right.

        Returns:
            Annotations with negated azimuths.
        """
        return replace(self, azimuth=-self.azimuth)

    def with_frame_count(self, frame_count: int) -> Self:
        """Cuts or extends the clip.

        Args:
            frame_count: New length in frames of 100 ms.

        Returns:
            The annotations; rows after the new end are removed.
        """
        kept = self.take(self.frame < frame_count)
        return replace(kept, frame_count=frame_count)

    def renumbered(self, classes: Sequence[str]) -> Self:
        """Converts the class numbers to another vocabulary, by the names of the classes.

        Args:
            classes: The other vocabulary. If it does not contain a class that has rows, the class is
                appended.

        Returns:
            The same rows with other class numbers. If this vocabulary starts with `classes`, nothing
            changes.
        """
        target = ClassVocabulary.from_names(classes)
        if self.classes[: len(target)] == target.names:
            return self
        numbers, vocabulary = renumbering(self.classes, target, self.class_id)
        return replace(self, class_id=numbers[self.class_id], classes=vocabulary)

    def _present(self) -> dict[str, NDArray[Any]]:
        columns = {name: getattr(self, name) for name in _COLUMNS}
        return {name: column for name, column in columns.items() if column is not None}


@dataclass(frozen=True)
class PredictionInterval:
    """Prediction interval of a value.

    Attributes:
        low: Lower limit, in the unit of the value.
        high: Upper limit, in the unit of the value.
        coverage: Share of intervals that contain the true value, in (0, 1).
    """

    low: float
    high: float
    coverage: float


@dataclass(frozen=True)
class Event:
    """One sound event: one source of one class from onset to offset.

    Attributes:
        class_id: Class number.
        name: Class name.
        onset: Start in seconds from the start of the clip.
        offset: End in seconds from the start of the clip, exclusive.
        azimuth: Circular median of the trajectory in degrees, positive to the left; NaN if unknown.
        distance: Median of the trajectory in metres; NaN if unknown.
        elevation: Median of the trajectory in degrees, positive upwards; None if there are no elevations.
        onscreen: Whether the source is inside the image of the camera in most frames; None if unknown.
        confidence: Mean confidence in [0, 1]; None for labels.
        trajectory: Rows of the event, ordered by frame.
        azimuth_interval: Prediction interval of the azimuth in degrees; None without calibration.
        distance_interval: Prediction interval of the distance in metres; None without calibration.
        number: Number of the event in its recording, from 1; 0 if it has none.
    """

    class_id: int
    name: str
    onset: float
    offset: float
    azimuth: float
    distance: float
    elevation: float | None
    onscreen: bool | None
    confidence: float | None
    trajectory: Annotations
    azimuth_interval: PredictionInterval | None = None
    distance_interval: PredictionInterval | None = None
    number: int = 0

    @property
    def onscreen_segments(self) -> tuple[tuple[float, float, bool], ...]:
        """Segments with a constant on-screen flag: onset, offset (seconds) and flag; empty if unknown."""
        frame, flag = self.trajectory.frame, self.trajectory.onscreen
        if flag is None or not len(flag):
            return ()
        starts = np.r_[0, np.flatnonzero(np.diff(flag)) + 1]
        ends = np.r_[frame[starts[1:]], frame[-1] + 1]
        return tuple(
            (round(start * FRAME_SECONDS, 1), round(end * FRAME_SECONDS, 1), onscreen)
            for start, end, onscreen in zip(
                frame[starts].tolist(), ends.tolist(), flag[starts].tolist(), strict=True
            )
        )


_COLUMNS: Final[dict[str, type]] = {
    "frame": np.int64,
    "class_id": np.int64,
    "source": np.int64,
    "azimuth": np.float64,
    "distance": np.float64,
    "elevation": np.float64,
    "onscreen": np.bool_,
    "confidence": np.float64,
}
assert set(_COLUMNS) == {field.name for field in fields(Annotations)} - {"frame_count", "classes"}


def renumbering(
    source: ClassVocabulary, target: ClassVocabulary, class_id: Integers
) -> tuple[Integers, ClassVocabulary]:
    """Maps the class numbers of one vocabulary to another, by the names of the classes.

    Args:
        source: Vocabulary of `class_id`.
        target: The other vocabulary.
        class_id: Class numbers in use. Shape ``(rows,)``.

    Returns:
        The new number of each class of `source`, shape ``(classes,)`` (-1 for classes that are not in use and
        that `target` does not have), and `target`, extended by the missing names of the classes in use.
    """
    vocabulary = target.extended(source[number] for number in np.unique(class_id).tolist())
    numbers = {name: number for number, name in enumerate(vocabulary)}
    return np.array([numbers.get(name, -1) for name in source], np.int64), vocabulary


def _column(name: str, value: ArrayLike, dtype: type, rows: int) -> NDArray[Any]:
    column: NDArray[Any] = np.array(value, dtype=dtype)
    if column.shape != (rows,):
        raise ValueError(f"column '{name}' must hold {rows} values, got shape {column.shape}")
    column.flags.writeable = False
    return column


def _equal_columns(left: NDArray[Any] | None, right: NDArray[Any] | None) -> bool:
    if left is None or right is None:
        return left is right
    return np.array_equal(left, right, equal_nan=left.dtype.kind == "f")


__getattr__ = renamed_attributes(__name__, {"Range": "PredictionInterval"})
