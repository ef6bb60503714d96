"""When each moment of a running sound came."""

from bisect import bisect_left
from threading import Lock
from typing import Final

REMEMBERED: Final = 180.0
"""Seconds of sound of which the times are kept; of what is older they are taken to be even."""
STEP: Final = 0.01
"""Seconds of sound for which one time is enough."""


class Arrivals:
    """Times by a clock, in seconds, of what lies so many seconds after a sound's start; of any threads."""

    def __init__(self) -> None:
        self._start = 0.0
        self._ends: list[float] = []
        self._times: list[float] = []
        self._lock = Lock()

    def add(self, end: float, now: float, *, kept_waiting: bool) -> float:
        """The sound up to `end` is there now; gives when it was due, if its source made no pause.

        kept_waiting: whether we did not take it at once. Then it did not come now, but when it was due, or
        now if that is earlier, for a source that is quicker than its sound.
        """
        with self._lock:
            if not self._ends:
                self._start = now - end
            elif not kept_waiting:
                self._start = max(self._start, now - end)  # the source itself made a pause
            due = self._start + end
            if not self._ends or end - self._ends[-1] >= STEP:
                self._ends.append(end)
                self._times.append(min(now, due))
                self._forget(end - REMEMBERED)
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
