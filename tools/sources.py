"""Source files, findings and the command line that all checks share."""

import argparse
import ast
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

ROOT: Final = Path(__file__).resolve().parents[1]
DEFAULT_PATHS: Final = (ROOT / "src" / "seldkit",)

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTION_NODES: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


class Finding(NamedTuple):
    """A violation of a rule at one line of a file.

    Attributes:
        path: File that contains the violation.
        line: Line number, starting at 1.
        message: What is wrong and what the rule requires.
    """

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{relative(self.path)}:{self.line}: {self.message}"


@dataclass(frozen=True)
class SourceFile:
    """A parsed Python file.

    Attributes:
        path: Absolute path.
        text: Contents.
        tree: Syntax tree of the contents.
    """

    path: Path
    text: str
    tree: ast.Module

    @property
    def package_root(self) -> Path:
        """Folder of the top-level package that contains this file, or of the file if there is none."""
        folder = self.path.parent
        while (folder.parent / "__init__.py").is_file():
            folder = folder.parent
        return folder

    @property
    def module(self) -> str:
        """Dotted module name, as in an import statement."""
        parts = self.path.relative_to(self.package_root.parent).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def read_sources(paths: Iterable[Path]) -> list[SourceFile]:
    """Parses files and all Python files below folders.

    Args:
        paths: Files and folders.

    Returns:
        Each file once, in the order of their paths.

    Raises:
        FileNotFoundError: A path does not exist.
        SyntaxError: A file is not valid Python.
    """
    files: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"{path}: no such file or folder")
        files |= {path.resolve()} if path.is_file() else {file.resolve() for file in path.rglob("*.py")}
    return [_read(file) for file in sorted(files)]


def walk_functions(tree: ast.AST) -> Iterator[FunctionNode]:
    """Finds every function of a syntax tree, including methods and nested functions.

    Args:
        tree: Root of the tree.

    Yields:
        Functions in no particular order.
    """
    for node in ast.walk(tree):
        if isinstance(node, FUNCTION_NODES):
            yield node


def docstring_node(node: ast.Module | ast.ClassDef | FunctionNode) -> ast.Expr | None:
    """Finds the statement that holds a docstring.

    Args:
        node: Module, class or function.

    Returns:
        The first statement if it is a string, else None.
    """
    first = node.body[0] if node.body else None
    return first if isinstance(first, ast.Expr) and is_string(first.value) else None


def is_string(node: ast.expr) -> bool:
    """Tests whether an expression is a string literal.

    Args:
        node: Any expression.

    Returns:
        True for a string, but not for an f-string.
    """
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def relative(path: Path) -> Path:
    """Shortens a path for output.

    Args:
        path: Absolute path.

    Returns:
        The path relative to the working directory if it lies below it, else the path unchanged.
    """
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def parser(description: str | None) -> argparse.ArgumentParser:
    """Creates the command line of a check.

    Args:
        description: Help text, usually the module's docstring.

    Returns:
        A parser with the argument `paths`; a check may add its own options.
    """
    made = argparse.ArgumentParser(description=description)
    made.add_argument("paths", nargs="*", type=Path, default=DEFAULT_PATHS, help="Default: src/seldkit.")
    return made


def report(findings: Sequence[Finding]) -> int:
    """Prints findings, one per line.

    Args:
        findings: Findings in any order.

    Returns:
        Exit status: 0 without findings, else 1.
    """
    for finding in sorted(findings):
        print(finding)
    return int(bool(findings))


def main(check: Callable[[Sequence[Path]], Sequence[Finding]], description: str | None) -> None:
    """Runs a check without options of its own as a command, and exits.

    Args:
        check: The check, called with files and folders.
        description: Help text.
    """
    sys.exit(report(check(parser(description).parse_args().paths)))


@cache
def _read(path: Path) -> SourceFile:
    text = path.read_text(encoding="utf-8")
    return SourceFile(path, text, ast.parse(text, filename=str(path)))
