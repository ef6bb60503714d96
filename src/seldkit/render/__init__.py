"""Drawing what was found."""

from seldkit.render.timeline import plot_timeline, timeline_figure

__all__ = ["plot_timeline", "timeline_figure"]
