"""Reading and checking SOFA files of impulse responses (AES69).

The positions of sources and listeners are global. The position of receivers is relative to the listener, that
of emitters relative to their source. All positions are converted to metres in cartesian coordinates: x ahead,
y to the left, z upwards for the listener, whose axes follow from `ListenerView` and `ListenerUp`.

Types, shapes and sizes are checked before anything is read. Files that refer to other files are rejected.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from seldkit.errors import MissingExtraError, SeldkitError
from seldkit.files import require_regular_file
from seldkit.geometry import direction, unit_vector
from seldkit.types import Floats

if TYPE_CHECKING:
    import h5py

SUPPORTED_CONVENTIONS: Final = (
    "SimpleFreeFieldHRIR",
    "SingleRoomSRIR",
    "SingleRoomDRIR",
    "MultiSpeakerBRIR",
    "GeneralFIR",
    "GeneralFIR-E",
)
"""Conventions that are read, all of them with impulse responses."""
IR_DIMENSIONS: Final = {"FIR": "MRN", "FIR-E": "MRNE", "FIRE": "MREN"}
"""Dimensions of `Data.IR` by data type (M measurements, R receivers, N samples, E emitters).

FIRE is the name of FIR-E in early versions, with another order of the dimensions.
"""
MAX_FILE_BYTES: Final = 2 * 1024**3
"""Size of the largest file that is read."""
MAX_RESPONSE_BYTES: Final = 2 * 1024**3
"""Size of the largest set of responses in memory, at 8 bytes per sample."""
MAX_RESPONSE_SECONDS: Final = 60.0
"""Duration of the longest response, including its delay."""
MIN_SAMPLE_RATE_HZ: Final = 1000.0
MAX_SAMPLE_RATE_HZ: Final = 1_000_000.0
MIN_SOURCE_DISTANCE_M: Final = 0.001
"""Distance below which a source has no direction."""
MIN_VECTOR_LENGTH: Final = 1e-6
"""Length below which a vector has no direction."""
MAX_COORDINATE_M: Final = 10_000.0
"""Largest coordinate of a position."""
MAX_RECEIVER_MOTION_M: Final = 0.001
"""Largest motion of a receiver relative to the listener between measurements."""
FRACTIONAL_DELAY_MARGIN: Final = 64
"""Samples at the end of a response in which a fractional delay may ring."""

_METRE = frozenset({"metre", "metres", "meter", "meters", "m"})
_DEGREE = frozenset({"degree", "degrees", "deg"})
_RADIAN = frozenset({"radian", "radians", "rad"})
_HERTZ = frozenset({"hertz", "hz"})
_HDF5_ERRORS = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    RuntimeError,
    AttributeError,
    MemoryError,
)


@dataclass(frozen=True, eq=False)
class SofaFile:
    """The impulse responses of a SOFA file and their geometry.

    A source is one emitter in one measurement: the emitters of a FIR-E file are separate sources.

    Attributes:
        path: The file.
        convention: Name of the convention.
        data_type: Data type: FIR, FIR-E or FIRE.
        sample_rate: Sample rate in Hz.
        measurements: Number of measurements.
        responses: Responses with the delays of the file applied, shape ``(sources, receivers, samples)``.
        delays: Delays of the file in samples, shape ``(sources, receivers)``.
        source_positions: Global positions of the sources in metres, shape ``(sources, 3)``.
        listener_positions: Global positions of the listener in metres, shape ``(sources, 3)``.
        listener_axes: Unit vectors ahead, left and up of the listener in global coordinates, one per row,
            shape ``(sources, 3, 3)``.
        receiver_positions: Positions relative to the listener in metres ahead, left and up, shape
            ``(receivers, 3)``. None if the file has none, or for spherical harmonics.
        is_ambisonic: Whether the receivers are declared as spherical harmonics.
        notes: Assumptions about missing or contradictory values.
    """

    path: Path
    convention: str
    data_type: str
    sample_rate: float
    measurements: int
    responses: Floats
    delays: Floats
    source_positions: Floats
    listener_positions: Floats
    listener_axes: Floats
    receiver_positions: Floats | None
    is_ambisonic: bool
    notes: tuple[str, ...] = ()

    @cached_property
    def relative_positions(self) -> Floats:
        """Positions of the sources in metres ahead, left and up of the listener, shape (sources, 3)."""
        offset = self.source_positions - self.listener_positions
        return np.asarray(np.einsum("sij,sj->si", self.listener_axes, offset))

    @property
    def azimuth(self) -> Floats:
        """Azimuths of the sources in degrees, positive to the left of the listener, shape (sources,)."""
        return np.asarray(direction(self.relative_positions)[0])

    @property
    def elevation(self) -> Floats:
        """Elevations of the sources in degrees, shape (sources,)."""
        return np.asarray(direction(self.relative_positions)[1])

    @property
    def distance(self) -> Floats:
        """Distances of the sources from the listener in metres, rounded to a nanometre, shape (sources,)."""
        return np.round(np.linalg.norm(self.relative_positions, axis=1), 9)


def read_sofa(path: str | Path) -> SofaFile:
    """Reads a SOFA file of impulse responses.

    Args:
        path: Path of the file.

    Returns:
        Its responses and geometry.

    Raises:
        SeldkitError: The file cannot be read, has other contents or an unsupported convention.
        MissingExtraError: The package h5py is not installed.
    """
    path = Path(path)
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError("reading SOFA files", "synthesis") from error
    try:
        require_regular_file(path, MAX_FILE_BYTES)
        with h5py.File(path, "r") as file:
            return _read(_Variables(path, file))
    except _HDF5_ERRORS as problem:
        reason = str(getattr(problem, "strerror", None) or problem) or type(problem).__name__
        text = "".join(c if c.isprintable() else "?" for c in " ".join(reason.split())[:80])
        raise SeldkitError(f"{path}: not readable as SOFA ({text})") from None


class _Variables:
    """Checked access to the variables and attributes of a file."""

    def __init__(self, path: Path, file: "h5py.File") -> None:
        self.path = path
        self._file = file

    def error(self, text: str) -> SeldkitError:
        return SeldkitError(f"{self.path}: {text}")

    def attribute(self, name: str, variable: str | None = None) -> str | None:
        """Text of an attribute of the file or of a variable; None if it is missing."""
        owner = self._file if variable is None else self._file[variable]
        value = owner.attrs.get(name)
        if value is not None and np.size(value) == 1:
            value = np.asarray(value).item()
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        if not isinstance(text, str):
            return None
        return "".join(c for c in text[:80] if c.isprintable()).strip()

    def __contains__(self, name: str) -> bool:
        return bool(self._file.id.links.exists(name.encode()))

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of a numeric variable."""
        return tuple(self._dataset(name).shape)

    def array(self, name: str, *shapes: tuple[int, ...]) -> Floats:
        """Values of a variable with one of the given shapes; all of them finite."""
        dataset = self._dataset(name)
        if dataset.shape not in shapes:
            expected = " or ".join(dict.fromkeys(map(str, shapes)))
            raise self.error(f"expected {name} of shape {expected}, got {dataset.shape}")
        values = np.asarray(dataset[()], np.float64)
        if not np.isfinite(values).all():
            raise self.error(f"expected finite numbers in {name}, got NaN or infinity")
        return values

    def _dataset(self, name: str) -> "h5py.Dataset":
        import h5py

        if name not in self:
            raise self.error(f"expected a SOFA file of impulse responses, but it does not contain {name}")
        if self._file.id.links.get_info(name.encode()).type != h5py.h5l.TYPE_HARD:
            raise self.error(f"expected {name} in the file itself, got a link")
        dataset = self._file[name]
        if not isinstance(dataset, h5py.Dataset) or dataset.shape is None or dataset.dtype.kind not in "fiu":
            raise self.error(f"expected numbers in {name}, got something else")
        if dataset.is_virtual or dataset.external:
            raise self.error(f"expected {name} in the file itself, got a reference to another file")
        return dataset


