"""The demo clip: in the package where it was built as one, beside the sources where it is worked on."""

from importlib import resources
from pathlib import Path

NAME = "demo.mp4"


def example() -> Path | None:
    """The clip's path, or None where there is neither."""
    packaged = Path(str(resources.files(__package__))) / NAME
    beside = Path(__file__).parents[3] / "examples" / NAME
    return next((path for path in (packaged, beside) if path.is_file()), None)
