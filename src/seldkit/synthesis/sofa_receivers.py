"""Receivers of a SOFA file: two ears or microphones, first-order ambisonics, or an A-format array.

The positions of the receivers determine which of these they are. The responses are converted to left and
right or to W Y Z X (ACN order, SN3D) by one matrix. Ambisonic responses are compared with the positions of
the sources: the intensity vector of the direct sound must have their direction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seldkit.channels import FOA, STEREO, ChannelLayout
from seldkit.errors import SeldkitError
from seldkit.geometry import direction, great_circle_distance
from seldkit.synthesis.rooms import SPEED_OF_SOUND
from seldkit.synthesis.sofa_file import SofaFile
from seldkit.types import Floats

ComplexArray = NDArray[np.complex128]

SUPPORTED_RECEIVERS: Final = (
    "two receivers (left and right), spherical harmonics of order 1 or higher, four receivers at one point "
    "(first-order ambisonics), or four on a regular tetrahedron (A-format)"
)
"""Receivers that are supported, for messages."""
MAX_COINCIDENT_SPREAD_M: Final = 0.001
"""Largest distance between receivers at one point."""
MAX_TETRAHEDRON_DEVIATION_DEG: Final = 10.0
"""Largest deviation of the angles between the capsules from those of a regular tetrahedron."""
TETRAHEDRON_ANGLE_DEG: Final = float(np.degrees(np.arccos(-1.0 / 3.0)))
MAX_CAPSULE_RADIUS_M: Final = 0.05
"""Largest radius of an A-format array; the capsules of larger ones are not coincident above 1 kHz."""
MAX_MEDIAN_DIRECTION_ERROR_DEG: Final = 45.0
"""Largest median angle between the intensity vectors and the positions of the sources."""
MIN_CAPSULE_INTENSITY: Final = 0.25
"""Least intensity of A-format below `MAX_CAPSULE_KR` relative to that of cardioids (1)."""
MAX_CAPSULE_KR: Final = 0.5
"""Wave number times radius up to which capsules count as coincident when their directivity is measured."""
SPECTRUM_SIZE: Final = 1024
"""Length of the spectrum in which the directivity of capsules is measured, in samples."""
DIRECT_ONSET_LEVEL: Final = 0.25
"""Energy of the first sample of the direct sound, relative to the strongest sample."""
DIRECT_SECONDS: Final = (0.001, 0.002)
"""Time before and after the onset that belongs to the direct sound."""
_AMBIX_ORDER: Final = (0, 1, 2, 3)
_FUMA_ORDER: Final = (0, 2, 3, 1)


@dataclass(frozen=True, eq=False)
class ReceiverArray:
    """The receivers of a file and the conversion of their responses.

    Attributes:
        layout: Channel layout after the conversion.
        description: What the receivers are.
        matrix: Gains of the receivers in the channels, shape ``(channels, receivers)``.
        direction_error: Median angle in degrees between the intensity vectors of the direct sound and the
            positions of the sources; None for two receivers.
        notes: Assumptions about missing values.
    """

    layout: ChannelLayout
    description: str
    matrix: Floats
    direction_error: float | None = None
    notes: tuple[str, ...] = ()

    def convert(self, responses: Floats) -> Floats:
        """Converts responses to the channel layout.

        Args:
            responses: Responses of the receivers, shape ``(sources, receivers, samples)``.

        Returns:
            Responses of the channels, shape ``(sources, channels, samples)``.
        """
        if np.array_equal(self.matrix, np.eye(*self.matrix.shape)) and len(self.matrix) == responses.shape[1]:
            return responses
        return np.asarray(self.matrix @ responses)


def receiver_array(sofa: SofaFile) -> ReceiverArray:
    """Determines what the receivers of a file are.

    Args:
        sofa: The file.

    Returns:
        The receivers.

    Raises:
        SeldkitError: The receivers are not supported, or contradict the positions of the sources.
    """
    count, positions = sofa.responses.shape[1], sofa.receiver_positions
    if sofa.is_ambisonic:
        return _spherical_harmonics(sofa, count)
    if count == 2:
        return _left_and_right(sofa, positions)
    if count != 4:
        raise _unsupported(sofa, "one receiver" if count == 1 else f"{count} receivers")
    if positions is None or np.ptp(positions, axis=0).max() <= MAX_COINCIDENT_SPREAD_M:
        return _undeclared_ambisonics(sofa)
    return _tetrahedron(sofa, positions)


def direct_sounds(responses: Floats, sample_rate: float) -> Floats:
    """Cuts the direct sound out of responses.

    Args:
        responses: Responses, shape ``(sources, receivers, samples)``.
        sample_rate: Sample rate in Hz.

    Returns:
        The responses from 1 ms before to 2 ms after the onset, with zeros outside the responses, shape
        ``(sources, receivers, samples in 3 ms)``.
    """
    energy = np.einsum("srn,srn->sn", responses, responses)
    onset = (energy >= DIRECT_ONSET_LEVEL * energy.max(axis=1, keepdims=True)).argmax(axis=1)
    before, after = (max(1, round(seconds * sample_rate)) for seconds in DIRECT_SECONDS)
    sample = onset[:, None] + np.arange(-before, after)
    last = responses.shape[2] - 1
    excerpt = np.take_along_axis(responses, np.clip(sample, 0, last)[:, None], axis=2)
    return np.asarray(excerpt * ((sample >= 0) & (sample <= last))[:, None])


def _unsupported(sofa: SofaFile, got: str) -> SeldkitError:
    return SeldkitError(f"{sofa.path}: expected {SUPPORTED_RECEIVERS}, got {got}")


def _left_and_right(sofa: SofaFile, positions: Floats | None) -> ReceiverArray:
    description, identity = "two receivers, left and right", np.eye(2)
    if positions is None or np.ptp(positions, axis=0).max() <= MAX_COINCIDENT_SPREAD_M:
        note = "ReceiverPosition does not distinguish the two receivers: assumed left, right"
        return ReceiverArray(STEREO, description, identity, notes=(note,))
    offset = positions[0] - positions[1]
    if abs(offset[1]) <= MAX_COINCIDENT_SPREAD_M:
        raise _unsupported(sofa, "two receivers in the median plane")
    if offset[1] > 0:
        return ReceiverArray(STEREO, description, identity)
    return ReceiverArray(STEREO, "two receivers, right and left", identity[::-1])


def _spherical_harmonics(sofa: SofaFile, count: int) -> ReceiverArray:
    order = round(count**0.5) - 1
    if order < 1 or (order + 1) ** 2 != count:
        raise _unsupported(sofa, f"spherical harmonics with {count} coefficients")
    foa = np.eye(4, count)
    direct = direct_sounds(sofa.responses[:, :4], sofa.sample_rate)
    error = _direction_error(sofa, direct)
    if error > MAX_MEDIAN_DIRECTION_ERROR_DEG:
        raise _contradiction(sofa, "spherical harmonics (ACN order W Y Z X)", {"W Y Z X": error})
    matrix, normalization = _semi_normalized(foa, direct)
    return ReceiverArray(FOA, f"ambisonics of order {order} (ACN, {normalization})", matrix, error)


def _undeclared_ambisonics(sofa: SofaFile) -> ReceiverArray:
    """Four receivers at one point: the channel order that agrees with the positions of the sources."""
    direct = direct_sounds(sofa.responses, sofa.sample_rate)
    errors = {
        name: _direction_error(sofa, direct[:, order])
        for name, order in (("W Y Z X", _AMBIX_ORDER), ("W X Y Z", _FUMA_ORDER))
    }
    agreeing = [name for name, error in errors.items() if error <= MAX_MEDIAN_DIRECTION_ERROR_DEG]
    if not agreeing:
        raise _contradiction(sofa, "first-order ambisonics (four receivers at one point)", errors)
    note = f"ReceiverPosition does not declare spherical harmonics: channel order {agreeing[0]} assumed"
    if agreeing[0] == "W Y Z X":
        matrix, normalization = _semi_normalized(np.eye(4), direct)
        description = f"first-order ambisonics (ACN, {normalization})"
    else:
        matrix = np.diag([2.0**0.5, 1.0, 1.0, 1.0])[:, [0, 3, 1, 2]]
        description = "first-order ambisonics (FuMa)"
    return ReceiverArray(FOA, description, matrix, errors[agreeing[0]], (note,))


def _semi_normalized(foa: Floats, direct: Floats) -> tuple[Floats, str]:
    """A matrix with SN3D normalization, and the normalization of the file.

    The intensity of a plane wave is W² in SN3D and √3 W² in N3D. AES69 does not state which one is used, and
    files differ; the direct sound decides.
    """
    is_n3d = _intensity_ratio(direct) > 3.0**0.25
    gains = np.array([1.0, *[3.0**-0.5 if is_n3d else 1.0] * 3])
    return gains[:, None] * foa, "N3D" if is_n3d else "SN3D"


def _tetrahedron(sofa: SofaFile, positions: Floats) -> ReceiverArray:
    """A-format: capsules whose axes point away from the centre of the array (Gerzon 1975)."""
    offset = positions - positions.mean(axis=0)
    radius = np.linalg.norm(offset, axis=1)
    axes = offset / np.maximum(radius, 1e-9)[:, None]
    angles = np.degrees([np.arccos(np.clip(a @ b, -1.0, 1.0)) for a, b in combinations(axes, 2)])
    if np.abs(angles - TETRAHEDRON_ANGLE_DEG).max() > MAX_TETRAHEDRON_DEVIATION_DEG:
        raise _unsupported(sofa, "four receivers of another geometry")
    if radius.max() > MAX_CAPSULE_RADIUS_M:
        limit = f"more than {MAX_CAPSULE_RADIUS_M:g} m"
        raise _unsupported(sofa, f"a tetrahedron (A-format) with a radius of {radius.max():.3g} m, {limit}")
    matrix = np.concatenate([np.full((1, 4), 0.5), 1.5 * axes.T[[1, 2, 0]]])  # cardioids of gain 1
    highest = MAX_CAPSULE_KR * SPEED_OF_SOUND / (2.0 * np.pi * radius.max())  # Hz
    direct = direct_sounds(sofa.responses, sofa.sample_rate)
    spectra = matrix @ _low_frequencies(direct, highest / sofa.sample_rate)
    error = _direction_error(sofa, spectra)
    ratio = _intensity_ratio(spectra)
    if ratio < MIN_CAPSULE_INTENSITY:
        raise _unsupported(sofa, "a tetrahedron (A-format) of capsules without directivity")
    matrix[1:] /= ratio
    if error > MAX_MEDIAN_DIRECTION_ERROR_DEG:
        raise _contradiction(sofa, "a tetrahedron (A-format)", {"W Y Z X": error})
    note = f"A-format is converted to ambisonics: directions are accurate below {round(highest, -2):.0f} Hz"
    return ReceiverArray(FOA, "tetrahedral microphone array (A-format)", matrix, error, (note,))


def _low_frequencies(direct: Floats, highest: float) -> ComplexArray:
    """Spectra up to a frequency relative to the sample rate, at least one frequency above 0."""
    spectra = np.fft.rfft(direct, SPECTRUM_SIZE)
    return np.asarray(spectra[..., 1 : 2 + int(min(0.5, highest) * SPECTRUM_SIZE)])


def _intensity(signals: Floats | ComplexArray) -> Floats:
    """Intensity vectors (sources, 3) along x, y and z of W Y Z X."""
    return np.asarray(np.real(signals[:, :1].conj() * signals[:, 1:]).sum(axis=2)[:, [2, 0, 1]])


def _intensity_ratio(signals: Floats | ComplexArray) -> float:
    """Median intensity relative to W² over the sources; 1 for plane waves in SN3D."""
    energy = np.square(np.abs(signals[:, 0])).sum(axis=1)
    return float(np.median(np.linalg.norm(_intensity(signals), axis=1) / np.maximum(energy, 1e-30)))


def _direction_error(sofa: SofaFile, signals: Floats | ComplexArray) -> float:
    """Median angle in degrees between the intensity vectors of W Y Z X and the positions of the sources."""
    intensity = _intensity(signals)
    angle = great_circle_distance(*direction(intensity), sofa.azimuth, sofa.elevation)
    return float(np.median(np.where(intensity.any(axis=1), angle, 180.0)))


def _contradiction(sofa: SofaFile, receivers: str, errors: Mapping[str, float]) -> SeldkitError:
    found = ", ".join(f"{error:.0f}° as {order}" for order, error in errors.items())
    return SeldkitError(
        f"{sofa.path}: expected intensity vectors in the directions of the sources for {receivers}, got "
        f"median differences of {found}; check ReceiverPosition, SourcePosition and ListenerView"
    )
