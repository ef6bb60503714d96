"""Check that no function is longer than 50 lines.

Docstrings and decorators are not counted, nor are the signatures of commands, whose options take several
lines each.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sources import Finding, FunctionNode, docstring_node, main, read_sources, walk_functions
from symbols import package_at

MAX_LINES: Final = 50


def check(paths: Sequence[Path], max_lines: int = MAX_LINES) -> list[Finding]:
    """Finds long functions.

    Args:
        paths: Files and folders.
        max_lines: Largest number of lines that is allowed.

    Returns:
        One finding for each longer function.
    """
    findings = []
    for source in read_sources(paths):
        package = package_at(source.package_root)
        for function in walk_functions(source.tree):
            length = count_lines(function, with_signature=not package.is_command(function))
            if length > max_lines:
                message = f"function {function.name} has {length} lines, {max_lines} are allowed"
                findings.append(Finding(source.path, function.lineno, message))
    return findings


def count_lines(function: FunctionNode, with_signature: bool) -> int:
    """Counts the lines of a function without its docstring.

    Args:
        function: Any function.
        with_signature: Whether to count from the line of `def`, not from the first statement.

    Returns:
        Number of lines, including empty lines and comments.
    """
    docstring = docstring_node(function)
    end = function.end_lineno or function.lineno
    if not with_signature:
        body = function.body[1:] if docstring else function.body
        return end - body[0].lineno + 1 if body else 0
    documentation = (docstring.end_lineno or docstring.lineno) - docstring.lineno + 1 if docstring else 0
    return end - function.lineno + 1 - documentation


if __name__ == "__main__":
    main(check, __doc__)
