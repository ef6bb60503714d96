"""Check that every public name has a docstring in Google style and that every parameter is documented.

Public are modules, classes, functions, methods and properties without a leading underscore. Parameters of
a constructor belong in `Args:` of the class (or of `__init__`); fields of dataclasses, named tuples and
pydantic models belong in `Attributes:`. Arrays state their shape, quantities their unit or range. `Returns:`,
`Yields:` and `Raises:` are required where they apply. Exempt are methods that override a documented one
(`@override`), validators, special methods, fields that can have only one value, and the parameters of
commands, whose help is in their options.
"""

import ast
import builtins
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from google_style import Docstring, parse
from sources import (
    FUNCTION_NODES,
    Finding,
    FunctionNode,
    parser,
    read_sources,
    report,
)
from symbols import Definition, Package, decorators, last_name, package_at, public_definitions

QUANTITIES: Final = {
    "angle", "angles", "azimuth", "azimuths", "bandwidth", "db", "decibels", "degrees", "delay",
    "delays", "distance", "distances", "duration", "durations", "elevation", "elevations", "frequencies",
    "frequency", "gain", "gains", "hertz", "hz", "latency", "level", "levels", "offset", "offsets",
    "onset", "onsets", "period", "probability", "radius", "rate", "rates", "seconds", "speed",
    "threshold", "thresholds",
}  # fmt: skip
"""Words in a parameter's name that denote a quantity."""

QUANTITY_NAMES: Final = {"field_of_view"}

VALIDATORS: Final = {
    "field_validator",
    "model_validator",
    "field_serializer",
    "model_serializer",
    "root_validator",
    "validator",
}

_AXIS: Final = r"(?:\.\.\.|…|[\w*]+(?:\s*(?://|[-+*/=×−])\s*[\w*]+)*)"
_SHAPE: Final = re.compile(
    rf"\b(?:shapes?|scalars?)\b|\((?:\.\.\.|…|{_AXIS},|{_AXIS}(?:,\s*{_AXIS})+,?)\)", re.IGNORECASE
)
_NAMED_SHAPE: Final = re.compile(rf"\((?=[^()]*(?:[a-z]|\.\.\.))(?:{_AXIS},\s*)+(?:{_AXIS})?\)")
_UNIT_WORDS: Final = (
    "degrees?|radians?|met(?:re|er)s?|centimet(?:re|er)s?|seconds?|milliseconds?|minutes?|hours?|hertz|hz|khz",
    "decibels?|dbfs|lufs|db|ms|frames?|samples?|pixels?|percent|per cent|octaves?|semitones?|rows?|bins?",
    "steps?|epochs?|bytes?|clips?|tokens?|characters?|blocks?|unitless|dimensionless|factor|fraction|ratio",
    "share|proportion|probability|probabilities|between|above|below|at least|at most|greater than|less than",
    "positive|non-negative|not negative",
)
_NUMBER: Final = r"[-−]?(?:[\d.]+|inf|π|pi)"
_UNIT: Final = re.compile(
    rf"\b(?:{'|'.join(_UNIT_WORDS)})(?![a-z])|\b(?:in|\d) (?:m|s)\b|\bm/s\b|[%°≥≤<>]"
    rf"|[\[(]{_NUMBER}, *{_NUMBER}[\])]|{_NUMBER} to {_NUMBER}",
    re.IGNORECASE,
)


class Parameter(NamedTuple):
    """A parameter or field.

    Attributes:
        name: Name without asterisks.
        annotation: Type, None without one.
    """

    name: str
    annotation: ast.expr | None


@dataclass
class Result:
    """Outcome of the check.

    Attributes:
        findings: Violations.
        documented: Number of parameters with a description.
        total: Number of parameters of public names.
    """

    findings: list[Finding]
    documented: int = 0
    total: int = 0


def check(paths: Sequence[Path]) -> list[Finding]:
    """Finds public names whose docstring is missing or incomplete.

    Args:
        paths: Files and folders.

    Returns:
        At most one finding for each name and rule.
    """
    return examine(paths).findings


def examine(paths: Sequence[Path]) -> Result:
    """Checks docstrings and counts documented parameters.

    Args:
        paths: Files and folders.

    Returns:
        Findings and numbers.
    """
    result = Result([])
    for source in read_sources(paths):
        package = package_at(source.package_root)
        for definition in public_definitions(source):
            _Examination(definition, package, result).run()
    return result


