"""Channel layouts of multichannel audio, conversion between ambisonic conventions, how a recording was made.

Ambisonic components are numbered by ACN: W 0, Y 1, Z 2, X 3, then the higher orders. FOA in this project is
AmbiX (Nachbar et al., Ambisonics Symposium 2011): ACN order, SN3D normalization. N3D is larger by sqrt(2 l +
1) in order l. FuMa (Furse-Malham, the convention of B-format) orders the components W X Y Z; its W is
smaller by sqrt(2), 3 dB, and its first-order components equal SN3D.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt, sqrt
from typing import Final, Literal

Normalization = Literal["SN3D", "N3D", "FuMa"]
"""Normalization of the ambisonic components."""
Ordering = Literal["ACN", "FuMa"]
"""Order of the ambisonic components in a file; ACN: W Y Z X for the first order, FuMa: W X Y Z."""
Gains = tuple[tuple[float, ...], ...]
"""Gain of each input channel in each output channel."""
StereoGains = tuple[tuple[float, ...], tuple[float, ...]]
"""Gain of each channel in the left and in the right output."""
FIRST_ORDER_CHANNELS: Final = 4
"""Number of components of first-order ambisonics."""
HEAD_LOCKED_CHANNELS: Final = 2
"""Number of channels of head-locked stereo, which follows the ambisonic components."""
FUMA_COMPONENTS: Final = (0, 3, 1, 2)
"""ACN numbers of the FuMa channels W X Y Z."""
FUMA_CHANNELS_WITHOUT_Z: Final = (3, 5, 7)
"""Numbers of channels of horizontal FuMa files, which have no Z."""
FUMA_CHANNELS: Final = (3, 4, 5, 6, 7, 8, 9, 11, 16)
"""Numbers of channels of FuMa files (.amb): orders 1 to 3, horizontal, mixed and periphonic."""
_W, _Y = 0, 1


@dataclass(frozen=True)
class ChannelLayout:
    """The meaning of the channels of an audio signal.

    Attributes:
        name: Short name, as in configuration files and options.
        channels: Number of channels.
        title: Description of the layout for notes and error messages.
        ambisonic_order: Order of an ambisonic signal; None for other signals.
        normalization: Normalization of an ambisonic signal.
        ordering: Channel ordering of an ambisonic signal.
        folded: Whether azimuths are folded to [-90, 90] degrees, because the signal cannot distinguish front
            from back.
        stereo_gains: Linear gain factor of each channel in a coincident stereo pair, ``(2, channels)``. None
            for loudspeaker signals, which are mixed by the names of their channels.
        foa_gains: Linear gain factor of each channel in FOA (W Y Z X in ACN order, SN3D), ``(4, channels)``.
            None for signals that cannot be converted to FOA.
    """

    name: str
    channels: int
    title: str
    ambisonic_order: int | None = None
    normalization: Normalization | None = None
    ordering: Ordering | None = None
    folded: bool = False
    stereo_gains: StereoGains | None = None
    foa_gains: Gains | None = None

    @property
    def headroom_gain(self) -> float:
        """Gain that prevents clipping when a signal is decoded to stereo: 0.5 for ambisonics, else 1."""
        return 1.0 if self.foa_gains is None else 0.5

    @property
    def ignored_channels(self) -> tuple[int, ...]:
        """Numbers, from 1, of the channels that the conversion to FOA does not use."""
        if self.foa_gains is None:
            return ()
        columns = zip(*self.foa_gains, strict=True)
        return tuple(number for number, gains in enumerate(columns, 1) if not any(gains))

    def with_channels(self, channels: int) -> "ChannelLayout":
        """Returns the layout of a file with another number of channels.

        Args:
            channels: Number of channels of the file.

        Returns:
            For ambisonics, the layout of the order that has this many channels, or of this order and
            head-locked stereo. The layout itself if no order has.
        """
        if channels == self.channels:
            return self
        if self.ordering == "FuMa" and channels in FUMA_CHANNELS:
            return fuma_layout(channels)
        if self.ordering == "ACN" and ambisonic_order(channels) is not None:
            return ambisonic_layout(channels, self.normalization or "SN3D")
        return self


def stereo_from_foa(foa_gains: Gains) -> StereoGains:
    """Returns the stereo gains of channels from their gains in FOA.

    Two cardioids that face left and right: L = W + Y, R = W - Y.

    Args:
        foa_gains: Linear gain of each channel in FOA, dimensionless, ``(4, channels)``.

    Returns:
        Gains of the channels in the left and the right output.
    """
    pairs = list(zip(foa_gains[_W], foa_gains[_Y], strict=True))
    return tuple(w + y for w, y in pairs), tuple(w - y for w, y in pairs)


def _foa_gains(components: Sequence[int | None], normalization: Normalization) -> Gains:
    """Gains of channels with the given ACN components; None for a channel without one."""
    first_order = 1.0 / sqrt(3.0) if normalization == "N3D" else 1.0
    factors = (sqrt(2.0) if normalization == "FuMa" else 1.0, first_order, first_order, first_order)
    return tuple(
        tuple(factor if component == number else 0.0 for component in components)
        for number, factor in enumerate(factors)
    )


def ambisonic_order(channels: int) -> int | None:
    """Returns the ambisonic order of a number of channels.

    Args:
        channels: (order + 1)² channels, or two more for head-locked stereo.

    Returns:
        The order, at least 1; None for other numbers.
    """
    for components in (channels, channels - HEAD_LOCKED_CHANNELS):
        if components >= FIRST_ORDER_CHANNELS and isqrt(components) ** 2 == components:
            return isqrt(components) - 1
    return None


def ambisonic_layout(
    channels: int, normalization: Normalization = "SN3D", components: Sequence[int | None] | None = None
) -> ChannelLayout:
    """Returns the layout of ambisonics in ACN numbering.

    Args:
        channels: Number of channels.
        normalization: "SN3D" or "N3D".
        components: ACN number of each channel, None for a channel of another kind; None if the channels are
            in ACN order.

    Returns:
        `FOA` for four channels in ACN order with SN3D.

    Raises:
        ValueError: If no ambisonic order has this many channels, or a first-order component is missing.
    """
    order = ambisonic_order(channels)
    if order is None:
        raise ValueError(f"expected 4, 9, 16, ... ambisonic channels, optionally two more, got {channels}")
    used = (order + 1) ** 2
    in_order = [number if number < used else None for number in range(channels)]
    given = in_order if components is None else list(components)
    if len(given) != channels or not {*range(FIRST_ORDER_CHANNELS)} <= {*given}:
        raise ValueError(f"expected the components 0 to 3 in {channels} channels, got {given}")
    gains = _foa_gains(given, normalization)
    ordered = given == in_order
    if channels == FIRST_ORDER_CHANNELS and ordered and normalization == "SN3D":
        return FOA
    suffix = "" if ordered else ", channels in another order"
    kind = "first-order ambisonics" if order == 1 else f"ambisonics of order {order}"
    head_locked = " with head-locked stereo" if channels > used else ""
    return ChannelLayout(
        f"ambisonics-{order}-{normalization.lower()}",
        channels,
        f"{kind}{head_locked} ({channels} channels, ACN, {normalization}{suffix})",
        ambisonic_order=order,
        normalization=normalization,
        ordering="ACN",
        stereo_gains=stereo_from_foa(gains),
        foa_gains=gains,
    )


def fuma_layout(channels: int = FIRST_ORDER_CHANNELS) -> ChannelLayout:
    """Returns the layout of ambisonics in the FuMa convention (B-format, .amb).

    Args:
        channels: Number of channels, one of `FUMA_CHANNELS`.

    Returns:
        The layout; channels after W X Y Z are not used. Three, five and seven channels have no Z.

    Raises:
        ValueError: If FuMa files do not have this many channels.
    """
    if channels not in FUMA_CHANNELS:
        known = ", ".join(map(str, FUMA_CHANNELS))
        raise ValueError(f"expected a FuMa file with one of {known} channels, got {channels}")
    used = FUMA_COMPONENTS[:3] if channels in FUMA_CHANNELS_WITHOUT_Z else FUMA_COMPONENTS
    gains = _foa_gains([*used, *[None] * (channels - len(used))], "FuMa")
    order = 1 if channels <= FIRST_ORDER_CHANNELS else 2 if channels in (5, 6, 9) else 3
    kind = "first-order ambisonics" if order == 1 else f"ambisonics of order {order}"
    names = "W X Y Z" if channels == FIRST_ORDER_CHANNELS else f"{channels} channels"
    return ChannelLayout(
        "fuma" if channels == FIRST_ORDER_CHANNELS else f"fuma-{channels}",
        channels,
        f"{kind} (FuMa: {names}, W 3 dB lower)",
        ambisonic_order=order,
        normalization="FuMa",
        ordering="FuMa",
        stereo_gains=stereo_from_foa(gains),
        foa_gains=gains,
    )


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
    foa_gains=_foa_gains(range(FIRST_ORDER_CHANNELS), "SN3D"),
)
"""Decoded to stereo by two cardioids that face left and right: L = W + Y, R = W - Y."""
MIC: Final = ChannelLayout(
    "mic",
    4,
    "a tetrahedral microphone array (front left up, front right down, back left down, back right up)",
    stereo_gains=((0.5, 0.0, 0.5, 0.0), (0.0, 0.5, 0.0, 0.5)),
)
"""The array of the DCASE baselines. Decoded to stereo as the mean of the microphones on each side."""

FUMA: Final = fuma_layout()
"""B-format: W X Y Z, W 3 dB lower."""
_A_FORMAT_GAINS: Final[Gains] = (
    (0.5, 0.5, 0.5, 0.5),
    (sqrt(0.75), -sqrt(0.75), sqrt(0.75), -sqrt(0.75)),
    (sqrt(0.75), -sqrt(0.75), -sqrt(0.75), sqrt(0.75)),
    (sqrt(0.75), sqrt(0.75), -sqrt(0.75), -sqrt(0.75)),
)
A_FORMAT: Final = ChannelLayout(
    "a-format",
    4,
    "A-format of a tetrahedral microphone (capsules FLU FRD BLD BRU)",
    stereo_gains=stereo_from_foa(_A_FORMAT_GAINS),
    foa_gains=_A_FORMAT_GAINS,
)
"""Four cardioid capsules that face the corners of a regular tetrahedron, as close as in one point.

