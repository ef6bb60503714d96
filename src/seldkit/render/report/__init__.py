"""Reports as self-contained HTML files that open without a server."""

from seldkit.render.report.clip_rows import ClipRow
from seldkit.render.report.detection_page import write_report
from seldkit.render.report.evaluation_page import write_evaluation_report

__all__ = ["ClipRow", "write_evaluation_report", "write_report"]
