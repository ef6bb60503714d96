"""Encoders: one file each, listed here."""

from seldkit.models.encoders.seldnet import Seldnet, SeldnetSettings

__all__ = ["Seldnet", "SeldnetSettings"]