@dataclass(frozen=True)
class _Sizes:
    """Numbers of measurements, receivers, samples and emitters; no emitter dimension in FIR files."""

    measurements: int
    receivers: int
    samples: int
    emitters: int | None


def _read(file: _Variables) -> SofaFile:
    convention = _convention(file)
    data_type = _data_type(file)
    sizes = _sizes(file, data_type)
    rate = _sample_rate(file, sizes.measurements)
    _check_size(file, sizes, sizes.samples, rate)
    delays = _delays(file, sizes)
    length = sizes.samples + int(np.ceil(delays.max()))
    _check_size(file, sizes, length, rate)
    sources = _source_positions(file, convention, sizes)
    listener = _position(file, "ListenerPosition", "cartesian", sizes.measurements)
    axes, notes = _axes(file, "Listener", sizes.measurements)
    receivers, is_ambisonic = _receiver_positions(file, convention, sizes)
    responses = _delayed(_responses(file, data_type, sizes), delays, length)
    repeat = sizes.emitters or 1
    sofa = SofaFile(
        file.path,
        convention,
        data_type,
        rate,
        sizes.measurements,
        responses,
        delays,
        sources,
        np.repeat(listener, repeat, axis=0),
        np.repeat(axes, repeat, axis=0),
        receivers,
        is_ambisonic,
        notes,
    )
    _check_distances(sofa)
    return sofa


