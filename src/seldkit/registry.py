"""Parts looked up by the name that a configuration file gives them."""

import difflib
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from seldkit.errors import SeldkitError

Part = TypeVar("Part")


class UnknownNameError(SeldkitError):
    """A name that no part is registered under."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The hint that ends an error about an unknown name: the nearest known one, or all of them."""
    known = sorted(known)
    close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else "known are: " + ", ".join(known)


class Registry(Generic[Part]):
    """The parts of one kind, by name.

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
        """A decorator that lists its function or class under `name`."""

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
        """Every registered name, sorted."""
        return sorted(self._parts)
