"""Columns of numbers and flags in JSON; null means unknown."""

import math

import numpy as np
from numpy.typing import NDArray


def parse_integers(name: str, values: object) -> list[int]:
    """Parses a column of integers.

    Args:
        name: Name of the column, for error messages.
        values: Value in JSON.

    Returns:
        The integers.

    Raises:
        ValueError: The value is not a list of integers.
    """
    if not isinstance(values, list) or not all(type(value) is int for value in values):
        raise ValueError(f"a column '{name}' that is not a list of whole numbers")
    return values


def parse_floats(name: str, values: object) -> list[float]:
    """Parses a column of numbers.

    Args:
        name: Name of the column, for error messages.
        values: Value in JSON.

    Returns:
        The numbers; NaN instead of null.

    Raises:
        ValueError: The value is not a list of finite numbers and null.
    """
    if not isinstance(values, list) or not all(map(_is_number_or_null, values)):
        raise ValueError(f"a column '{name}' that is not a list of finite numbers")
    return [math.nan if value is None else float(value) for value in values]


def parse_flags(values: object) -> list[bool] | None:
    """Parses the on-screen column.

    Args:
        values: Value in JSON.

    Returns:
        The flags; None if the column is null.

    Raises:
        ValueError: The value is neither null nor a list of true and false.
    """
    if values is None:
        return None
    if not isinstance(values, list) or any(type(value) is not bool for value in values):
        raise ValueError("a column 'onscreen' that is not a list of true and false")
    return values


def column_to_json(
    column: NDArray[np.generic] | None,
) -> list[int | float | bool | None] | None:
    """Converts a column to JSON.

    Args:
        column: Values of any type, shape ``(rows,)``; None for a missing column.

    Returns:
        List with None instead of NaN; None for a missing column.
    """
    if column is None:
        return None
    return [None if value != value else value for value in column.tolist()]


def _is_number_or_null(value: object) -> bool:
    return value is None or (type(value) in (int, float) and math.isfinite(value))  # type: ignore[arg-type]
