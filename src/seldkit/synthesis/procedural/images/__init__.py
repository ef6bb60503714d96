"""Procedurally drawn rooms, people and objects."""
