"""The errors that seldkit raises for a user to read.

A message is one line that names the file, what was expected, what was got, and the mend. The command
prints it without a traceback; a library user catches `SeldkitError`.
"""


class SeldkitError(Exception):
    """Anything that seldkit refuses, in one line."""


class MediaError(SeldkitError):
    """A sound or video file that cannot be read or written."""


class FormatError(SeldkitError):
    """An annotation file that does not hold what its format promises."""


class ModelError(SeldkitError):
    """A model directory, configuration or checkpoint that cannot be used."""


class DatasetError(SeldkitError):
    """A data set folder, a store of prepared features or a download that is not as it should be."""


class PictureError(SeldkitError):
    """A folder of pictures, or a picture in it, that scenes cannot be drawn with."""


class MissingExtraError(SeldkitError):
    """A part that needs an optional dependency which is not installed."""

    def __init__(self, part: str, extra: str) -> None:
        super().__init__(f"{part} needs the extra [{extra}]: pip install 'seldkit[{extra}]'")


def in_one_line(problem: BaseException) -> str:
    """What a user reads of an error, of whatever kind."""
    if isinstance(problem, KeyboardInterrupt):
        return "interrupted"
    text = " ".join(str(problem).split())
    if isinstance(problem, SeldkitError):
        return text
    if isinstance(problem, OSError) and problem.strerror:
        return f"{problem.filename or 'a file'}: {problem.strerror}"
    return f"{type(problem).__name__}: {text} (a fault of seldkit: --debug shows where)"
