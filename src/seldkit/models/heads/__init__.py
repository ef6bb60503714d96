"""Heads: one module each, imported here so that it is registered."""

from seldkit.models.heads import (  # noqa: F401
    accdoa,
    multi_task,
)
