"""Drawing what was found."""

from seldkit.render.timeline import plot_timeline

__all__ = ["plot_timeline"]
