"""Positions and directions in SOFA files, converted to metres in cartesian coordinates.

Coordinates are cartesian or spherical, in degrees or radians. Positions and directions have the shape (1, 3)
or (M, 3) for M measurements, those of receivers and emitters (R, 3, 1) or (R, 3, M), in some files (R, 3).
"""

import re
from typing import Final

import numpy as np

from seldkit.geometry import unit_vector
from seldkit.synthesis.sofa_variables import SofaVariables
from seldkit.types import Floats

MIN_VECTOR_LENGTH: Final = 1e-6
"""Length below which a vector has no direction."""
MAX_COORDINATE_M: Final = 10_000.0
"""Largest coordinate of a position."""
MAX_RECEIVER_MOTION_M: Final = 0.001
"""Largest motion of a receiver relative to the listener between measurements."""

_METRE = frozenset({"metre", "metres", "meter", "meters", "m"})
_DEGREE = frozenset({"degree", "degrees", "deg"})
_RADIAN = frozenset({"radian", "radians", "rad"})


def source_positions(file: SofaVariables, convention: str, measurements: int, emitters: int | None) -> Floats:
    """Reads the global positions of the sources.

    The position of the emitter is included, unless several emitters share one response.

    Args:
        file: The file.
        convention: Name of the convention.
        measurements: Number of measurements.
        emitters: Number of emitters with a response of their own; None for data without this dimension.

    Returns:
        Positions in metres, shape ``(measurements * emitters, 3)``.

    Raises:
        SeldkitError: A variable is missing or invalid.
    """
    default = "cartesian" if convention.startswith("SingleRoom") else "spherical"
    source = _position(file, "SourcePosition", default, measurements)
    positions = _emitter_positions(file, convention, measurements, emitters)
    if positions is None:
        return source
    axes, _ = read_axes(file, "Source", measurements)
    offset = np.einsum("mei,mij->mej", positions, axes)
    return np.asarray(source[:, None] + offset).reshape(-1, 3)


def listener_positions(file: SofaVariables, measurements: int) -> Floats:
    """Reads the global positions of the listener.

    Args:
        file: The file.
        measurements: Number of measurements.

    Returns:
        Positions in metres, shape ``(measurements, 3)``; the origin if the file has none.

    Raises:
        SeldkitError: The variable is invalid.
    """
    if "ListenerPosition" not in file:
        return np.zeros((measurements, 3))
    return _position(file, "ListenerPosition", "cartesian", measurements)


def receiver_positions(
    file: SofaVariables, convention: str, measurements: int, receivers: int
) -> tuple[Floats | None, bool]:
    """Reads the positions of the receivers relative to the listener.

    Args:
        file: The file.
        convention: Name of the convention.
        measurements: Number of measurements.
        receivers: Number of receivers.

    Returns:
        Positions in metres ahead, left and up, shape ``(receivers, 3)``, None if the file has none or
        declares spherical harmonics; and whether it declares these.

    Raises:
        SeldkitError: The variable is invalid.
    """
    name = "ReceiverPosition"
    if name not in file:
        return None, False
    if file.attribute("Type", name) == "spherical harmonics":
        return None, True
    positions = _local_positions(file, name, convention, measurements, {receivers, 1})
    if np.ptp(positions, axis=0).max() > MAX_RECEIVER_MOTION_M:
        raise file.error("expected receivers at constant positions relative to the listener, got moving ones")
    return np.broadcast_to(positions[0], (receivers, 3)).copy(), False


def read_axes(file: SofaVariables, owner: str, measurements: int) -> tuple[Floats, tuple[str, ...]]:
    """Reads the orientation of the listener or the source from its View and Up.

    Args:
        file: The file.
        owner: ``"Listener"`` or ``"Source"``.
        measurements: Number of measurements.

    Returns:
        Unit vectors ahead, left and up in global coordinates, one per row, shape ``(measurements, 3, 3)``;
        and notes on assumptions. Up is made perpendicular to View. Defaults are x and z.

    Raises:
        SeldkitError: The variables are invalid.
    """
    view_name, up_name = f"{owner}View", f"{owner}Up"
    view, up = np.array([[1.0, 0.0, 0.0]]), np.array([[0.0, 0.0, 1.0]])
    notes: tuple[str, ...] = ()
    if view_name in file:
        view = _cartesian(file, view_name, "cartesian", file.array(view_name, (1, 3), (measurements, 3)))
    if up_name in file:
        up, notes = _up(file, view_name, up_name, measurements)
    ahead, up = np.broadcast_arrays(_unit_vectors(file, view_name, view), _unit_vectors(file, up_name, up))
    upwards = up - (up * ahead).sum(axis=1, keepdims=True) * ahead
    lengths = np.linalg.norm(upwards, axis=1, keepdims=True)
    if not (lengths > MIN_VECTOR_LENGTH).all():
        raise file.error(f"expected {up_name} in another direction than {view_name}, got parallel vectors")
    upwards = upwards / lengths
    axes = np.stack([ahead, np.cross(upwards, ahead), upwards], axis=1)
    return np.broadcast_to(axes, (measurements, 3, 3)), notes


