"""Layers that several parts of a model share."""
