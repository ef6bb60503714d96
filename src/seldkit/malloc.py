"""How this process deals with memory that it freed."""

import ctypes
import sys
from typing import Final

TRIM_THRESHOLD, MMAP_MAX = -1, -4
"""Parameters of glibc's mallopt."""
MOST: Final = 2**31 - 1


def keep_memory() -> bool:
    """Keep what is freed for the next use, until the process ends; whether that could be arranged.

    glibc gives every large block back to the system, which clears each that it gives out again: a sixth of
    detection's time. It concerns the whole process, so a command asks for it; who calls the library from a
    process of their own may. Elsewhere than under glibc nothing changes.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(MMAP_MAX, 0)) and bool(mallopt(TRIM_THRESHOLD, MOST))
