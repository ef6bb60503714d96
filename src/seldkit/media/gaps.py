"""Stretches of a recording that were lost, counted in constant memory and told in one line."""

from dataclasses import dataclass


@dataclass
class TimeSpans:
    """Stretches of one kind: how many, how long in all, and the first."""

    kind: str
    mend: str
    count: int = 0
    seconds: float = 0.0
    first: tuple[float, float] = (0.0, 0.0)

    def add(self, start: float, end: float) -> None:
        """One more stretch, in seconds."""
        if not self.count:
            self.first = (start, end)
        self.count += 1
        self.seconds += end - start

    def notes(self) -> list[str]:
        """Nothing, or one line."""
        if not self.count:
            return []
        stretch = f"from {self.first[0]:.2f} s to {self.first[1]:.2f} s"
        if self.count == 1:
            return [f"{self.kind} {stretch} {self.mend}"]
        where = f"in {self.count} places, {self.seconds:.2f} s in all, the first {stretch},"
        return [f"{self.kind} {where} {self.mend}"]
