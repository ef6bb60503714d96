"""SOFA files for tests: written by sofar, or by h5py where sofar refuses to write invalid files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from seldkit.geometry import unit_vector

Floats = NDArray[np.float64]
CAPSULES = np.array(
    [[45.0, 35.264, 0.02], [-45.0, -35.264, 0.02], [135.0, -35.264, 0.02], [-135.0, 35.264, 0.02]]
)
"""Regular tetrahedron: FLU, FRD, BLD, BRU; azimuth, elevation in degrees, radius in metres."""


def write_with_sofar(path: Path, convention: str, **values: Any) -> Path:
    """Writes a file of the current version of a convention; sofar checks it.

    Optional variables are left out: sofar 1.3.0 cannot write the texts among them with netCDF4 1.7.5.
    """
    import sofar

    sofa = sofar.Sofa(convention, mandatory=True)
    if convention.startswith("SingleRoom"):
        sofa.GLOBAL_RoomType = "reverberant"  # the default, shoebox, requires the corners of the room
        sofa.add_attribute("GLOBAL_RoomDescription", "a room")
    for name, value in values.items():
        setattr(sofa, name, value)
    sofar.write_sofa(str(path), sofa)
    return path


def write_raw(path: Path, attributes: Mapping[str, Any], variables: Mapping[str, Any]) -> Path:
    """Writes any variables; a value may be a pair of an array and its attributes."""
    with h5py.File(path, "w") as file:
        for name, value in attributes.items():
            if value is not None:
                file.attrs[name] = value
        for name, value in variables.items():
            if value is None:
                continue
            data, own = value if isinstance(value, tuple) else (value, {})
            dataset = file.create_dataset(name, data=data)
            for key, text in own.items():
                dataset.attrs[key] = text
    return path


SPHERICAL = {"Type": "spherical", "Units": "degree, degree, metre"}
CARTESIAN = {"Type": "cartesian", "Units": "metre"}
ATTRIBUTES = {"Conventions": "SOFA", "SOFAConventions": "SingleRoomSRIR", "DataType": "FIR", "Version": "2.1"}


def room_variables(sources: int = 4) -> dict[str, Any]:
    """A valid room with two microphones at (3, 2, 1.5), which point along y, and sources 2 m around them."""
    azimuth = np.linspace(-60.0, 60.0, sources)
    listener = np.array([[3.0, 2.0, 1.5]])
    side = np.sin(np.radians(azimuth))
    responses = np.zeros((sources, 2, 32))
    responses[:, 0, 8], responses[:, 1, 8] = 0.5 + 0.5 * side, 0.5 - 0.5 * side
    return {
        "SourcePosition": (listener + 2.0 * unit_vector(azimuth + 90.0), CARTESIAN),
        "ListenerPosition": (listener, CARTESIAN),
        "ListenerView": ([[0.0, 1.0, 0.0]], CARTESIAN),
        "ListenerUp": [[0.0, 0.0, 1.0]],
        "ReceiverPosition": ([[[0.0], [0.1], [0.0]], [[0.0], [-0.1], [0.0]]], CARTESIAN),
        "EmitterPosition": (np.zeros((1, 3, 1)), CARTESIAN),
        "Data.IR": responses,
        "Data.SamplingRate": ([24000.0], {"Units": "hertz"}),
        "Data.Delay": np.zeros((1, 2)),
    }


def foa_responses(directions: Floats, samples: int = 64, onset: int = 20) -> Floats:
    """W Y Z X (SN3D) of plane waves, (sources, 4, samples)."""
    responses = np.zeros((len(directions), 4, samples))
    responses[:, 0, onset] = 1.0
    responses[:, 1:, onset] = directions[:, [1, 2, 0]]
    return responses


def capsule_responses(directions: Floats, rate: float, directional: float = 0.5) -> Floats:
    """Responses of `CAPSULES` (first order, (1 − d) + d cos) with their propagation delays."""
    axes = unit_vector(CAPSULES[:, 0], CAPSULES[:, 1])
    gains = (1.0 - directional) + directional * directions @ axes.T  # (sources, capsules)
    delay = 40.0 - (directions @ (axes * CAPSULES[:, 2:]).T) * rate / 343.0
    time = np.arange(128) - delay[..., None]
    return gains[..., None] * np.sinc(time) * (np.abs(time) < 30) * np.cos(np.pi * time / 60) ** 2
