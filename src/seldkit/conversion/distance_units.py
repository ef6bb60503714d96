"""Detection of the unit of distances, metres or centimetres, from their values."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np

from seldkit.errors import DatasetError
from seldkit.types import Floats

DistanceUnit = Literal["m", "cm"]
"""Metres or centimetres."""

MAX_DISTANCE_M: Final = 30.0
"""Maximum distance of a source in a room; larger values are centimetres."""
MIN_DISTANCE_CM: Final = 20.0
"""Minimum distance of a source from the microphone; smaller values are metres."""


@dataclass(frozen=True)
class UnitEvidence:
    """Units that the distances of one file allow.

    Attributes:
        unit: The unit, None if both or neither are possible.
        reason: Description of the values.
        possible: Possible units.
    """

    unit: DistanceUnit | None
    reason: str
    possible: tuple[DistanceUnit, ...]


def unit_evidence(distances: Floats) -> UnitEvidence:
    """Determines the units that the distances of one file allow.

    Integers of which some exceed the size of a room in metres are centimetres (STARSS23). Fractions that are
    possible in metres and of which some are too small for centimetres are metres (SpatialScaper writes three
    decimals). Other values allow both units ("2" could be truncated metres) or neither.

    Args:
        distances: Distances as written, in metres or centimetres, shape ``(n,)``. Zeros and NaN are ignored.

    Returns:
        The possible units.
    """
    known = distances[np.isfinite(distances) & (distances > 0)]
    if not len(known):
        return UnitEvidence(None, "no distances", ("m", "cm"))
    low, high = float(known.min()), float(known.max())
    are_integers = bool((known == np.rint(known)).all())
    reason = f"{'whole numbers' if are_integers else 'fractions'} from {low:g} to {high:g}"
    if high > MAX_DISTANCE_M and (are_integers or low >= MIN_DISTANCE_CM):
        return UnitEvidence("cm", reason, ("cm",))
    if high <= MAX_DISTANCE_M and low < MIN_DISTANCE_CM and not are_integers:
        return UnitEvidence("m", reason, ("m",))
    possible: list[DistanceUnit] = []
    if high <= MAX_DISTANCE_M:
        possible.append("m")
    if low >= MIN_DISTANCE_CM:
        possible.append("cm")
    return UnitEvidence(None, reason, tuple(possible))


def infer_unit(files: Sequence[tuple[Path, Floats]]) -> tuple[DistanceUnit, str]:
    """Infers the unit of all files of a source.

    A file that allows both units has the unit of the other files.

    Args:
        files: Paths and distances as written, shape ``(n,)``, of the files.

    Returns:
        The unit and a reason.

    Raises:
        DatasetError: Files contradict each other, one allows neither unit, or all allow both.
    """
    all_evidence = [(path, unit_evidence(distances)) for path, distances in files]
    clear = [(path, one) for path, one in all_evidence if one.unit is not None]
    unclear = [(path, one) for path, one in all_evidence if one.unit is None and one.reason != "no distances"]
    if not clear and not unclear:
        return "cm", "no file has distances"
    if not clear:
        raise _ambiguous(*unclear[0], "no other file determines it")
    path, first = clear[0]
    unit = first.unit or "cm"
    for other, one in clear:
        if one.unit != unit:
            raise DatasetError(
                f"{other}: its distances ({one.reason}) are in {one.unit}, those of {path} ({first.reason}) "
                f"in {unit}; expected one unit: convert them separately, or set --units m or --units cm"
            )
    for other, one in unclear:
        if unit not in one.possible:
            raise _ambiguous(other, one, f"the other files are in {unit}")
    return unit, f"{len(clear)} of {len(all_evidence)} files determine it, e.g. {path.name}: {first.reason}"


def _ambiguous(path: Path, one: UnitEvidence, others: str) -> DatasetError:
    return DatasetError(
        f"{path}: expected distances whose unit is clear, got {one.reason} ({others}); "
        "set --units m or --units cm"
    )