def _position(file: SofaVariables, name: str, default_type: str, measurements: int) -> Floats:
    """Global positions, (measurements, 3)."""
    values = _cartesian(file, name, default_type, file.array(name, (1, 3), (measurements, 3)))
    return np.broadcast_to(values, (measurements, 3))


def _emitter_positions(
    file: SofaVariables, convention: str, measurements: int, emitters: int | None
) -> Floats | None:
    """Positions relative to the source, (measurements, emitters, 3); None if the source position is used."""
    name = "EmitterPosition"
    if name not in file:
        if (emitters or 1) > 1:
            raise file.error("expected EmitterPosition for responses of several emitters, got none")
        return None
    if file.attribute("Type", name) == "spherical harmonics":
        raise file.error("expected positions of emitters, got spherical harmonics, which are not supported")
    if emitters is None and file.shape(name)[:1] != (1,):
        return None
    positions = _local_positions(file, name, convention, measurements, {emitters or 1})
    return np.broadcast_to(positions, (measurements, *positions.shape[1:]))


def _local_positions(
    file: SofaVariables, name: str, convention: str, measurements: int, counts: set[int]
) -> Floats:
    """Positions of receivers or emitters, (1 or measurements, count, 3)."""
    shapes = [
        (count, 3, *last) for count in sorted(counts, reverse=True) for last in ((1,), (measurements,), ())
    ]
    values = file.array(name, *shapes)
    values = np.moveaxis(values.reshape(len(values), 3, -1), 2, 0)
    default = "spherical" if convention == "SingleRoomSRIR" else "cartesian"
    return _cartesian(file, name, default, values)


def _unit_vectors(file: SofaVariables, name: str, vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (lengths > MIN_VECTOR_LENGTH).all():
        raise file.error(f"expected directions in {name}, got a vector of length 0")
    return np.asarray(vectors / lengths)


def _up(file: SofaVariables, view_name: str, name: str, measurements: int) -> tuple[Floats, tuple[str, ...]]:
    """Directions of an Up variable, which has the type and units of the View variable unless it has its own.

    The default (0, 0, 1) is often left unchanged beside a spherical View, where it would mean ahead.
    """
    values = file.array(name, (1, 3), (measurements, 3))
    owner = name if file.attribute("Type", name) or view_name not in file else view_name
    is_default = bool((values == (0.0, 0.0, 1.0)).all())
    if owner == view_name and is_default and file.attribute("Type", owner) == "spherical":
        return values, (f"{name} (0, 0, 1) was read as cartesian, because it has no type of its own",)
    return _cartesian(file, owner, "cartesian", values, name), ()


def _cartesian(
    file: SofaVariables, owner: str, default_type: str, values: Floats, name: str | None = None
) -> Floats:
    """Converts coordinates (..., 3) by the Type and Units of the variable `owner`."""
    name = name or owner
    kind = file.attribute("Type", owner) or default_type
    if kind not in ("cartesian", "spherical"):
        raise file.error(f"expected {name} of type cartesian or spherical, got '{kind}'")
    defaults = {"cartesian": "metre", "spherical": "degree, degree, metre"}
    units = re.split(r"[,\s]+", (file.attribute("Units", owner) or defaults[kind]).lower())
    if kind == "cartesian":
        _check_units(file, name, all(unit in _METRE for unit in units), "metre", units)
        cartesian = values
    else:
        angles = set(units[:2])
        is_known = len(units) == 3 and units[2] in _METRE and (angles <= _DEGREE or angles <= _RADIAN)
        _check_units(file, name, is_known, "degree, degree, metre' or 'radian, radian, metre", units)
        cartesian = _from_spherical(file, name, values, in_radians=angles <= _RADIAN)
    if np.abs(cartesian).max() > MAX_COORDINATE_M:
        raise file.error(f"expected coordinates of at most {MAX_COORDINATE_M:g} m in {name}, got others")
    return cartesian


def _from_spherical(file: SofaVariables, name: str, values: Floats, in_radians: bool) -> Floats:
    angles, radius = (np.degrees(values[..., :2]) if in_radians else values[..., :2]), values[..., 2]
    if np.abs(angles[..., 1]).max() > 90.0 + 1e-6:
        raise file.error(f"expected elevations of -90 to 90 degrees in {name}, got others")
    if radius.min() < 0 or radius.max() > MAX_COORDINATE_M:
        raise file.error(f"expected distances of 0 to {MAX_COORDINATE_M:g} m in {name}, got others")
    return unit_vector(angles[..., 0], angles[..., 1]) * radius[..., None]


def _check_units(file: SofaVariables, name: str, is_known: bool, expected: str, units: list[str]) -> None:
    if not is_known:
        raise file.error(f"expected {name} in '{expected}', got '{', '.join(units)}'")
