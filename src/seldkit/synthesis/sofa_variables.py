"""Checked access to the variables and attributes of a SOFA file."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seldkit.errors import SeldkitError
from seldkit.types import Floats

if TYPE_CHECKING:
    import h5py


class SofaVariables:
    """Variables and attributes of an open file.

    Types and shapes are checked before values are read. Links and references to other files are rejected.

    Args:
        path: Path of the file, for messages.
        file: The open file.

    Attributes:
        path: Path of the file.
    """

    def __init__(self, path: Path, file: "h5py.File") -> None:
        self.path = path
        self._file = file

    def __contains__(self, name: str) -> bool:
        return bool(self._file.id.links.exists(name.encode()))

    def error(self, text: str) -> SeldkitError:
        """Returns an exception whose message begins with the path.

        Args:
            text: What was expected and what was found.

        Returns:
            The exception.
        """
        return SeldkitError(f"{self.path}: {text}")

    def attribute(self, name: str, variable: str | None = None) -> str | None:
        """Returns the text of an attribute.

        Args:
            name: Name of the attribute.
            variable: Variable to which it belongs; None for the file.

        Returns:
            At most 80 printable characters; None if the attribute is missing or not a text.

        Raises:
            SeldkitError: The variable is missing or invalid.
        """
        owner = self._file if variable is None else self._dataset(variable)
        value = owner.attrs.get(name)
        if value is not None and np.size(value) == 1:
            value = np.asarray(value).item()
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        if not isinstance(text, str):
            return None
        return "".join(c for c in text[:80] if c.isprintable()).strip()

    def shape(self, name: str) -> tuple[int, ...]:
        """Returns the shape of a variable.

        Args:
            name: Name of the variable.

        Returns:
            Its shape.

        Raises:
            SeldkitError: The variable is missing or does not contain numbers.
        """
        return tuple(self._dataset(name).shape)

    def array(self, name: str, *shapes: tuple[int, ...]) -> Floats:
        """Returns the values of a variable.

        Args:
            name: Name of the variable.
            *shapes: Permitted shapes.

        Returns:
            Finite values, of one of the permitted shapes.

        Raises:
            SeldkitError: The variable is missing, does not contain finite numbers or has another shape.
        """
        dataset = self._dataset(name)
        if dataset.shape not in shapes:
            expected = " or ".join(dict.fromkeys(map(str, shapes)))
            raise self.error(f"expected {name} of shape {expected}, got {dataset.shape}")
        values = np.asarray(dataset[()], np.float64)
        if not np.isfinite(values).all():
            raise self.error(f"expected finite numbers in {name}, got NaN or infinity")
        return values

    def _dataset(self, name: str) -> "h5py.Dataset":
        import h5py

        if name not in self:
            raise self.error(f"expected a SOFA file of impulse responses, but it does not contain {name}")
        if self._file.id.links.get_info(name.encode()).type != h5py.h5l.TYPE_HARD:
            raise self.error(f"expected {name} in the file itself, got a link")
        dataset = self._file[name]
        if not isinstance(dataset, h5py.Dataset) or dataset.shape is None or dataset.dtype.kind not in "fiu":
            raise self.error(f"expected numbers in {name}, got something else")
        if dataset.is_virtual or dataset.external:
            raise self.error(f"expected {name} in the file itself, got a reference to another file")
        return dataset