class _Examination:
    """The check of one public name."""

    def __init__(self, definition: Definition, package: Package, result: Result) -> None:
        self._definition = definition
        self._package = package
        self._result = result

    def run(self) -> None:
        """Adds findings and numbers to the result."""
        node = self._definition.node
        if isinstance(node, FUNCTION_NODES) and self._is_exempt(node):
            return
        own = _docstring(node)
        constructor = _constructor(node) if isinstance(node, ast.ClassDef) else None
        if own is None:
            self._add("has no docstring")
        if isinstance(node, ast.ClassDef):
            self._parameters("Attributes", self._fields(node), [own])
        function = constructor or (node if isinstance(node, FUNCTION_NODES) else None)
        if function is None:
            return
        if self._package.is_command(function):
            return
        documents = [own, _docstring(function)] if constructor else [own]
        is_method = self._definition.owner is not None or constructor is not None
        self._parameters("Args", _arguments(function, is_method), documents)
        known = [document for document in documents if document]
        if known:
            self._raises(function, known)
            if not constructor:
                self._output(function, known[0])

    def _is_exempt(self, function: FunctionNode) -> bool:
        names = decorators(function)
        return bool(names & VALIDATORS) or ("override" in names and self._overrides_documented(function))

    def _overrides_documented(self, function: FunctionNode) -> bool:
        """Whether a base class documents the method; true if one is from outside the package."""
        owner = self._definition.owner
        for _, base in self._package.bases(owner) if owner else ():
            if base is None:
                return True
            for member in base.body:
                if isinstance(member, FUNCTION_NODES) and member.name == function.name and _docstring(member):
                    return True
        return False

    def _fields(self, node: ast.ClassDef) -> list[Parameter]:
        """Fields of a dataclass, named tuple or pydantic model that the class itself declares."""
        bases = {name for name, _ in self._package.bases(node)}
        if not bases & {"BaseModel", "NamedTuple"} and "dataclass" not in decorators(node):
            return []
        fields = [
            Parameter(member.target.id, member.annotation)
            for member in node.body
            if isinstance(member, ast.AnnAssign)
            and isinstance(member.target, ast.Name)
            and not _is_constant(member)
        ]
        return [field for field in fields if not field.name.startswith("_")]

    def _parameters(
        self, section: str, parameters: Sequence[Parameter], documents: Sequence[Docstring | None]
    ) -> None:
        known = [document for document in documents if document]
        described = {name: text for document in known for name, text in document.entries(section).items()}
        names = [parameter.name for parameter in parameters]
        missing = [name for name in names if not described.get(name)]
        self._result.total += len(parameters)
        self._result.documented += len(parameters) - len(missing)
        if not known:
            return
        if missing:
            self._add(f"{section}: does not describe {', '.join(missing)}")
        surplus = [name for name in described if name not in names and name not in self._members(section)]
        if surplus:
            self._add(f"{section}: describes {', '.join(surplus)}, which does not exist")
        arrays = [p for p in parameters if p.name not in missing and self._is_array(p)]
        shapeless = [parameter.name for parameter in arrays if not _SHAPE.search(described[parameter.name])]
        if shapeless:
            self._add(f"{section}: does not state the shape of {', '.join(shapeless)}")
        quantities = [p for p in parameters if p.name not in missing and self._is_quantity(p)]
        unitless = [parameter.name for parameter in quantities if not _has_unit(described[parameter.name])]
        if unitless:
            self._add(f"{section}: does not state the unit or range of {', '.join(unitless)}")

    def _members(self, section: str) -> set[str]:
        """Names that `Attributes:` may describe besides fields: members of the class and its ancestors."""
        node = self._definition.node
        if section == "Args" or not isinstance(node, ast.ClassDef):
            return set()
        classes = [node, *(base for _, base in self._package.bases(node) if base)]
        return {name for one in classes for child in ast.walk(one) for name in _defined_names(child)}

    def _is_array(self, parameter: Parameter) -> bool:
        return self._package.is_array(parameter.annotation, self._definition.source)

    def _is_quantity(self, parameter: Parameter) -> bool:
        """Whether the name denotes a quantity and the type can hold one."""
        if parameter.name not in QUANTITY_NAMES and not QUANTITIES.intersection(parameter.name.split("_")):
            return False
        is_number = self._package.is_number(parameter.annotation, self._definition.source)
        return parameter.annotation is None or is_number or self._is_array(parameter)

    def _output(self, function: FunctionNode, document: Docstring) -> None:
        if any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in _own_nodes(function)):
            if not {"Yields", "Returns"} & document.sections.keys():
                self._add("Yields: is missing")
        elif (
            self._definition.kind != "property"
            and _returns_value(function)
            and "Returns" not in document.sections
        ):
            self._add("Returns: is missing")

    def _raises(self, function: FunctionNode, documents: Sequence[Docstring]) -> None:
        described = {name.rpartition(".")[2] for document in documents for name in document.entries("Raises")}
        missing = [name for name in _raised(function) if not self._names_of(name) & described]
        if missing:
            self._add(f"Raises: does not describe {', '.join(missing)}")

    def _names_of(self, exception: str) -> set[str]:
        """An exception class and its ancestors, without those that include nearly everything."""
        names = {exception}
        for definition in self._package.classes.get(exception, []):
            names |= {name for name, _ in self._package.bases(definition)}
        builtin = getattr(builtins, exception, None)
        if isinstance(builtin, type):
            names |= {base.__name__ for base in builtin.__mro__}
        return names - {"Exception", "BaseException", "object"} | {exception}

    def _add(self, message: str) -> None:
        definition = self._definition
        text = f"{definition.kind} {definition.name}: {message}"
        self._result.findings.append(Finding(definition.source.path, definition.line, text))


