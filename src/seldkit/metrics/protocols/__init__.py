"""The registered scoring protocols, one module each."""

from seldkit.metrics.protocols import dcase2023_protocol, dcase2024_protocol, dcase2025_protocol

__all__ = ["dcase2023_protocol", "dcase2024_protocol", "dcase2025_protocol"]