def _convention(file: _Variables) -> str:
    if file.attribute("Conventions") != "SOFA":
        raise file.error("not readable as SOFA: expected the attribute Conventions 'SOFA', got another file")
    convention = file.attribute("SOFAConventions")
    if convention not in SUPPORTED_CONVENTIONS:
        got = "none" if convention is None else f"'{convention}'"
        raise file.error(f"expected one of the conventions {', '.join(SUPPORTED_CONVENTIONS)}, got {got}")
    return convention


def _data_type(file: _Variables) -> str:
    """The data type; FIR if the file does not state it and its responses have three dimensions."""
    data_type = file.attribute("DataType")
    if data_type is None and len(file.shape("Data.IR")) == 3:
        return "FIR"
    if data_type not in IR_DIMENSIONS:
        raise file.error(f"expected the data type {', '.join(IR_DIMENSIONS)}, got {data_type or 'none'}")
    return data_type


def _sizes(file: _Variables, data_type: str) -> _Sizes:
    shape, names = file.shape("Data.IR"), IR_DIMENSIONS[data_type]
    if len(shape) != len(names) or 0 in shape:
        raise file.error(f"expected Data.IR of shape ({', '.join(names)}) for {data_type}, got {shape}")
    size = dict(zip(names, shape, strict=True))
    emitters = size.get("E")
    if (
        emitters is not None
        and "EmitterPosition" in file
        and file.shape("EmitterPosition")[:1] != (emitters,)
    ):
        raise file.error(
            f"expected Data.IR of shape ({', '.join(names)}) for {data_type} with the "
            f"{file.shape('EmitterPosition')[0]} emitters of EmitterPosition, got {shape}"
        )
    return _Sizes(size["M"], size["R"], size["N"], emitters)


def _sample_rate(file: _Variables, measurements: int) -> float:
    rates = np.ravel(file.array("Data.SamplingRate", (), (1,), (measurements,), (1, 1)))
    unit = file.attribute("Units", "Data.SamplingRate")
    if unit and unit.lower() not in _HERTZ:
        raise file.error(f"expected Data.SamplingRate in hertz, got '{unit}'")
    lowest, highest = float(rates.min()), float(rates.max())
    if lowest < MIN_SAMPLE_RATE_HZ or highest > MAX_SAMPLE_RATE_HZ:
        limits = f"{MIN_SAMPLE_RATE_HZ:g} to {MAX_SAMPLE_RATE_HZ:g}"
        raise file.error(f"expected Data.SamplingRate from {limits} Hz, got {lowest:g} to {highest:g} Hz")
    if lowest != highest:
        raise file.error(f"expected one sample rate, got {lowest:g} to {highest:g} Hz")
    return lowest


