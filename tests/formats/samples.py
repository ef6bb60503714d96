"""Events for the tests of exports: overlapping, unknown, odd; and class names that mean harm."""

import math
from dataclasses import replace

import numpy as np

from seldkit.annotations import Annotations, Event, PredictionInterval

NAN = math.nan

HARMFUL = (
    "<script>alert(1)</script>",
    "</v><b>bold",
    "R&B &lt;x&gt; &amp;",
    '=HYPERLINK("http://x","y")',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1)",
    "＝1+1",
    "'quoted",
    '"in double quotes"',
    'say "hello"',
    "tap, water, left, 2 m, off screen",
    "two\nlines",
    "two\r\nlines\n\n00:00:00.000 --> 00:00:09.000\nfake",
    "tab\there",
    "-->",
    "a --> b",
    "NOTE this",
    "WEBVTT",
    "../../etc/passwd",
    "C:\\Windows\\system32",
    "\\N{\\an8}",
    "]]> <!-- x -->",
    "{font}",
    "a_b %41 %",
    ";; comment",
    "<NA>",
    " blank at the ends ",
    "\u202eright to left",
    "line\u2028separator",
    "\x1b[31mred\x07",
    "глухой стук 🚪",
    "bell (2)",
    "x" * 3000,
)


def event(
    name: str = "telephone",
    onset: float = 0.3,
    offset: float = 0.8,
    azimuth: float = 34.2,
    distance: float = 1.8,
    elevation: float | None = None,
    onscreen: bool | None = False,
    confidence: float | None = 0.83,
    class_id: int = 3,
    azimuth_interval: PredictionInterval | None = None,
) -> Event:
    """One event that moves a little."""
    frames = np.arange(round(onset * 10), max(math.ceil(offset * 10 - 1e-6), round(onset * 10) + 1))
    still = np.full(len(frames), distance)
    trajectory = Annotations(
        frame=frames,
        class_id=np.full(len(frames), class_id),
        source=np.full(len(frames), 2),
        azimuth=np.linspace(0.0, 1.0, len(frames)) / 3 + azimuth,
        distance=still,
        frame_count=50_000,
        confidence=None if confidence is None else np.full(len(frames), confidence),
        classes=tuple(f"class {number}" for number in range(60)),
    )
    return Event(
        class_id, name, onset, offset, azimuth, distance, elevation, onscreen, confidence, trajectory,
        azimuth_interval,
    )  # fmt: skip


_SCENE = (
    event(),
    event("telephone", 0.5, 1.25, azimuth=-120.125, elevation=-5.5, onscreen=None, confidence=None),
    event("female speech", 0.8, 2.0, azimuth=NAN, distance=NAN, onscreen=True, class_id=0),
    event("bell", 3600.0, 3600.001, azimuth=180.0, distance=0.0, onscreen=None, confidence=0.0, class_id=11),
    event("bell", 3600.001, 3661.25, azimuth=0.0, distance=12.0, confidence=1.0, class_id=11),
    event("washing machine", 4000.0, 4000.1, azimuth=-0.5, distance=0.035, class_id=13),
)
SCENE = tuple(replace(one, number=number) for number, one in enumerate(_SCENE, start=1))
"""In the order of onset and class; "washing machine" is in no vocabulary."""
