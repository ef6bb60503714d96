"""Columns of numbers and flags in JSON: null is unknown, and nothing but the right type is taken."""

import math
from typing import Any

import numpy as np


def parse_integers(name: str, values: Any) -> list[int]:
    """A column of whole numbers. Raises ValueError with what it holds instead."""
    if not isinstance(values, list) or not all(type(value) is int for value in values):
        raise ValueError(f"a column '{name}' that is no list of whole numbers")
    return values


def parse_floats(name: str, values: Any) -> list[float]:
    """A column of numbers, NaN where null. Raises ValueError with what it holds instead."""
    fine = isinstance(values, list) and all(value is None or type(value) in (int, float) for value in values)
    if not fine or not all(value is None or math.isfinite(value) for value in values):
        raise ValueError(f"a column '{name}' that is no list of finite numbers")
    return [math.nan if value is None else float(value) for value in values]


def flags(values: Any) -> list[bool] | None:
    """The on-screen column, or None for none. Raises ValueError with what it holds instead."""
    if values is not None and (
        not isinstance(values, list) or any(type(value) is not bool for value in values)
    ):
        raise ValueError("a column 'onscreen' that is no list of true and false")
    return values


def column_to_json(column: np.ndarray[Any, Any] | None) -> list[Any] | None:
    """A column as JSON holds it."""
    if column is None:
        return None
    return [None if value != value else value for value in column.tolist()]
