"""Procedural sounds and images: training material that needs no download."""

from seldkit.synthesis.procedural.generated_sounds import procedural_library, procedural_sound

__all__ = ["procedural_library", "procedural_sound"]