FLU is front left up, FRD front right down, BLD back left down, BRU back right up. A capsule in direction d
receives 0.5 (1 + d · s) of a plane wave from direction s (unit vectors), from which the gains follow
(Gerzon, "The design of precisely coincident microphone arrays", AES 50th Convention, 1975). The frequency
response of the capsule spacing is not corrected.
"""

CHANNEL_LAYOUTS: Final = {layout.name: layout for layout in (MONO, STEREO, FOA, MIC, FUMA, A_FORMAT)}
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


def layout_from_channel_names(names: tuple[str, ...]) -> ChannelLayout:
    """Returns the layout of audio whose channels have names.

    Args:
        names: Names of the channels: loudspeakers (FL, FR, FC, ...), ambisonic components (AMBI0, ...), "?"
            for a channel without a declared position.

    Returns:
        `MONO` for one channel, `STEREO` for two, ambisonics if all first-order components are named, else a
        layout named after the channels.
    """
    if len(names) <= 2:
        return MONO if len(names) == 1 else STEREO
    components = [int(name[4:]) if name[:4] == "AMBI" and name[4:].isdigit() else None for name in names]
    if {*range(FIRST_ORDER_CHANNELS)} <= {*components} and ambisonic_order(len(names)) is not None:
        return ambisonic_layout(len(names), components=components)
    return ChannelLayout(" ".join(names), len(names), f"{len(names)} loudspeaker channels")


@dataclass(frozen=True)
class Recording:
    """How the audio of a scene was recorded.

    Attributes:
        layout: Channel layout of the audio in the file.
        field_of_view: Horizontal field of view of the video in degrees, if it is stated or declared; 360 for
            an equirectangular panorama. None if it is unknown.
    """

    layout: ChannelLayout = STEREO
    field_of_view: float | None = None
