"""The web page: what `seldkit detect` does, in a browser on the same machine, and nowhere else."""

from seldkit.web.job import Limits
from seldkit.web.serving import serve

__all__ = ["Limits", "serve"]
