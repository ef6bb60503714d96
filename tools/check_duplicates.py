"""Check that no identical logic of six lines or more occurs twice.

Two sequences of consecutive statements are identical if their syntax trees are equal after normalization:
local names are numbered by first occurrence; numbers and strings become placeholders; docstrings, annotations
and imports are dropped. Only statements in functions count. Comments, docstrings, imports, tables of
literals, fields of dataclasses and signatures have no length. The shorter of two copies decides whether they
are reported.
"""

import ast
import io
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Final

from sources import FUNCTION_NODES, Finding, SourceFile, is_string, parser, read_sources, relative, report

MIN_LINES: Final = 6

_UNCOUNTED_TOKENS: Final = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
}  # fmt: skip
_SKIPPED_FIELDS: Final = {"annotation", "returns", "type_comment", "type_params", "ctx", "kind"}
_LITERALS: Final = (
    ast.Dict, ast.List, ast.Tuple, ast.Set, ast.Constant, ast.UnaryOp, ast.USub, ast.Load, ast.Attribute,
    ast.Name,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Block:
    """Consecutive statements of a function, class, module or branch.

    Attributes:
        source: File of the statements.
        statements: The statements, without imports and docstrings.
        local_names: Names that the enclosing function binds; empty outside functions.
        in_function: Whether the statements belong to a function.
    """

    source: SourceFile
    statements: tuple[ast.stmt, ...]
    local_names: frozenset[str]
    in_function: bool

    @cached_property
    def hashes(self) -> list[int]:
        """Hash of each statement in which all local names are alike."""
        return [_Normalizer(self.local_names).hash(statement) for statement in self.statements]


@dataclass(frozen=True)
class Window:
    """A range of statements of a block.

    Attributes:
        block: The block.
        start: Index of the first statement.
        stop: Index after the last statement.
    """

    block: Block
    start: int
    stop: int

    @property
    def statements(self) -> tuple[ast.stmt, ...]:
        """Statements of the range."""
        return self.block.statements[self.start : self.stop]

    @property
    def lines(self) -> tuple[int, int]:
        """First and last line number."""
        return self.statements[0].lineno, self.statements[-1].end_lineno or 0

    @property
    def key(self) -> str:
        """Normalized syntax tree of the range."""
        normalizer = _Normalizer(self.block.local_names)
        return "\n".join(normalizer.text(statement) for statement in self.statements)

    def contains(self, other: "Window") -> bool:
        """Tests whether another range lies within this one.

        Args:
            other: Range of any file.

        Returns:
            True if both are in the same file and no line of the other one is outside.
        """
        (first, last), (other_first, other_last) = self.lines, other.lines
        return (
            self.block.source.path == other.block.source.path and first <= other_first and other_last <= last
        )

    def overlaps(self, other: "Window") -> bool:
        """Tests whether two ranges share lines.

        Args:
            other: Range of any file.

        Returns:
            True if both are in the same file and have a common line.
        """
        (first, last), (other_first, other_last) = self.lines, other.lines
        return (
            self.block.source.path == other.block.source.path and first <= other_last and other_first <= last
        )


def check(paths: Sequence[Path], min_lines: int = MIN_LINES) -> list[Finding]:
    """Finds logic that occurs more than once.

    Args:
        paths: Files and folders.
        min_lines: Smallest number of lines to report, at least 1.

    Returns:
        One finding for each repetition, located at the later copy.
    """
    sources = read_sources(paths)
    lengths = {source.path: _Lengths(source) for source in sources}
    blocks = [block for source in sources for block in _blocks(source, source.tree, frozenset(), False)]
    pairs = (
        _extended(pair) for group in _groups(blocks, lengths, min_lines) for pair in combinations(group, 2)
    )
    reported: list[tuple[Window, Window]] = []
    findings = []
    for original, copy in sorted(pairs, key=_by_length):
        length = min(lengths[window.block.source.path].of(window) for window in (original, copy))
        is_known = any(
            first.overlaps(copy) and first.overlaps(original) for first in (original, copy)
        ) or any(second.contains(copy) for _, second in reported)
        if length >= min_lines and not is_known:
            reported.append((original, copy))
            findings.append(_finding(original, copy, length))
    return findings


def _groups(
    blocks: Iterable[Block], lengths: "dict[Path, _Lengths]", min_lines: int
) -> Iterator[list[Window]]:
    """Ranges of just `min_lines` lines that are identical."""
    blocks = list(blocks)
    # One length for equal statements, so that a line break does not hide a copy.
    longest: dict[int, int] = defaultdict(int)
    for block in blocks:
        for key, statement in zip(block.hashes, block.statements, strict=True):
            longest[key] = max(
                longest[key], lengths[block.source.path].of_statement(statement, block.in_function)
            )
    candidates: dict[tuple[int, ...], list[Window]] = defaultdict(list)
    for block in blocks:
        for start in range(len(block.statements)):
            stop, length = start, 0
            while stop < len(block.statements) and length < min_lines:
                length += longest[block.hashes[stop]]
                stop += 1
            if length >= min_lines and longest[block.hashes[start]]:
                candidates[tuple(block.hashes[start:stop])].append(Window(block, start, stop))
    for hashes, windows in candidates.items():
        if len(windows) > 1 and (len(set(hashes)) > 1 or len(hashes) == 1):
            identical: dict[str, list[Window]] = defaultdict(list)
            for window in windows:
                identical[window.key].append(window)
            yield from (group for group in identical.values() if len(group) > 1)


def _extended(pair: tuple[Window, Window]) -> tuple[Window, Window]:
    """Two identical ranges with the identical statements that follow."""
    first, second = pair
    while True:
        longer = [Window(window.block, window.start, window.stop + 1) for window in (first, second)]
        if any(window.stop > len(window.block.statements) for window in longer) or longer[0].overlaps(
            longer[1]
        ):
            return first, second
        if longer[0].block.hashes[first.stop] != longer[1].block.hashes[second.stop]:
            return first, second
        if longer[0].key != longer[1].key:
            return first, second
        first, second = longer


def _by_length(pair: tuple[Window, Window]) -> tuple[int, list[tuple[Path, int]]]:
    """Longest first, so that their parts are recognized; then by place."""
    first, last = pair[1].lines
    return first - last, [(window.block.source.path, window.lines[0]) for window in pair]


def _finding(original: Window, copy: Window, length: int) -> Finding:
    first, last = original.lines
    where = f"{relative(original.block.source.path)}:{first}-{last}"
    return Finding(
        copy.block.source.path, copy.lines[0], f"{length} lines up to line {copy.lines[1]} repeat {where}"
    )


def _blocks(
    source: SourceFile, node: ast.AST, local_names: frozenset[str], in_function: bool
) -> Iterator[Block]:
    if isinstance(node, FUNCTION_NODES):
        local_names, in_function = local_names | _bound_names(node), True
    for _, value in ast.iter_fields(node):
        if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
            yield Block(source, tuple(_kept(value)), local_names, in_function)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            yield from _blocks(source, child, local_names, in_function)


def _kept(statements: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements without imports, docstrings, declarations and placeholders."""
    for statement in statements:
        is_literal = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        is_declaration = isinstance(statement, ast.AnnAssign) and statement.value is None
        if (
            not isinstance(statement, (ast.Import, ast.ImportFrom, ast.Pass))
            and not is_literal | is_declaration
        ):
            yield statement


def _bound_names(function: ast.AST) -> frozenset[str]:
    """Names that a function or a function inside it binds."""
    names: set[str] = set()
    for node in ast.walk(function):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                names.add(name)
            case (
                ast.ExceptHandler(name=str(name))
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
            ):
                names.add(name)
            case ast.FunctionDef(name=name) if node is not function:
                names.add(name)
    return frozenset(names)


class _Lengths:
    """Numbers of lines with logic."""

    def __init__(self, source: SourceFile) -> None:
        self._lines = _token_lines(source.text)
        for node in ast.walk(source.tree):
            if isinstance(node, ast.stmt) and _is_data(node):
                self._lines -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))

    def of(self, window: Window) -> int:
        """Lines of a range of statements."""
        return sum(self.of_statement(statement, window.block.in_function) for statement in window.statements)

    def of_statement(self, node: ast.AST, in_function: bool) -> int:
        """Lines of a statement; outside functions, only the bodies of the functions that it contains."""
        if isinstance(node, ast.stmt) and in_function:
            return len(self._lines.intersection(range(node.lineno, (node.end_lineno or node.lineno) + 1)))
        inside = isinstance(node, FUNCTION_NODES)
        children = node.body if isinstance(node, FUNCTION_NODES) else ast.iter_child_nodes(node)
        return sum(self.of_statement(child, inside) for child in children if not isinstance(child, ast.expr))


def _token_lines(text: str) -> set[int]:
    """Numbers of the lines that hold more than a comment."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _UNCOUNTED_TOKENS:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines


def _is_data(statement: ast.stmt) -> bool:
    """Whether a statement is an import, a docstring, a declaration or an assignment of literals."""
    match statement:
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.Expr(value=value):
            return is_string(value)
        case ast.AnnAssign(value=None):
            return True
        case (
            ast.Assign(value=value)
            | ast.AnnAssign(value=ast.expr() as value)
            | ast.Return(value=ast.expr() as value)
        ):
            is_table = isinstance(value, (ast.Dict, ast.List, ast.Tuple, ast.Set))
            return is_table and all(isinstance(node, _LITERALS) for node in ast.walk(value))
    return False


class _Normalizer:
    """Normalized syntax trees; the numbers of local names continue from one call to the next."""

    def __init__(self, local_names: frozenset[str]) -> None:
        self._local_names = local_names
        self._numbers: dict[str, int] = {}

    def text(self, node: ast.AST) -> str:
        """The tree with local names numbered by first occurrence."""
        return repr(self._tree(node, numbered=True))

    def hash(self, node: ast.AST) -> int:
        """Hash of the tree in which all local names are alike."""
        return hash(self._tree(node, numbered=False))

    def _tree(self, node: ast.AST, numbered: bool) -> object:
        if isinstance(node, ast.Constant):
            is_keyword = node.value is None or isinstance(node.value, bool)
            return node.value if is_keyword else type(node.value).__name__
        if isinstance(node, FUNCTION_NODES):
            # Names of a function are local to it; its own name matters only outside functions.
            self._local_names |= _bound_names(node)
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            node = ast.Assign([node.target], node.value)
        fields = [(field, value) for field, value in ast.iter_fields(node) if field not in _SKIPPED_FIELDS]
        return type(node).__name__, *(self._value(node, value, numbered) for _, value in fields)

    def _value(self, node: ast.AST, value: object, numbered: bool) -> object:
        if isinstance(value, ast.AST):
            return self._tree(value, numbered)
        if isinstance(value, list):
            kept = value
            if isinstance(node, ast.JoinedStr):
                kept = [part for part in value if isinstance(part, ast.FormattedValue)]
            elif value and isinstance(value[0], ast.stmt):
                kept = list(_kept(value))
            return tuple(self._value(node, item, numbered) for item in kept)
        if (
            isinstance(value, str)
            and value in self._local_names
            and not isinstance(node, (ast.Attribute, ast.keyword))
        ):
            return self._numbers.setdefault(value, len(self._numbers)) if numbered else 0
        return value


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument(
        "--min-lines", type=int, default=MIN_LINES, help="Smallest length. Default: %(default)s."
    )
    arguments = options.parse_args()
    sys.exit(report(check(arguments.paths, arguments.min_lines)))