def _check_size(file: _Variables, sizes: _Sizes, samples: int, rate: float) -> None:
    if samples / rate > MAX_RESPONSE_SECONDS:
        raise file.error(
            f"expected responses of at most {MAX_RESPONSE_SECONDS:g} s, got {samples / rate:g} s"
        )
    count = sizes.measurements * sizes.receivers * (sizes.emitters or 1)
    size = 8 * count * samples
    if size > MAX_RESPONSE_BYTES:
        raise file.error(f"expected responses of at most {MAX_RESPONSE_BYTES} bytes in memory, got {size}")


def _delays(file: _Variables, sizes: _Sizes) -> Floats:
    """Delays in samples, (sources, receivers)."""
    m, r, e = sizes.measurements, sizes.receivers, sizes.emitters or 1
    if "Data.Delay" not in file:
        return np.zeros((m * e, r))
    shapes: list[tuple[int, ...]] = [(rows, columns) for rows in (1, m) for columns in (r, 1)]
    if sizes.emitters is not None:
        shapes += [(*shape, count) for shape in shapes for count in (e, 1)]
    values = file.array("Data.Delay", *shapes)
    if values.min() < 0:
        raise file.error(f"expected Data.Delay of at least 0 samples, got {values.min():g}")
    if values.max() > MAX_RESPONSE_SECONDS * MAX_SAMPLE_RATE_HZ:
        raise file.error(f"expected Data.Delay in samples, got {values.max():g}")
    values = np.broadcast_to(values.reshape(*values.shape[:2], -1), (m, r, e))
    return np.ascontiguousarray(values.transpose(0, 2, 1)).reshape(m * e, r)


def _responses(file: _Variables, data_type: str, sizes: _Sizes) -> Floats:
    """Responses without delays, (sources, receivers, samples)."""
    names = IR_DIMENSIONS[data_type]
    values = file.array("Data.IR", file.shape("Data.IR"))
    if "E" in names:
        values = values.transpose([names.index(name) for name in "MERN"])
    return np.ascontiguousarray(values).reshape(-1, sizes.receivers, sizes.samples)


def _delayed(responses: Floats, delays: Floats, length: int) -> Floats:
    """Responses of the given length; whole delays shift the samples, others are band-limited."""
    if not delays.any():
        return responses
    sources, receivers, samples = responses.shape
    out = np.zeros((sources, receivers, length))
    whole = np.floor(delays).astype(int)
    for delay in np.unique(whole):
        rows = whole == delay
        out[rows, delay : delay + samples] = responses[rows]
    fraction = delays - whole
    rows = fraction > 0
    if rows.any():
        out[rows] = _fractionally_delayed(out[rows], fraction[rows])
    return out


def _fractionally_delayed(signals: Floats, delays: Floats) -> Floats:
    from scipy.fft import irfft, next_fast_len, rfft, rfftfreq

    samples = signals.shape[-1]
    size = next_fast_len(samples + FRACTIONAL_DELAY_MARGIN, real=True)
    shift = np.exp(-2j * np.pi * rfftfreq(size) * delays[:, None])
    return np.asarray(irfft(rfft(signals, size) * shift, size)[..., :samples])


def _source_positions(file: _Variables, convention: str, sizes: _Sizes) -> Floats:
    """Global positions of the sources, (sources, 3).

    The position of the emitter is included, unless several emitters share one response.
    """
    is_room = convention.startswith("SingleRoom")
    default = "cartesian" if is_room else "spherical"
    source = _position(file, "SourcePosition", default, sizes.measurements, required=True)
    emitters = _emitter_positions(file, convention, sizes)
    if emitters is None:
        return source
    axes, _ = _axes(file, "Source", sizes.measurements)
    offset = np.einsum("mei,mij->mej", emitters, axes)
    return np.asarray(source[:, None] + offset).reshape(-1, 3)


