"""The ranges that the sizes of layers lie in; beyond them lies a mistyped number."""

from typing import Annotated

from pydantic import Field

Size = Annotated[int, Field(ge=1, le=4096)]
"""Width of a layer."""

Depth = Annotated[int, Field(ge=1, le=64)]
"""How many layers there are of a kind."""

Pools = Annotated[
    tuple[Annotated[int, Field(ge=1, le=64)], ...], Field(strict=False, min_length=1, max_length=16)
]
"""Pooling factors, one per block; a YAML list."""

Rate = Annotated[float, Field(ge=0.0, lt=1.0)]
"""A dropout probability."""