def _defined_names(node: ast.AST) -> list[str]:
    """Names of class members and of attributes of `self` that a syntax node defines."""
    match node:
        case ast.FunctionDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
            return [name]
        case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
            return [name]
    return []


def _has_unit(text: str) -> bool:
    """Whether a description states a unit or range outside of shapes, whose axes may be named as units."""
    return bool(_UNIT.search(_NAMED_SHAPE.sub("", text)))


def _docstring(node: ast.Module | ast.ClassDef | FunctionNode) -> Docstring | None:
    text = ast.get_docstring(node, clean=False)
    return parse(text) if text and text.strip() else None


def _constructor(node: ast.ClassDef) -> FunctionNode | None:
    functions = (member for member in node.body if isinstance(member, FUNCTION_NODES))
    return next((function for function in functions if function.name == "__init__"), None)


def _arguments(function: FunctionNode, is_method: bool) -> list[Parameter]:
    """Parameters without self and cls and those with a leading underscore."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    if is_method and "staticmethod" not in decorators(function):
        positional = positional[1:]
    more = [argument for argument in (arguments.vararg, *arguments.kwonlyargs, arguments.kwarg) if argument]
    found = [Parameter(argument.arg, argument.annotation) for argument in (*positional, *more)]
    return [parameter for parameter in found if not parameter.name.startswith("_")]


def _is_constant(member: ast.AnnAssign) -> bool:
    """Whether a declaration is no field, or a field that can have only one value."""
    name = last_name(member.annotation)
    match member:
        case ast.AnnAssign(annotation=ast.Subscript(slice=ast.Constant()), value=ast.expr()):
            return name in {"ClassVar", "Literal"}
        case _:
            return name in {"ClassVar", "KW_ONLY"}


def _own_nodes(function: FunctionNode) -> Iterator[ast.AST]:
    """Syntax nodes of a function without those of nested functions and classes."""
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, (*FUNCTION_NODES, ast.Lambda, ast.ClassDef)):
            pending += ast.iter_child_nodes(node)


def _returns_value(function: FunctionNode) -> bool:
    if function.returns is None:
        return any(isinstance(node, ast.Return) and node.value is not None for node in _own_nodes(function))
    return ast.unparse(function.returns).strip("'\"") not in {"None", "NoReturn", "Never"}


def _raised(function: FunctionNode) -> list[str]:
    """Classes of the exceptions that leave a function and are raised in its body by name, sorted."""
    return sorted(set(_escaping(function.body, frozenset())) - {"NotImplementedError"})


def _escaping(nodes: Sequence[ast.AST], caught: frozenset[str]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda() | ast.ClassDef():
                continue
            case ast.Raise(exc=ast.expr() as exception):
                name = last_name(exception)
                if name[:1].isupper() and name not in caught:
                    yield name
            case ast.Try():
                names = frozenset(name for handler in node.handlers for name in _caught(handler))
                yield from _escaping(node.body, caught | names)
                yield from _escaping([*node.handlers, *node.orelse, *node.finalbody], caught)
            case _:
                yield from _escaping(list(ast.iter_child_nodes(node)), caught)


def _caught(handler: ast.ExceptHandler) -> list[str]:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return [last_name(kind) for kind in kinds if kind is not None]


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--summary", action="store_true", help="Print the number of documented parameters.")
    arguments = options.parse_args()
    outcome = examine(arguments.paths)
    status = report(outcome.findings)
    if arguments.summary:
        print(f"{outcome.documented} of {outcome.total} parameters documented")
    sys.exit(status)
