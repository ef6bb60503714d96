"""Reports: what was found, as one HTML file that is looked at, listened to and passed on without a server."""

from seldkit.render.report.clip_players import ClipLine
from seldkit.render.report.detection_page import write_report
from seldkit.render.report.evaluation_page import write_evaluation_report

__all__ = ["ClipLine", "write_evaluation_report", "write_report"]
