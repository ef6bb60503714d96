"""Auralization of detected events, to check them by listening."""

from seldkit.render.auralization.auralizer import DEFAULT_ORIGINAL_DB, Auralization, auralize
from seldkit.render.auralization.mixing import RENDER_MODES, RenderMode

__all__ = ["DEFAULT_ORIGINAL_DB", "RENDER_MODES", "Auralization", "RenderMode", "auralize"]