def _emitter_positions(file: _Variables, convention: str, sizes: _Sizes) -> Floats | None:
    """Positions relative to the source, (measurements, emitters, 3); None if the source position is used."""
    name = "EmitterPosition"
    if name not in file:
        if (sizes.emitters or 1) > 1:
            raise file.error("expected EmitterPosition for responses of several emitters, got none")
        return None
    if file.attribute("Type", name) == "spherical harmonics":
        raise file.error("expected positions of emitters, got spherical harmonics, which are not supported")
    shape = file.shape(name)
    if sizes.emitters is None and shape[:1] != (1,):
        return None
    values = file.array(name, *_local_shapes(sizes.emitters or 1, sizes.measurements))
    values = np.moveaxis(values.reshape(len(values), 3, -1), 2, 0)  # (1 or M, E, 3)
    cartesian = _cartesian(file, name, _default_local_type(convention), values)
    return np.broadcast_to(cartesian, (sizes.measurements, *cartesian.shape[1:]))


def _receiver_positions(file: _Variables, convention: str, sizes: _Sizes) -> tuple[Floats | None, bool]:
    """Positions relative to the listener, (receivers, 3), and whether they are spherical harmonics."""
    name = "ReceiverPosition"
    if name not in file:
        return None, False
    if file.attribute("Type", name) == "spherical harmonics":
        return None, True
    shapes = _local_shapes(sizes.receivers, sizes.measurements) + _local_shapes(1, sizes.measurements)
    values = file.array(name, *shapes)
    values = np.moveaxis(values.reshape(len(values), 3, -1), 2, 0)  # (1 or M, R or 1, 3)
    cartesian = _cartesian(file, name, _default_local_type(convention), values)
    if np.ptp(cartesian, axis=0).max() > MAX_RECEIVER_MOTION_M:
        raise file.error("expected receivers at constant positions relative to the listener, got moving ones")
    return np.broadcast_to(cartesian[0], (sizes.receivers, 3)).copy(), False


def _local_shapes(count: int, measurements: int) -> list[tuple[int, ...]]:
    """Shapes of the positions of receivers or emitters."""
    return [(count, 3, 1), (count, 3, measurements), (count, 3)]


def _default_local_type(convention: str) -> str:
    """Type of the positions of receivers and emitters in files that do not state it."""
    return "spherical" if convention == "SingleRoomSRIR" else "cartesian"


def _position(
    file: _Variables, name: str, default_type: str, measurements: int, required: bool = False
) -> Floats:
    """Global positions, (measurements, 3); the origin if the variable is missing."""
    if name not in file and not required:
        return np.zeros((measurements, 3))
    values = _cartesian(file, name, default_type, file.array(name, (1, 3), (measurements, 3)))
    return np.broadcast_to(values, (measurements, 3))


def _axes(file: _Variables, owner: str, measurements: int) -> tuple[Floats, tuple[str, ...]]:
    """Unit vectors ahead, left and up, (measurements, 3, 3), and notes on assumptions."""
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


def _unit_vectors(file: _Variables, name: str, vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (lengths > MIN_VECTOR_LENGTH).all():
        raise file.error(f"expected directions in {name}, got a vector of length 0")
    return np.asarray(vectors / lengths)


def _up(file: _Variables, view_name: str, name: str, measurements: int) -> tuple[Floats, tuple[str, ...]]:
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
    file: _Variables, owner: str, default_type: str, values: Floats, name: str | None = None
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


def _from_spherical(file: _Variables, name: str, values: Floats, in_radians: bool) -> Floats:
    angles, radius = (np.degrees(values[..., :2]) if in_radians else values[..., :2]), values[..., 2]
    if np.abs(angles[..., 1]).max() > 90.0 + 1e-6:
        raise file.error(f"expected elevations of -90 to 90 degrees in {name}, got others")
    if radius.min() < 0 or radius.max() > MAX_COORDINATE_M:
        raise file.error(f"expected distances of 0 to {MAX_COORDINATE_M:g} m in {name}, got others")
    return unit_vector(angles[..., 0], angles[..., 1]) * radius[..., None]


def _check_units(file: _Variables, name: str, is_known: bool, expected: str, units: list[str]) -> None:
    if not is_known:
        raise file.error(f"expected {name} in '{expected}', got '{', '.join(units)}'")


def _check_distances(sofa: SofaFile) -> None:
    if sofa.distance.min() < MIN_SOURCE_DISTANCE_M:
        raise SeldkitError(
            f"{sofa.path}: expected sources at a distance from the listener, got SourcePosition and "
            "ListenerPosition at one point"
        )
