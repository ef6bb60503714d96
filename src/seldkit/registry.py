"""Registries: parts that configuration files refer to by name."""

import difflib
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from seldkit.errors import SeldkitError

Part = TypeVar("Part")


class UnknownNameError(SeldkitError):
    """No part is registered under the given name."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Returns the hint of an error message about an unknown name.

    Args:
        name: The unknown name.
        known: Known names.

    Returns:
        The most similar known name, or all known names if none is similar.
    """
    known = sorted(known)
    close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else "known are: " + (", ".join(known) or "none")


class Registry(Generic[Part]):
    """Parts of one kind, by name.

    Args:
        kind: What the parts are, for error messages, such as ``"fusion"``.

    Examples:
        >>> fusions: Registry[type] = Registry("fusion")
        >>> @fusions.register("none")
        ... class NoFusion: ...
        >>> fusions.names()
        ['none']
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._parts: dict[str, Part] = {}

    def register(self, name: str) -> Callable[[Part], Part]:
        """Returns a decorator that registers a function or class.

        Args:
            name: Name of the part in configuration files.

        Returns:
            The decorator; it returns the part unchanged.

        Raises:
            ValueError: If the name is already registered.
        """

        def add(part: Part) -> Part:
            if name in self._parts:
                raise ValueError(f"{self.kind} '{name}' is registered twice")
            self._parts[name] = part
            return part

        return add

    def __getitem__(self, name: str) -> Part:
        if name not in self._parts:
            raise UnknownNameError(f"unknown {self.kind} '{name}'; {nearest(name, self._parts)}")
        return self._parts[name]

    def __contains__(self, name: object) -> bool:
        return name in self._parts

    def names(self) -> list[str]:
        """Lists the registered parts.

        Returns:
            All names, sorted.
        """
        return sorted(self._parts)
