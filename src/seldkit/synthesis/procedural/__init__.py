"""Procedural audio and images: training material that needs no download."""
