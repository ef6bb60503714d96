"""Hearing what was found: directions rendered back beside the recording, and one event out of many."""

from seldkit.render.listening.auralization import BENEATH, Auralization, auralize
from seldkit.render.listening.mixing import MANNERS, RenderMode

__all__ = ["BENEATH", "MANNERS", "Auralization", "RenderMode", "auralize"]
