"""Types of the values in a scene, with the ranges that are checked when a scene description is read."""

from typing import Annotated

from pydantic import Field

Seed = Annotated[int, Field(ge=0, lt=2**63)]
"""Random seed."""
Seconds = Annotated[float, Field(ge=0, le=3600)]
"""Length or time from a start, in seconds."""
Length = Annotated[float, Field(ge=0.001, le=3600)]
"""Length that is not 0, in seconds."""
Onset = Annotated[float, Field(ge=-3600, le=3600)]
"""Time in seconds from the start of the scene."""
Decibels = Annotated[float, Field(ge=-200, le=100)]
"""Gain or level in dB."""
Degrees = Annotated[float, Field(ge=-3600, le=3600)]
"""Angle in degrees."""
Hertz = Annotated[float, Field(ge=0, le=96_000)]
"""Frequency in Hz; 0 for none."""
Coordinate = Annotated[float, Field(ge=-1000, le=1000)]
"""Coordinate in metres."""
Size = Annotated[float, Field(ge=0.1, le=200)]
"""Side of a room in metres."""
Share = Annotated[float, Field(ge=0, le=1)]
"""Share of a width or height."""
Factor = Annotated[float, Field(ge=0, le=10)]
"""Factor on a brightness."""
Rate = Annotated[float, Field(ge=0.1, le=1000)]
"""Video frames per second."""
ClassNumber = Annotated[int, Field(ge=-1, le=999)]
"""Class number; -1 for a generated interferer."""
Pixels = Annotated[int, Field(ge=2, le=16_384)]
"""Side of an image in pixels."""

Point = tuple[Coordinate, Coordinate, Coordinate]
"""Point in metres."""
RoomSize = tuple[Size, Size, Size]
"""Length, width and height in metres."""
Trajectory = Annotated[tuple[Point, ...], Field(min_length=1, max_length=100_000)]
"""Trajectory: one point for a static source, otherwise points that are evenly spaced in time."""
