"""Local web page: `seldkit detect` in a browser on the same machine."""

from seldkit.web.detection_job import Limits
from seldkit.web.server import serve

__all__ = ["Limits", "serve"]
