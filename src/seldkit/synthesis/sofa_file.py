"""Reading and checking SOFA files of impulse responses (AES69).

The positions of sources and listeners are global. The position of receivers is relative to the listener, that
of emitters relative to their source. All positions are converted to metres in cartesian coordinates: x ahead,
y to the left, z upwards for the listener, whose axes follow from `ListenerView` and `ListenerUp`.

Types, shapes and sizes are checked before anything is read. Files that refer to other files are rejected.
"""

import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from seldkit.errors import MissingExtraError, SeldkitError
from seldkit.files import require_regular_file
from seldkit.geometry import direction
from seldkit.synthesis import sofa_probe
from seldkit.synthesis.sofa_geometry import (
    listener_positions,
    read_axes,
    receiver_positions,
    source_positions,
)
from seldkit.synthesis.sofa_variables import SofaVariables
from seldkit.types import Floats

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
MAX_AMPLITUDE: Final = 1e6
"""Largest amplitude of a response; the square of larger values may overflow."""
MIN_SAMPLE_RATE_HZ: Final = 1000.0
MAX_SAMPLE_RATE_HZ: Final = 1_000_000.0
MIN_LISTENER_DISTANCE_M: Final = 0.001
"""Distance below which a source has no direction."""
PROBE_SECONDS: Final = 60.0
"""Time in which a file must be readable, in addition to that for its size."""
PROBE_BYTES_PER_SECOND: Final = 20e6
"""Least speed at which a file must be readable."""
FRACTIONAL_DELAY_MARGIN: Final = 64
"""Samples at the end of a response in which a fractional delay may ring."""

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
        return np.asarray(np.round(np.linalg.norm(self.relative_positions, axis=1), 9))


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
        check_readable(path)
        with h5py.File(path, "r") as file:
            return _read(SofaVariables(path, file))
    except _HDF5_ERRORS as problem:
        reason = str(getattr(problem, "strerror", None) or (problem.args or [type(problem).__name__])[0])
        text = "".join(c if c.isprintable() else "?" for c in " ".join(reason.split())[:80])
        raise SeldkitError(f"{path}: not readable as SOFA ({text})") from None


def check_readable(path: Path) -> None:
    """Checks in another process that the HDF5 library neither crashes on a file nor loops forever.

    Args:
        path: Path of the file.

    Raises:
        SeldkitError: The library crashed or did not finish in time. Other errors are not reported.
    """
    if not sys.executable:
        return
    command = [sys.executable, "-P", sofa_probe.__file__, str(path.absolute()), str(MAX_RESPONSE_BYTES)]
    seconds = PROBE_SECONDS + path.stat().st_size / PROBE_BYTES_PER_SECOND
    quiet = subprocess.DEVNULL
    try:
        code = subprocess.run(command, stdin=quiet, stdout=quiet, stderr=quiet, timeout=seconds).returncode
    except subprocess.TimeoutExpired:
        problem = f"did not finish in {seconds:.0f} s"
    else:
        if code in (0, 1):
            return
        problem = "crashed"
    raise SeldkitError(f"{path}: not readable as SOFA (damaged: the HDF5 library {problem})")


@dataclass(frozen=True)
class _Sizes:
    """Numbers of measurements, receivers, samples and emitters; no emitter dimension in FIR files."""

    measurements: int
    receivers: int
    samples: int
    emitters: int | None


def _read(file: SofaVariables) -> SofaFile:
    convention = _convention(file)
    data_type = _data_type(file)
    sizes = _sizes(file, data_type)
    rate = _sample_rate(file, sizes.measurements)
    _check_size(file, sizes, sizes.samples, rate)
    delays = _delays(file, sizes)
    length = sizes.samples + int(np.ceil(delays.max()))
    _check_size(file, sizes, length, rate)
    sources = source_positions(file, convention, sizes.measurements, sizes.emitters)
    listener = listener_positions(file, sizes.measurements)
    axes, notes = read_axes(file, "Listener", sizes.measurements)
    receivers, is_ambisonic = receiver_positions(file, convention, sizes.measurements, sizes.receivers)
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


def _convention(file: SofaVariables) -> str:
    if file.attribute("Conventions") != "SOFA":
        raise file.error("not readable as SOFA: expected the attribute Conventions 'SOFA', got another file")
    convention = file.attribute("SOFAConventions")
    if convention not in SUPPORTED_CONVENTIONS:
        got = "none" if convention is None else f"'{convention}'"
        raise file.error(f"expected one of the conventions {', '.join(SUPPORTED_CONVENTIONS)}, got {got}")
    return convention


def _data_type(file: SofaVariables) -> str:
    """The data type; FIR if the file does not state it and its responses have three dimensions."""
    data_type = file.attribute("DataType")
    if data_type is None and len(file.shape("Data.IR")) == 3:
        return "FIR"
    if data_type not in IR_DIMENSIONS:
        raise file.error(f"expected the data type {', '.join(IR_DIMENSIONS)}, got {data_type or 'none'}")
    return data_type


def _sizes(file: SofaVariables, data_type: str) -> _Sizes:
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


def _sample_rate(file: SofaVariables, measurements: int) -> float:
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


def _check_size(file: SofaVariables, sizes: _Sizes, samples: int, rate: float) -> None:
    if samples / rate > MAX_RESPONSE_SECONDS:
        raise file.error(
            f"expected responses of at most {MAX_RESPONSE_SECONDS:g} s, got {samples / rate:g} s"
        )
    count = sizes.measurements * sizes.receivers * (sizes.emitters or 1)
    size = 8 * count * samples
    if size > MAX_RESPONSE_BYTES:
        raise file.error(f"expected responses of at most {MAX_RESPONSE_BYTES} bytes in memory, got {size}")


def _delays(file: SofaVariables, sizes: _Sizes) -> Floats:
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


def _responses(file: SofaVariables, data_type: str, sizes: _Sizes) -> Floats:
    """Responses without delays, (sources, receivers, samples)."""
    names = IR_DIMENSIONS[data_type]
    values = file.array("Data.IR", file.shape("Data.IR"))
    if max(abs(values.min()), abs(values.max())) > MAX_AMPLITUDE:
        raise file.error(f"expected amplitudes of at most {MAX_AMPLITUDE:g} in Data.IR, got larger ones")
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


def _check_distances(sofa: SofaFile) -> None:
    if sofa.distance.min() < MIN_LISTENER_DISTANCE_M:
        raise SeldkitError(
            f"{sofa.path}: expected sources at a distance from the listener, got SourcePosition and "
            "ListenerPosition at one point"
        )
