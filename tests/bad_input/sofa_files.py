"""Damaged and odd SOFA files: a table of rows, and random mutations of valid files."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from synthesis.sofa_making import ATTRIBUTES, CARTESIAN, SPHERICAL, room_variables, write_raw


@dataclass(frozen=True)
class BadSofa:
    """One odd file: a valid room with changed attributes and variables, or other content.

    `error` is what the message must contain.
    """

    name: str
    error: str
    attributes: dict[str, Any]
    variables: dict[str, Any]
    content: Callable[[Path], None] | None = None

    def build(self, folder: Path) -> Path:
        path = folder / "a.sofa"
        write_raw(path, ATTRIBUTES | self.attributes, room_variables() | self.variables)
        if self.content is not None:
            self.content(path)
        return path


def bad(name: str, error: str, variable: str, value: Any) -> BadSofa:
    return BadSofa(name, error, {}, {variable: value})


def attribute(name: str, error: str, key: str, value: Any) -> BadSofa:
    return BadSofa(name, error, {key: value}, {})


def content(name: str, error: str, write: Callable[[Path], None]) -> BadSofa:
    return BadSofa(name, error, {}, {}, write)


def rate(value: Any) -> tuple[list[Any], dict[str, str]]:
    return [value], {"Units": "hertz"}


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:3000])


def edit(change: Callable[[h5py.File], None]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with h5py.File(path, "r+") as file:
            change(file)

    return write


def huge(file: h5py.File) -> None:
    del file["Data.IR"]
    file.create_dataset("Data.IR", (1 << 20, 2, 1 << 16), "f8", chunks=(1, 2, 1024))


def external_link(file: h5py.File) -> None:
    del file["SourcePosition"]
    file["SourcePosition"] = h5py.ExternalLink("/etc/other.sofa", "SourcePosition")


def external_data(file: h5py.File) -> None:
    del file["SourcePosition"]
    storage = [("/etc/passwd", 0, 96)]
    file.create_dataset("SourcePosition", (4, 3), "f8", external=storage)


def virtual_data(file: h5py.File) -> None:
    del file["SourcePosition"]
    layout = h5py.VirtualLayout((4, 3), "f8")
    layout[:] = h5py.VirtualSource("/etc/other.h5", "x", (4, 3))
    file.create_virtual_dataset("SourcePosition", layout)


def group(file: h5py.File) -> None:
    del file["SourcePosition"]
    file.create_group("SourcePosition")


def empty(file: h5py.File) -> None:
    del file["Data.IR"]
    file["Data.IR"] = h5py.Empty("f8")


def complex_numbers(file: h5py.File) -> None:
    del file["Data.IR"]
    file["Data.IR"] = np.ones((4, 2, 8), complex)


IR = np.ones((4, 2, 8))
UPRIGHT = np.array([[0.0, 0.0, 1.0]])
BAD_SOFA: list[BadSofa] = [
    content("empty file", "not readable as SOFA", lambda path: path.write_bytes(b"")),
    content("text", "not readable as SOFA", lambda path: path.write_text("no")),
    content("cut short", "not readable as SOFA", truncate),
    content("huge responses", "at most 2147483648 bytes in memory", edit(huge)),
    content("external link", "SourcePosition in the file itself, got a link", edit(external_link)),
    content("external data", "SourcePosition in the file itself, got a reference", edit(external_data)),
    content("virtual data", "SourcePosition in the file itself, got a reference", edit(virtual_data)),
    content("group", "numbers in SourcePosition, got something else", edit(group)),
    content("no values", "numbers in Data.IR, got something else", edit(empty)),
    content("complex", "numbers in Data.IR, got something else", edit(complex_numbers)),
    attribute("another HDF5 file", "attribute Conventions 'SOFA'", "Conventions", None),
    attribute("number as convention", "got none", "SOFAConventions", 5),
    attribute("no convention", "conventions SimpleFreeFieldHRIR, .* got none", "SOFAConventions", None),
    attribute("headphones", "got 'SimpleHeadphoneIR'", "SOFAConventions", "SimpleHeadphoneIR"),
    attribute("escape in convention", r"got 'a\[31mb'", "SOFAConventions", "a\x1b[31mb"),
    attribute("transfer functions", "data type FIR, FIR-E, FIRE, got TF", "DataType", "TF"),
    attribute(
        "emitters in a FIR file", r"shape \(M, R, N, E\) for FIR-E, got \(4, 2, 32\)", "DataType", "FIR-E"
    ),
    bad("no responses", "does not contain Data.IR", "Data.IR", None),
    bad("no sources", "does not contain SourcePosition", "SourcePosition", None),
    bad("no measurements", r"\(M, R, N\) for FIR, got \(0, 2, 8\)", "Data.IR", np.ones((0, 2, 8))),
    bad("text as responses", "numbers in Data.IR", "Data.IR", [b"a"]),
    bad("NaN in responses", "finite numbers in Data.IR", "Data.IR", IR * np.nan),
    bad("infinite position", "finite numbers in SourcePosition", "SourcePosition", np.full((4, 3), np.inf)),
    bad("amplitudes of 1e200", "amplitudes of at most 1e[+]06 in Data.IR", "Data.IR", IR * 1e200),
    bad("no sample rate", "does not contain Data.SamplingRate", "Data.SamplingRate", None),
    bad("sample rate 0", "Data.SamplingRate from 1000 to 1e[+]06 Hz, got 0", "Data.SamplingRate", rate(0.0)),
    bad("sample rate -48000", "got -48000", "Data.SamplingRate", rate(-48000.0)),
    bad("sample rate NaN", "finite numbers in Data.SamplingRate", "Data.SamplingRate", rate(np.nan)),
    bad("sample rate infinite", "finite numbers in Data.SamplingRate", "Data.SamplingRate", rate(np.inf)),
    bad("sample rate 1e-300", "got 1e-300", "Data.SamplingRate", rate(1e-300)),
    bad("sample rate 1e300", r"got 1e\+300", "Data.SamplingRate", rate(1e300)),
    bad("kilohertz", "in hertz, got 'kilohertz'", "Data.SamplingRate", ([24.0], {"Units": "kilohertz"})),
    bad("two sample rates", "one sample rate", "Data.SamplingRate", [24000.0, 24000.0, 48000.0, 24000.0]),
    bad("sample rates of others", "Data.SamplingRate of shape", "Data.SamplingRate", [24000.0] * 3),
    bad("delay of 2 minutes", "at most 60 s, got 120", "Data.Delay", [[2880000.0, 0.0]]),
    bad("negative delay", "Data.Delay of at least 0 samples, got -1", "Data.Delay", [[-1.0, 0.0]]),
    bad("infinite delay", "finite numbers in Data.Delay", "Data.Delay", [[np.inf, 0.0]]),
    bad("delay of 1e18", "Data.Delay in samples", "Data.Delay", [[1e18, 0.0]]),
    bad("delays of three receivers", "Data.Delay of shape", "Data.Delay", [[0.0, 0.0, 0.0]]),
    bad(
        "positions of five sources", r"\(1, 3\) or \(4, 3\), got \(5, 3\)", "SourcePosition", np.ones((5, 3))
    ),
    bad("positions in a plane", r"got \(4, 2\)", "SourcePosition", np.ones((4, 2))),
    bad("sources at the listener", "at a distance", "SourcePosition", ([[3.0, 2.0, 1.5]], CARTESIAN)),
    bad("sources far away", "at most 10000 m", "SourcePosition", ([[1e200, 0.0, 0.0]], CARTESIAN)),
    bad("elevation 100", "elevations of -90 to 90", "SourcePosition", ([[0.0, 100.0, 1.0]], SPHERICAL)),
    bad("negative radius", "distances of 0 to", "SourcePosition", ([[0.0, 0.0, -1.0]], SPHERICAL)),
    bad("unknown type", "got 'polar'", "SourcePosition", (np.ones((4, 3)), {"Type": "polar"})),
    bad("feet", "in 'metre', got 'foot'", "SourcePosition", (np.ones((4, 3)), CARTESIAN | {"Units": "foot"})),
    bad(
        "gradians",
        "radian, metre', got",
        "SourcePosition",
        (IR[..., 0, :3], SPHERICAL | {"Units": "gon, gon, m"}),
    ),
    bad("no view", "directions in ListenerView, got a vector of length 0", "ListenerView", np.zeros((1, 3))),
    bad("view is up", "another direction than ListenerView", "ListenerView", UPRIGHT),
    bad("views of three", r"ListenerView of shape .* got \(3, 3\)", "ListenerView", np.ones((3, 3))),
    bad("receivers of three", "ReceiverPosition of shape", "ReceiverPosition", np.ones((3, 3, 1))),
    bad(
        "moving receivers",
        "constant positions",
        "ReceiverPosition",
        (np.arange(24.0).reshape(2, 3, 4), CARTESIAN),
    ),
    bad(
        "emitters as harmonics",
        "spherical harmonics, which are not supported",
        "EmitterPosition",
        (np.ones((4, 3, 1)), {"Type": "spherical harmonics"}),
    ),
]


ODD_VALUES: tuple[Any, ...] = (
    0.0,
    -1.0,
    np.nan,
    np.inf,
    1e308,
    [],
    [[1.0]],
    [b"text"],
    np.zeros((1, 3)),
    np.zeros((4, 3), np.int8),
    np.full((4, 2, 8), 1e200),
    np.zeros((4, 2, 8)),
    np.ones((4, 4, 8)),
    np.ones((2, 3, 1)),
    np.zeros((4, 3, 1)),
    np.full((4, 3), 1e-200),
    np.ones((1, 2)),
    np.ones((4, 2, 8, 1)),
    np.ones((4, 2, 8), bool),
)
ODD_TEXTS: tuple[Any, ...] = (
    "",
    "spherical",
    "spherical harmonics",
    "cartesian",
    "radian",
    "degree, degree, metre",
)
ODD_TEXTS += (5, b"\xff\xfe", np.zeros(3), h5py.Empty("S1"), "FIR-E", "FIRE", "SOFA", "GeneralFIR", "x" * 500)


def mutate_variables(path: Path, rng: np.random.Generator) -> None:
    """Writes the valid room with a few variables and attributes replaced by odd values, or missing."""
    attributes, variables = dict(ATTRIBUTES), room_variables()
    for name in rng.choice(sorted(variables), int(rng.integers(1, 4)), replace=False):
        value = variables[name]
        data, own = value if isinstance(value, tuple) else (value, {})
        kind = rng.random()
        if kind < 0.4:
            own = own | {str(rng.choice(["Type", "Units"])): ODD_TEXTS[rng.integers(len(ODD_TEXTS))]}
        elif kind < 0.9:
            data = ODD_VALUES[rng.integers(len(ODD_VALUES))]
        variables[name] = (data, own) if kind < 0.95 else None
    if rng.random() < 0.2:
        attributes[str(rng.choice(sorted(attributes)))] = ODD_TEXTS[rng.integers(len(ODD_TEXTS))]
    write_raw(path, attributes, variables)
