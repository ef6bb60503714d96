"""Reports: what was found, as one HTML file that is looked at, listened to and passed on without a server."""

from seldkit.render.report.detection import write_report

__all__ = ["write_report"]
