"""Mixing matrices: ITU-R BS.775 for loudspeaker signals, decoding for ambisonics and microphone arrays."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from seldkit.channels import FOA, MONO, STEREO, ChannelLayout, layout_from_channel_names
from seldkit.types import Samples

_HALF_POWER: Final = 0.7071067811865476  # -3 dB
_WIDE, _NARROW = 0.9238795325112867, 0.3826834323650898  # constant power, half-way between center and side
LOUDSPEAKER_GAINS: Final[dict[str, tuple[float, float]]] = {
    "FL": (1.0, 0.0),
    "FR": (0.0, 1.0),
    "DL": (1.0, 0.0),
    "DR": (0.0, 1.0),
    "WL": (1.0, 0.0),
    "WR": (0.0, 1.0),
    "FC": (_HALF_POWER, _HALF_POWER),
    "SL": (_HALF_POWER, 0.0),
    "SR": (0.0, _HALF_POWER),
    "BL": (_HALF_POWER, 0.0),
    "BR": (0.0, _HALF_POWER),
    "BC": (0.5, 0.5),
    "LFE": (0.0, 0.0),
    "LFE2": (0.0, 0.0),
    "FLC": (_WIDE, _NARROW),
    "FRC": (_NARROW, _WIDE),
    "SDL": (_HALF_POWER, 0.0),
    "SDR": (0.0, _HALF_POWER),
    "TC": (0.5, 0.5),
    "TFL": (_HALF_POWER, 0.0),
    "TFC": (0.5, 0.5),
    "TFR": (0.0, _HALF_POWER),
    "TBL": (_HALF_POWER, 0.0),
    "TBC": (0.5, 0.5),
    "TBR": (0.0, _HALF_POWER),
    "TSL": (_HALF_POWER, 0.0),
    "TSR": (0.0, _HALF_POWER),
    "BFC": (_HALF_POWER, _HALF_POWER),
    "BFL": (_HALF_POWER, 0.0),
    "BFR": (0.0, _HALF_POWER),
}
"""Gains of a loudspeaker channel in the left and right output.

Left, right, center, surrounds, the single surround (added to both sides) and the dropped LFE are those of
ITU-R BS.775. The standard does not define height and wide channels; their gains follow the same rules.
"""
DEFAULT_LOUDSPEAKERS: Final = {
    3: ("FL", "FR", "LFE"),
    4: ("FL", "FR", "BL", "BR"),
    5: ("FL", "FR", "FC", "BL", "BR"),
    6: ("FL", "FR", "FC", "LFE", "BL", "BR"),
    8: ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"),
}
"""Loudspeakers of files that do not declare them, by number of channels."""


MAY_BE_AMBISONIC: Final = "if it is ambisonic, state it with --layout ambix, fuma or a-format"
"""Note about four channels, the number of first-order ambisonics."""


@lru_cache(maxsize=64)
def mixing_matrix(
    names: tuple[str, ...], layout: ChannelLayout, recorded_as: ChannelLayout | None = None
) -> tuple[Samples, str | None]:
    """Returns the matrix that converts audio to a channel layout.

    Args:
        names: Channel names of the audio, see `channel_names`.
        layout: Layout of the output.
        recorded_as: Layout of the audio where the names do not state it; None: the layout that the names
            state.

    Returns:
        The matrix ``(layout.channels, len(names))`` and a note for the user, or None.

    Raises:
        ValueError: If the audio cannot be converted; the message continues a sentence about the file.
    """
    recorded = layout_from_channel_names(names)
    if recorded_as is not None:
        recorded = recorded_as.with_channels(len(names))
    if layout not in (MONO, STEREO):
        return _array_signal(names, layout, recorded, is_declared=recorded_as is not None)
    if recorded.stereo_gains is not None:
        _require_channels(names, recorded)
        stereo, note = np.array(recorded.stereo_gains, dtype=np.float32), _ignored_note(recorded)
    else:
        stereo, note = _stereo(names, is_ambisonic_unlikely=recorded_as is not None)
    if layout == STEREO:
        return stereo, note
    return (stereo.mean(axis=0, keepdims=True), note) if len(names) > 1 else (stereo[:1], None)


def _array_signal(
    names: tuple[str, ...], layout: ChannelLayout, recorded: ChannelLayout, *, is_declared: bool
) -> tuple[Samples, str | None]:
    """FOA from ambisonics of any convention, or the unchanged channels of a microphone array."""
    if layout == FOA and recorded.foa_gains is not None:
        _require_channels(names, recorded)
        return np.array(recorded.foa_gains, dtype=np.float32), _ignored_note(recorded)
    _require_channels(names, layout)
    if recorded != layout and (is_declared or recorded.foa_gains is not None):
        raise ValueError(f"is {recorded.title}; expected {layout.title}")
    return np.eye(layout.channels, dtype=np.float32), None


def _ignored_note(layout: ChannelLayout) -> str | None:
    if not layout.ignored_channels:
        return None
    numbers = ", ".join(map(str, layout.ignored_channels))
    return f"only first-order ambisonics are used: channel(s) {numbers} are ignored"


def _require_channels(names: tuple[str, ...], layout: ChannelLayout) -> None:
    if len(names) != layout.channels:
        raise ValueError(f"has {len(names)} channel(s), expected {layout.channels}: {layout.title}")


def _stereo(names: tuple[str, ...], *, is_ambisonic_unlikely: bool) -> tuple[Samples, str | None]:
    """Stereo from mono, stereo or loudspeaker signals."""
    count = len(names)
    if count == 1:
        return np.ones((2, 1), dtype=np.float32), "mono audio: the direction is unknown"
    if any(name.startswith("AMBI") for name in names):
        raise ValueError(f"has {count} ambisonic channels without W, Y, Z or X; convert it to stereo")
    note = None
    hint = f"; {MAY_BE_AMBISONIC}" if count == 4 and not is_ambisonic_unlikely else ""
    if "?" in names and count > 2:
        if count not in DEFAULT_LOUDSPEAKERS:
            raise ValueError(
                f"has {count} channels without declared loudspeakers; export it as stereo, or state --layout "
                "ambix or fuma if it is ambisonic"
            )
        names = DEFAULT_LOUDSPEAKERS[count]
        note = f"{count} channels without a declared layout, treated as {' '.join(names)} and mixed to stereo"
    if count == 2:
        if names == ("FC", "FC") or set(names) != {"FR", "FL"}:
            return np.eye(2, dtype=np.float32), None
    elif note is None:
        note = f"audio of {count} channels ({' '.join(names)}) mixed to stereo according to ITU-R BS.775"
    matrix = np.array([LOUDSPEAKER_GAINS[name] for name in names], dtype=np.float32).T.copy()
    return matrix, note if note is None else note + hint
