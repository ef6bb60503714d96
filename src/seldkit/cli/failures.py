"""Errors as the command says them."""

from seldkit.errors import SeldkitError


def in_one_line(problem: BaseException) -> str:
    """What a user reads of an error."""
    if isinstance(problem, KeyboardInterrupt):
        return "interrupted"
    text = " ".join(str(problem).split())
    if isinstance(problem, SeldkitError):
        return text
    if isinstance(problem, OSError) and problem.strerror:
        return f"{problem.filename or 'a file'}: {problem.strerror}"
    return f"{type(problem).__name__}: {text} (a fault of seldkit: --debug shows where)"
