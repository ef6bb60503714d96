"""Exceptions with messages for users.

A message is one line: the file, what was expected, what was found, and how to fix it. The command line prints
it without a traceback. Library users catch `SeldkitError`.
"""

from seldkit.deprecation import renamed_attributes


class SeldkitError(Exception):
    """Base class of all errors that seldkit raises for users."""


class MediaError(SeldkitError):
    """An audio or video file cannot be read or written."""


class FormatError(SeldkitError):
    """An annotation file does not match its format."""


class ModelError(SeldkitError):
    """A model directory, configuration or checkpoint cannot be used."""


class DatasetError(SeldkitError):
    """A dataset, a feature store or a download is invalid."""


class ImageError(SeldkitError):
    """An image, or a folder of images, cannot be used for synthesis."""


class MissingExtraError(SeldkitError):
    """An optional dependency is not installed.

    Args:
        part: What requires the dependency.
        extra: Name of the extra of the package that installs it.
    """

    def __init__(self, part: str, extra: str) -> None:
        super().__init__(f"{part} requires the extra [{extra}]: pip install 'seldkit[{extra}]'")


def in_one_line(problem: BaseException) -> str:
    """Formats any exception as one line.

    Args:
        problem: The exception.

    Returns:
        The message; for unexpected exceptions with a hint to `--debug`.
    """
    if isinstance(problem, KeyboardInterrupt):
        return "interrupted"
    text = " ".join(str(problem).split())
    if isinstance(problem, SeldkitError):
        return text
    if isinstance(problem, OSError) and problem.strerror:
        return f"{problem.filename or 'a file'}: {problem.strerror}"
    return f"{type(problem).__name__}: {text} (a bug in seldkit: --debug shows where)"


__getattr__ = renamed_attributes(__name__, {"PictureError": "ImageError"})
