"""Names of a package: public definitions, base classes, array types and commands."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final, Literal, TypeAlias

from sources import FUNCTION_NODES, FunctionNode, SourceFile, read_sources

DefinitionNode: TypeAlias = ast.Module | ast.ClassDef | FunctionNode

ARRAY_TYPES: Final = frozenset({"NDArray", "ndarray", "Tensor", "ArrayLike"})
"""Array types of NumPy and PyTorch; aliases are found in the package."""

NUMBER_TYPES: Final = frozenset({"int", "float", "complex", "Fraction"})

_OPAQUE_TYPES: Final = {"Callable", "type", "Literal", "Registry"}
"""Types that do not hold values of the types in their brackets."""


@dataclass(frozen=True)
class Definition:
    """A public module, class or function.

    Attributes:
        source: File of the definition.
        name: Name within its module, such as ``Camera.centre``; the module name for a module.
        node: Its syntax tree.
        owner: Class of a method, else None.
    """

    source: SourceFile
    name: str
    node: DefinitionNode
    owner: ast.ClassDef | None = None

    @property
    def line(self) -> int:
        """Line number of the definition."""
        return 1 if isinstance(self.node, ast.Module) else self.node.lineno

    @property
    def kind(self) -> Literal["module", "class", "property", "method", "function"]:
        """Word for messages."""
        if isinstance(self.node, ast.Module):
            return "module"
        if isinstance(self.node, ast.ClassDef):
            return "class"
        if self.owner is None:
            return "function"
        return "property" if decorators(self.node) & {"property", "cached_property"} else "method"


class Package:
    """Index of all files of a package.

    Args:
        sources: All files of the package.
    """

    def __init__(self, sources: Sequence[SourceFile]) -> None:
        self._sources = {source.module: source for source in sources}

    @cached_property
    def classes(self) -> dict[str, list[ast.ClassDef]]:
        """All classes by name."""
        found: dict[str, list[ast.ClassDef]] = defaultdict(list)
        for source in self._sources.values():
            for node in ast.walk(source.tree):
                if isinstance(node, ast.ClassDef):
                    found[node.name].append(node)
        return found

    @cached_property
    def arrays(self) -> dict[str, frozenset[str]]:
        """Names of array types by module: those of NumPy and PyTorch, and aliases, defined or imported."""
        return self._with_aliases(ARRAY_TYPES)

    @cached_property
    def numbers(self) -> dict[str, frozenset[str]]:
        """Names of number types by module: built-in ones and aliases, defined or imported."""
        return self._with_aliases(NUMBER_TYPES)

    def bases(self, node: ast.ClassDef) -> Iterator[tuple[str, ast.ClassDef | None]]:
        """Finds the ancestors of a class.

        Args:
            node: A class.

        Yields:
            Name and definition of each ancestor; None for a class from outside the package.
        """
        seen: set[str] = set()
        pending = [last_name(base) for base in node.bases]
        while pending:
            name = pending.pop()
            if name in seen:
                continue
            seen.add(name)
            definitions = self.classes.get(name, [])
            if not definitions:
                yield name, None
            for definition in definitions:
                yield name, definition
                pending += [last_name(base) for base in definition.bases]

    def is_array(self, annotation: ast.expr | None, source: SourceFile) -> bool:
        """Tests whether a type is an array or contains arrays.

        Args:
            annotation: Type of a parameter.
            source: File that contains it.

        Returns:
            True if an array type or an alias of one is part of the type, other than of a callable's.
        """
        return any(name in self.arrays[source.module] for name in _type_names(annotation))

    def is_number(self, annotation: ast.expr | None, source: SourceFile) -> bool:
        """Tests whether a type is a number or contains numbers.

        Args:
            annotation: Type of a parameter.
            source: File that contains it.

        Returns:
            True if a number type or an alias of one is part of the type, other than of a callable's.
        """
        return any(name in self.numbers[source.module] for name in _type_names(annotation))

    def is_command(self, function: FunctionNode) -> bool:
        """Tests whether a function is a command or callback of Typer.

        Args:
            function: Any function.

        Returns:
            True if it is decorated or registered as such, or a parameter is an option or argument of Typer.
        """
        if decorators(function) & {"command", "callback"} or id(function) in self._commands:
            return True
        arguments = function.args
        options = [
            argument.annotation
            for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        ]
        defaults = [*arguments.defaults, *arguments.kw_defaults]
        calls = (
            node
            for root in (*options, *defaults)
            if root
            for node in ast.walk(root)
            if isinstance(node, ast.Call)
        )
        return any(ast.unparse(call.func) in {"typer.Option", "typer.Argument"} for call in calls)

    @cached_property
    def _commands(self) -> set[int]:
        """Functions that become commands by a call such as ``app.command("detect")(detect.detect)``."""
        names: set[tuple[str, str]] = set()
        for source in self._sources.values():
            for node in ast.walk(source.tree):
                match node:
                    case ast.Call(func=ast.Call(func=ast.Attribute(attr="command")), args=[function, *_]):
                        names.add((source.path.parent.as_posix(), last_name(function)))
        return {
            id(node)
            for source in self._sources.values()
            for node in source.tree.body
            if isinstance(node, FUNCTION_NODES) and (source.path.parent.as_posix(), node.name) in names
        }

    def _with_aliases(self, types: frozenset[str]) -> dict[str, frozenset[str]]:
        """Names of types and of their aliases in each module."""
        names = dict.fromkeys(self._sources, types)
        before = None
        while before != names:  # an alias may be imported through several modules
            before = dict(names)
            for module, source in self._sources.items():
                names[module] |= _aliases(source.tree, names[module], names)
        return names


@cache
def package_at(root: Path) -> Package:
    """Indexes a package.

    Args:
        root: Folder of the package.

    Returns:
        The index; the same object for the same folder.
    """
    return Package(read_sources([root]))


def public_definitions(source: SourceFile) -> Iterator[Definition]:
    """Finds everything that a module exports.

    A name is public if neither it nor its class nor any part of its module name starts with an underscore.

    Args:
        source: A file.

    Yields:
        The module, its classes and functions, and the classes and methods in public classes. Overloads and
        setters of properties are left out.
    """
    if any(part.startswith("_") for part in source.module.split(".")):
        return
    yield Definition(source, source.module, source.tree)
    yield from _members(source, source.tree.body, "", None)


def decorators(node: ast.ClassDef | FunctionNode) -> set[str]:
    """Collects the names of decorators.

    Args:
        node: Class or function.

    Returns:
        The last part of each name, without arguments: ``setter`` for ``@size.setter``.
    """
    return {last_name(decorator) for decorator in node.decorator_list}


def last_name(node: ast.expr) -> str:
    """Reduces an expression to one name.

    Args:
        node: Expression such as ``nn.Module``, ``Generic[T]`` or ``register("name")``.

    Returns:
        The last name of the dotted name, without parameters and arguments; empty if there is none.
    """
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=inner) | ast.Call(func=inner):
            return last_name(inner)
    return ""


def _members(
    source: SourceFile, body: Iterable[ast.stmt], prefix: str, owner: ast.ClassDef | None
) -> Iterator[Definition]:
    for node in body:
        if isinstance(node, (ast.If, ast.Try)):
            branches = [node.body, node.orelse, *(handler.body for handler in getattr(node, "handlers", []))]
            for branch in branches:
                yield from _members(source, branch, prefix, owner)
        elif isinstance(node, (ast.ClassDef, *FUNCTION_NODES)) and not node.name.startswith("_"):
            name = prefix + node.name
            if not decorators(node) & {"overload", "setter", "deleter"}:
                yield Definition(source, name, node, owner)
            if isinstance(node, ast.ClassDef):
                yield from _members(source, node.body, f"{name}.", node)


def _aliases(tree: ast.Module, types: frozenset[str], known: dict[str, frozenset[str]]) -> frozenset[str]:
    """Names of given types, and of aliases of them that a module defines or imports."""
    names = set(types)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in known:
            imported = known[node.module]
            names |= {alias.asname or alias.name for alias in node.names if alias.name in imported}
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                pass
            case _:
                continue
        is_type = isinstance(value, (ast.Name, ast.Subscript, ast.BinOp)) or last_name(value) == "TypeVar"
        if is_type and any(part in names for part in _type_names(value)):
            names.add(name)
    return frozenset(names)


def _type_names(annotation: ast.expr | None) -> Iterator[str]:
    """All names in a type, without those inside callables."""
    match annotation:
        case None:
            return
        case ast.Constant(value=str(text)):
            with suppress(SyntaxError):  # a literal that is no type
                yield from _type_names(ast.parse(text, mode="eval").body)
        case ast.Subscript(value=value) if last_name(value) in _OPAQUE_TYPES:
            return
        case ast.Name(id=name) | ast.Attribute(attr=name):
            yield name
        case _:
            for child in ast.iter_child_nodes(annotation):
                if isinstance(child, ast.expr):
                    yield from _type_names(child)
