"""Channel layouts of multichannel audio and how a recording was made."""

from dataclasses import dataclass
from typing import Final, Literal

Normalization = Literal["SN3D"]
"""Normalization of the ambisonic components."""
Ordering = Literal["ACN"]
"""Order of the ambisonic components; ACN: W Y Z X for the first order."""
StereoGains = tuple[tuple[float, ...], tuple[float, ...]]
"""Gain of each channel in the left and in the right output."""


@dataclass(frozen=True)
class ChannelLayout:
    """The meaning of the channels of an audio signal.

    Attributes:
        name: Short name, as in configuration files and options.
        channels: Number of channels.
        title: Description for messages.
        ambisonic_order: Order of an ambisonic signal; None for other signals.
        normalization: Normalization of an ambisonic signal.
        ordering: Channel ordering of an ambisonic signal.
        folded: Whether azimuths are folded to [-90, 90] degrees, because the signal cannot distinguish front
            from back.
        stereo_gains: Linear gain factor of each channel in a coincident stereo pair, ``(2, channels)``. None
            for loudspeaker signals, which are mixed by the names of their channels.
    """

    name: str
    channels: int
    title: str
    ambisonic_order: int | None = None
    normalization: Normalization | None = None
    ordering: Ordering | None = None
    folded: bool = False
    stereo_gains: StereoGains | None = None

    @property
    def headroom_gain(self) -> float:
        """Gain that keeps the stereo decoding of a signal within full scale: 0.5 for ambisonics, else 1."""
        return 1.0 if self.ambisonic_order is None else 0.5


MONO: Final = ChannelLayout("mono", 1, "mono")
STEREO: Final = ChannelLayout("stereo", 2, "stereo (left, right)", folded=True)
FOA: Final = ChannelLayout(
    "foa",
    4,
    "first-order ambisonics (FOA, AmbiX: W Y Z X in ACN order, SN3D)",
    ambisonic_order=1,
    normalization="SN3D",
    ordering="ACN",
    stereo_gains=((1.0, 1.0, 0.0, 0.0), (1.0, -1.0, 0.0, 0.0)),
)
"""Decoded to stereo by two cardioids that face left and right: L = W + Y, R = W - Y."""
MIC: Final = ChannelLayout(
    "mic",
    4,
    "a tetrahedral microphone array (front left up, front right down, back left down, back right up)",
    stereo_gains=((0.5, 0.0, 0.5, 0.0), (0.0, 0.5, 0.0, 0.5)),
)
"""The array of the DCASE baselines. Decoded to stereo as the mean of the microphones on each side."""

CHANNEL_LAYOUTS: Final = {layout.name: layout for layout in (MONO, STEREO, FOA, MIC)}
LAYOUT_ALIASES: Final = {"ambix": "foa"}


def channel_layout(layout: str | ChannelLayout) -> ChannelLayout:
    """Looks up a channel layout.

    Args:
        layout: A name of `CHANNEL_LAYOUTS` or `LAYOUT_ALIASES`, or a layout, which is returned unchanged.

    Returns:
        The layout.

    Raises:
        ValueError: If no layout has this name.

    Examples:
        >>> channel_layout("ambix").name
        'foa'
    """
    if isinstance(layout, ChannelLayout):
        return layout
    name = LAYOUT_ALIASES.get(layout, layout)
    if name not in CHANNEL_LAYOUTS:
        known = ", ".join((*CHANNEL_LAYOUTS, *LAYOUT_ALIASES))
        raise ValueError(f"expected one of the channel layouts {known}, got {layout!r}")
    return CHANNEL_LAYOUTS[name]


def loudspeaker_layout(names: tuple[str, ...]) -> ChannelLayout:
    """Returns the layout of audio for loudspeakers.

    Args:
        names: Names of the channels (FL, FR, FC, ...), "?" for a channel without a declared position.

    Returns:
        `MONO` for one channel, `STEREO` for two, else a layout named after its channels.
    """
    if len(names) <= 2:
        return MONO if len(names) == 1 else STEREO
    return ChannelLayout(" ".join(names), len(names), f"{len(names)} loudspeaker channels")


@dataclass(frozen=True)
class Recording:
    """How the audio of a scene was recorded.

    Attributes:
        layout: Channel layout of the audio in the file.
    """

    layout: ChannelLayout = STEREO
