"""Summary and plot of the geometry of a SOFA file, for `seldkit inspect`."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from seldkit.channels import STEREO
from seldkit.errors import SeldkitError
from seldkit.files import replacing
from seldkit.geometry import direction
from seldkit.synthesis.measured_responses import is_azimuth_reversed
from seldkit.synthesis.sofa_file import SofaFile, read_sofa
from seldkit.synthesis.sofa_receivers import ReceiverArray, receiver_array
from seldkit.types import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

VIEW_LENGTH_SHARE: Final = 0.15
"""Length of the arrow of a listener's view, relative to the extent of the positions."""

Range = tuple[float, float]


@dataclass(frozen=True)
class SofaReport:
    """Summary of a SOFA file.

    Attributes:
        path: The file.
        convention: Name of the convention.
        data_type: Data type.
        measurements: Number of measurements.
        sources: Number of sources: emitters in all measurements.
        sample_rate: Sample rate in Hz.
        seconds: Duration of the responses in seconds, including their delays.
        receivers: What the receivers are, or their number if they are not supported.
        receiver_positions: Position of each receiver in metres ahead, left and up of the listener, as text.
        listener_positions: Number of different positions of the listener.
        listener_views: Azimuth and elevation in degrees of each different view of the listener in global
            coordinates, as text, at most three.
        azimuth: Least and greatest azimuth of the sources relative to the listener in degrees, positive to
            the left, after the correction of a reversed azimuth.
        elevation: Least and greatest elevation in degrees.
        distance: Least and greatest distance in metres.
        delay: Least and greatest delay of `Data.Delay` in samples.
        azimuth_reversed: Whether the azimuth of the file is positive to the right, by the levels of the two
            receivers. None for other receivers.
        direction_error: Median angle in degrees between the intensity vectors and the positions of the
            sources. None for two receivers.
        problems: What prevents or questions the use as a measured room.
    """

    path: Path
    convention: str
    data_type: str
    measurements: int
    sources: int
    sample_rate: float
    seconds: float
    receivers: str
    receiver_positions: tuple[str, ...]
    listener_positions: int
    listener_views: tuple[str, ...]
    azimuth: Range
    elevation: Range
    distance: Range
    delay: Range
    azimuth_reversed: bool | None
    direction_error: float | None
    problems: list[str]


def inspect_sofa(path: str | Path, plot: str | Path | None = None) -> SofaReport:
    """Summarizes a SOFA file and checks whether it can be used as a measured room.

    Args:
        path: Path of the file.
        plot: Image to write with the positions of sources, listener and receivers; None for no image.

    Returns:
        The summary.

    Raises:
        SeldkitError: The file cannot be read, has other contents or an unsupported convention.
        MissingExtraError: The package h5py is not installed.
    """
    sofa = read_sofa(path)
    array: ReceiverArray | None = None
    problems = list(sofa.notes)
    try:
        array = receiver_array(sofa)
        problems += array.notes
    except SeldkitError as problem:
        problems.append(str(problem).removeprefix(f"{sofa.path}: "))
    is_reversed = None
    if array is not None and array.layout == STEREO:
        is_reversed = is_azimuth_reversed(sofa.azimuth, array.convert(sofa.responses))
    if is_reversed:
        problems.append("azimuth is positive to the right, by the levels of the receivers; it is negated")
    if plot is not None:
        plot_geometry(sofa, plot)
    return SofaReport(
        path=sofa.path,
        convention=sofa.convention,
        data_type=sofa.data_type,
        measurements=sofa.measurements,
        sources=len(sofa.responses),
        sample_rate=sofa.sample_rate,
        seconds=sofa.responses.shape[2] / sofa.sample_rate,
        receivers=f"{sofa.responses.shape[1]}" if array is None else array.description,
        receiver_positions=_position_texts(sofa.receiver_positions),
        listener_positions=len(_distinct(sofa.listener_positions)),
        listener_views=_view_texts(sofa),
        azimuth=_range(-sofa.azimuth if is_reversed else sofa.azimuth),
        elevation=_range(sofa.elevation),
        distance=_range(sofa.distance),
        delay=_range(sofa.delays),
        azimuth_reversed=is_reversed,
        direction_error=None if array is None else array.direction_error,
        problems=problems,
    )


def plot_geometry(sofa: SofaFile, path: str | Path) -> None:
    """Plots the positions of a SOFA file: globally from above, and relative to the listener.

    Args:
        sofa: The file.
        path: Image to write; its suffix determines the format.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4.2), layout="constrained")
    above, relative, directions = figure.subplots(1, 3)
    _plot_from_above(above, sofa)
    x, y, _ = sofa.relative_positions.T
    relative.scatter(-y, x, s=8, label="sources")
    if sofa.receiver_positions is not None:
        relative.scatter(
            -sofa.receiver_positions[:, 1], sofa.receiver_positions[:, 0], s=12, label="receivers"
        )
    relative.set(title="relative to the listener", xlabel="right / m", ylabel="ahead / m", aspect="equal")
    relative.legend(fontsize=8)
    colours = directions.scatter(sofa.azimuth, sofa.elevation, s=8, c=np.round(sofa.distance, 3))
    figure.colorbar(colours, ax=directions, label="distance / m")
    directions.set(title="directions", xlabel="azimuth / °, positive to the left", ylabel="elevation / °")
    directions.set(xlim=(180, -180), ylim=(-92, 92))
    figure.suptitle(
        f"{sofa.path.name}: {sofa.convention}".replace("$", r"\$"), fontsize=11, x=0.01, ha="left"
    )
    path = Path(path)
    with replacing(path) as temporary:
        figure.savefig(temporary, format=path.suffix.lstrip(".").lower() or "png", dpi=130)


def _plot_from_above(axes: "Axes", sofa: SofaFile) -> None:
    """Global positions of the sources, and positions and views of the listener."""
    points = np.concatenate([sofa.source_positions, sofa.listener_positions])[:, :2]
    length = VIEW_LENGTH_SHARE * max(1e-3, float(np.ptp(points, axis=0).max()))
    listeners = _distinct(np.concatenate([sofa.listener_positions, sofa.listener_axes[:, 0]], axis=1))
    axes.scatter(sofa.source_positions[:, 0], sofa.source_positions[:, 1], s=8, label="sources")
    x, y, u, v = listeners[:, 0], listeners[:, 1], length * listeners[:, 3], length * listeners[:, 4]
    axes.scatter(x, y, s=24, marker="^", label="listener, with view")
    axes.quiver(x, y, u, v, angles="xy", scale_units="xy", scale=1, width=0.008)
    axes.set(title="global, from above", xlabel="x / m", ylabel="y / m", aspect="equal")
    axes.legend(fontsize=8)


def _distinct(rows: Floats) -> Floats:
    return np.unique(np.round(rows, 6), axis=0)


def _range(values: Floats) -> Range:
    return round(float(values.min()), 3), round(float(values.max()), 3)


def _position_texts(positions: Floats | None) -> tuple[str, ...]:
    if positions is None:
        return ()
    return tuple(f"({x:.3g} {y:.3g} {z:.3g})" for x, y, z in positions.tolist())


def _view_texts(sofa: SofaFile) -> tuple[str, ...]:
    views = _distinct(sofa.listener_axes[:, 0])
    texts = [
        f"{azimuth:.1f}° {elevation:.1f}°" for azimuth, elevation in zip(*direction(views[:3]), strict=True)
    ]
    return (*texts, f"{len(views) - 3} more") if len(views) > 3 else tuple(texts)
