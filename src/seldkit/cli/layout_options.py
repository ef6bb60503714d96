"""Options for the channel layout of audio that does not declare it."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from seldkit.channels import ChannelLayout

LAYOUTS: Final = ("ambix", "fuma", "stereo", "a-format")
"""Values of --layout."""

Layout = Annotated[
    str | None,
    typer.Option(
        help="Channel layout of audio that does not declare it: ambix (ambisonics, ACN order, SN3D), fuma "
        "(ambisonics, W X Y Z, W 3 dB lower), a-format (tetrahedral microphone, capsules FLU FRD BLD BRU) or "
        "stereo (left and right, or loudspeakers)."
    ),
]
Foa = Annotated[bool, typer.Option("--foa", help="Same as --layout ambix.")]


def stated_layout(layout: str | None, *, foa: bool) -> "ChannelLayout | None":
    """Returns the channel layout that the options state.

    Args:
        layout: Value of --layout.
        foa: Value of --foa.

    Returns:
        The layout; None without an option.

    Raises:
        BadParameter: The layout is unknown, or the options contradict each other.
    """
    if layout is None and not foa:
        return None
    if layout is not None and layout not in LAYOUTS:
        raise typer.BadParameter(f"--layout: expected one of {', '.join(LAYOUTS)}, got '{layout}'")
    if foa and layout not in (None, "ambix"):
        raise typer.BadParameter(f"--foa is --layout ambix; it contradicts --layout {layout}")

    from seldkit.channels import channel_layout

    return channel_layout(layout or "ambix")
