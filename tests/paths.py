"""Where test material lies: the project's own vectors, and the larger set where it is beside a checkout."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
VECTORS = HERE / "vectors"
SHARED = HERE.parent.parent / "shared"

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="no test material beside this checkout")


def vector(name: str) -> Path:
    """The full vectors beside the checkout where present, else the project's own copy."""
    shared = SHARED / "vectors" / name
    return shared if shared.exists() else VECTORS / name
