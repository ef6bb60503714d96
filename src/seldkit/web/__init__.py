"""The web page: what `seldkit detect` does, in a browser on the same machine, and nowhere else."""

from seldkit.web.detection_job import Limits
from seldkit.web.server import serve

__all__ = ["Limits", "serve"]
