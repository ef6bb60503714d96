"""Whether distances are written in metres or in centimetres, told by the values themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np

from seldkit.errors import DatasetError
from seldkit.types import Floats

DistanceUnit = Literal["m", "cm"]

FARTHEST_METRES: Final = 30.0
"""No source that is recorded in a room is farther; a larger number means centimetres."""
NEAREST_CENTIMETRES: Final = 20.0
"""No source is nearer to the microphone's middle; a smaller number means metres."""


@dataclass(frozen=True)
class UnitEvidence:
    """What a file's distances speak for: `unit`, None where they allow both or neither, and why."""

    unit: DistanceUnit | None
    why: str
    possible: tuple[DistanceUnit, ...]


def unit_evidence(distances: Floats) -> UnitEvidence:
    """What the distances of one file, as written, say of their unit; zeros and NaN say nothing.

    Whole numbers of which some exceed what a room can hold in metres are centimetres (STARSS23 has whole
    ones); fractions of which all could be metres and some could not be centimetres are metres (SpatialScaper
    writes three decimals). All else could be both, as "2" could be metres cut to whole ones, or neither.
    """
    known = distances[np.isfinite(distances) & (distances > 0)]
    if not len(known):
        return UnitEvidence(None, "no distances", ("m", "cm"))
    low, high = float(known.min()), float(known.max())
    whole = bool((known == np.rint(known)).all())
    why = f"{'whole numbers' if whole else 'fractions'} from {low:g} to {high:g}"
    if high > FARTHEST_METRES and (whole or low >= NEAREST_CENTIMETRES):
        return UnitEvidence("cm", why, ("cm",))
    if high <= FARTHEST_METRES and low < NEAREST_CENTIMETRES and not whole:
        return UnitEvidence("m", why, ("m",))
    possible: list[DistanceUnit] = []
    if high <= FARTHEST_METRES:
        possible.append("m")
    if low >= NEAREST_CENTIMETRES:
        possible.append("cm")
    return UnitEvidence(None, why, tuple(possible))


def infer_unit(files: Sequence[tuple[Path, Floats]]) -> tuple[DistanceUnit, str]:
    """The one unit of a source's files, and the evidence in words.

    A file that could be both is read as its neighbours are, where these agree and it can be so. Raises
    DatasetError that names --units where files contradict each other, one can be neither, or none says.
    """
    seen = [(path, unit_evidence(distances)) for path, distances in files]
    clear = [(path, one) for path, one in seen if one.unit is not None]
    spoken = [(path, one) for path, one in seen if one.unit is None and one.why != "no distances"]
    if not clear and not spoken:
        return "cm", "no file has distances"
    if not clear:
        raise _ambiguous(*spoken[0], "no other file says")
    path, first = clear[0]
    unit = first.unit or "cm"
    for other, one in clear:
        if one.unit != unit:
            raise DatasetError(
                f"{other}: its distances ({one.why}) are in {one.unit}, those of {path} ({first.why}) in "
                f"{unit}; expected one unit: convert them apart, or give --units m or --units cm"
            )
    for other, one in spoken:
        if unit not in one.possible:
            raise _ambiguous(other, one, f"the other files are in {unit}")
    return unit, f"{len(clear)} of {len(seen)} files say so, as {path.name}: {first.why}"


def _ambiguous(path: Path, one: UnitEvidence, others: str) -> DatasetError:
    return DatasetError(
        f"{path}: expected distances that tell metres from centimetres, got {one.why} ({others}); "
        "give --units m or --units cm"
    )
