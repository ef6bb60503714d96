"""When each moment of a running sound came."""

from bisect import bisect_left
from threading import Lock
from typing import Final

KEPT_SECONDS: Final = 180.0
"""Seconds of sound of which the times are kept; of what is older they are taken to be even."""
STEP_SECONDS: Final = 0.01
"""Seconds of sound for which one time is enough."""


class ArrivalTimes:
    """Times by a clock, in seconds, of what lies so many seconds after a sound's start; of any threads."""

    def __init__(self) -> None:
        self._start = 0.0
        self._ends: list[float] = []
        self._times: list[float] = []
        self._lock = Lock()

    def add(self, end: float, asked: float, now: float) -> float:
        """The sound up to `end` is there now, after we asked for it; gives when it was due.

        What comes later than it is due, though we waited for it, had a source that made a pause: all that
        follows is due later. What was there when we asked came before, when it was due, or else now.
        """
        with self._lock:
            if not self._ends:
                self._start = now - end
            late = now - (self._start + end)
            self._start += min(max(0.0, late), max(0.0, now - asked))
            due = self._start + end
            if not self._ends or end - self._ends[-1] >= STEP_SECONDS:
                self._ends.append(end)
                self._times.append(min(now, due))
                self._forget(end - KEPT_SECONDS)
            return due

    def at(self, seconds: float) -> float:
        """When the sound came that lies there; the latest time for what is yet to come."""
        with self._lock:
            if not self._ends:
                return self._start
            place = min(bisect_left(self._ends, seconds - 1e-6), len(self._ends) - 1)
            before = self._ends[place] - seconds if place == 0 else 0.0
            return self._times[place] - max(0.0, before)

    def _forget(self, before: float) -> None:
        old = bisect_left(self._ends, before)
        if old > len(self._ends) // 2:
            del self._ends[:old], self._times[:old]
