"""Reads a SOFA file in a process of its own, before `seldkit.synthesis.sofa_file` reads it.

The HDF5 library can loop forever or crash on damaged files, which no exception handler prevents. This script
performs the same accesses; the caller limits its time. It imports nothing of seldkit, so that it starts
quickly: `python sofa_probe.py FILE MAX_BYTES`.
"""

import sys
from typing import Final

ATTRIBUTES: Final = ("Conventions", "SOFAConventions", "DataType")
"""Attributes of the file that are read."""
VARIABLES: Final = (
    "SourcePosition",
    "SourceView",
    "SourceUp",
    "ListenerPosition",
    "ListenerView",
    "ListenerUp",
    "ReceiverPosition",
    "EmitterPosition",
    "Data.SamplingRate",
    "Data.Delay",
    "Data.IR",
)
"""Variables that are read."""


def probe(path: str, max_bytes: int) -> None:
    """Reads the variables and attributes of a file once.

    Args:
        path: Path of the file.
        max_bytes: Size in bytes of the largest variable whose values are read.

    Raises:
        Exception: Any exception of h5py.
    """
    import h5py

    with h5py.File(path, "r") as file:
        for name in ATTRIBUTES:
            file.attrs.get(name)
        for name in VARIABLES:
            if not file.id.links.exists(name.encode()):
                continue
            if file.id.links.get_info(name.encode()).type != h5py.h5l.TYPE_HARD:
                continue
            variable = file[name]
            for attribute in ("Type", "Units"):
                variable.attrs.get(attribute)
            if isinstance(variable, h5py.Dataset) and variable.nbytes <= max_bytes:
                is_complete = not variable.is_virtual and not variable.external
                _ = variable[()] if is_complete else None


if __name__ == "__main__":
    probe(sys.argv[1], int(sys.argv[2]))
