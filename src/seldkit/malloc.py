"""Memory allocator settings of the process."""

import ctypes
import sys
from typing import Final

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
"""Parameters of glibc's mallopt (malloc.h)."""
MAX_TRIM_THRESHOLD_BYTES: Final = 2**31 - 1


def keep_memory() -> bool:
    """Makes glibc keep freed memory for reuse instead of returning it to the system.

    By default glibc returns every large block, and the system clears each new block, which takes about a
    sixth of the time of detection. The setting applies to the whole process until it ends, so only commands
    set it; programs that use the library may call this function. It has no effect without glibc.

    Returns:
        Whether the setting was applied.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(M_MMAP_MAX, 0)) and bool(mallopt(M_TRIM_THRESHOLD, MAX_TRIM_THRESHOLD_BYTES))
