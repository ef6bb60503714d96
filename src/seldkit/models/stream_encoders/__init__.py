"""Stream encoders: one module each, imported here so that it is registered."""

from seldkit.models.stream_encoders import (  # noqa: F401
    conformer_stream,
    enhancement,
    linear,
    tiles,
)
