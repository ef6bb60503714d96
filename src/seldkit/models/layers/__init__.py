"""Layers that several parts are made of."""
