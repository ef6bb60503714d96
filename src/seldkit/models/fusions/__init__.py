"""Fusions: one module each, imported here so that it is registered."""

from seldkit.models.fusions import (  # noqa: F401
    av_conformer,
    bidirectional_gru,
    cmaf,
    cross_modal_conformer,
    no_fusion,
    transformer_decoder,
)
