"""Encoders: one module each, imported here so that it is registered."""

from seldkit.models.encoders import (  # noqa: F401
    cnn_conformer,
    convolutional,
    no_encoder,
    residual_cnn,
    seldnet,
    temporal_enhancement,
)
