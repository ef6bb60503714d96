"""Arrival times of a live audio signal."""

from bisect import bisect_left
from threading import Lock
from typing import Final

KEPT_SECONDS: Final = 180.0
"""Length of audio whose arrival times are kept; older audio is assumed to have arrived evenly."""
STEP_SECONDS: Final = 0.01
"""Length of audio for which one arrival time is kept."""


class ArrivalTimes:
    """Arrival time of each position of a live audio signal. Thread-safe.

    Positions are in seconds since the start of the signal; times are in seconds of a monotonic clock.
    """

    def __init__(self) -> None:
        self._start = 0.0
        self._ends: list[float] = []
        self._times: list[float] = []
        self._lock = Lock()

    def add(self, end: float, requested: float, now: float) -> float:
        """Records the arrival of audio.

        Audio that arrives late although it was already waited for comes from a source that paused: all audio
        after it is due later. Audio that was available when it was requested arrived earlier, at its due time
        or now.

        Args:
            end: Position in seconds up to which the audio has arrived.
            requested: Time in seconds at which the audio was requested.
            now: Current time in seconds.

        Returns:
            Time in seconds at which the audio was due.
        """
        with self._lock:
            if not self._ends:
                self._start = now - end
            late = now - (self._start + end)
            self._start += min(max(0.0, late), max(0.0, now - requested))
            due = self._start + end
            if not self._ends or end - self._ends[-1] >= STEP_SECONDS:
                self._ends.append(end)
                self._times.append(min(now, due))
                self._forget(end - KEPT_SECONDS)
            return due

    def at(self, seconds: float) -> float:
        """Returns the arrival time of a position.

        Args:
            seconds: Position in seconds since the start of the signal.

        Returns:
            Time in seconds; the latest arrival time for positions that have not arrived yet.
        """
        with self._lock:
            if not self._ends:
                return self._start
            index = min(bisect_left(self._ends, seconds - 1e-6), len(self._ends) - 1)
            before_first = self._ends[index] - seconds if index == 0 else 0.0
            return self._times[index] - max(0.0, before_first)

    def _forget(self, before: float) -> None:
        old = bisect_left(self._ends, before)
        if old > len(self._ends) // 2:
            del self._ends[:old], self._times[:old]
