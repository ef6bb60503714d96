"""Plans of scenes, drawn from one seed before anything is rendered.

The number of events, their classes, durations, elevations and motion are drawn from the statistics of real
annotations (`seldkit.synthesis.event_statistics`). These have no distances, which are drawn uniformly from
0.5 to 6 m.
"""

from dataclasses import dataclass
from typing import Annotated, Final

import numpy as np
from pydantic import Field

from seldkit.synthesis.activity import MAX_PAUSE_SECONDS
from seldkit.synthesis.ambience import AMBIENCE_KINDS
from seldkit.synthesis.event_statistics import ClassStatistics, draw_count, starss22_statistics
from seldkit.synthesis.measured_responses import MeasuredRoom
from seldkit.synthesis.receivers import RECEIVERS
from seldkit.synthesis.rooms import SPEED_OF_SOUND, Room, draw_room
from seldkit.synthesis.sound_library import SoundLibrary
from seldkit.synthesis.sound_variation import SoundVariation, draw_variation
from seldkit.synthesis.value_ranges import (
    ClassNumber,
    Decibels,
    Length,
    Onset,
    Point,
    Seconds,
    Seed,
    Trajectory,
)
from seldkit.types import Floats

MAX_SIMULTANEOUS_EVENTS: Final = 5
"""Maximum number of events that are active at one time."""
MAX_SIMULTANEOUS_OF_CLASS: Final = 3
"""Maximum number of events of one class that are active at one time."""
MIN_SOURCE_DISTANCE_M: Final = 0.5
MAX_SOURCE_DISTANCE_M: Final = 6.0
MAX_SOURCE_SPEED_M_S: Final = 1.5
MAX_PERCUSSIVE_SECONDS: Final = 1.2
"""Sounds shorter than this are repeated with pauses, as knocks and rings are; longer ones without."""
ONSET_BLOCK_SECONDS: Final = 5.0
"""Length of the blocks for which the number of onsets is drawn."""
MIN_MOVING_SHARE: Final = 0.1
"""Minimum share of a class's events that move, for classes that move less often in the annotations."""
SAME_CLASS_PROBABILITY: Final = 0.15
"""Probability that an event has the class of the previous one."""
DEFAULT_BALANCE: Final = 0.7
"""Default exponent of the class balance, see `draw_plan`."""
INTERFERERS_PER_BLOCK: Final = 0.25
"""Mean number of interferers in `ONSET_BLOCK_SECONDS`."""
MAX_OVERHANG_SECONDS: Final = 2.0
"""Maximum time by which events begin before the scene and end after it."""
MAX_REPEATS: Final = 200
"""Maximum number of repetitions of a sound in one event."""
ONSET_CANDIDATES: Final = 8
"""Times from which an onset is drawn, see `EventStatistics.onset_weight`."""
AMBIENCE_PROBABILITIES: Final = (0.1, 0.35, 0.2, 0.25, 0.1)
"""Probabilities of `AMBIENCE_KINDS`."""

AnyRoom = Room | MeasuredRoom


@dataclass(frozen=True)
class EventPlan:
    """One event: an excerpt of a sound, its variation, times and trajectory.

    Attributes:
        sound: Name of the sound in the library, or "" for a generated interferer.
        class_id: Class number, -1 for a generated interferer.
        excerpt: Start and duration of the excerpt within the sound, in seconds.
        repeats: Onsets of the repetitions of the excerpt in seconds after `onset`.
        variation: Speed, equalization and bandwidth.
        onset: Onset in seconds from the start of the scene; it may be negative.
        gain_db: Gain in dB.
        path: Trajectory in metres in the room's axes: one point for a static source, otherwise points that
            are evenly spaced in time over the event.
        seed: Random seed of a generated interferer.
    """

    sound: str
    class_id: ClassNumber
    excerpt: tuple[Seconds, Length]
    repeats: Annotated[tuple[Seconds, ...], Field(min_length=1, max_length=10_000)]
    variation: SoundVariation
    onset: Onset
    gain_db: Decibels
    path: Trajectory
    seed: Seed

    @property
    def duration(self) -> float:
        """Seconds from the start of the first repetition to the end of the last one."""
        return self.repeats[-1] + self.excerpt[1]

    @property
    def offset(self) -> float:
        """End in seconds from the start of the scene."""
        return self.onset + self.duration

    @property
    def points(self) -> Floats:
        """The trajectory as an array in metres, shape (n, 3)."""
        return np.asarray(self.path, np.float64)


@dataclass(frozen=True)
class ScenePlan:
    """A scene before it is rendered.

    Attributes:
        seconds: Duration in seconds.
        room: Simulated or measured room.
        receiver: Name of the receiver in `RECEIVERS`.
        events: Labelled events.
        interferers: Sources that are not labelled: generated ones, and events that are active in no frame.
        ambience: Kind of the background noise.
        ambience_db: Level of the background noise (RMS of an omnidirectional microphone) in dBFS.
        gain_db: Gain of the recording in dB.
        seed: Random seed of the background noise.
    """

    seconds: Length
    room: AnyRoom
    receiver: str
    events: tuple[EventPlan, ...]
    interferers: tuple[EventPlan, ...]
    ambience: str
    ambience_db: Decibels
    gain_db: Decibels
    seed: Seed


def draw_plan(
    seed: int | tuple[int, ...],
    library: SoundLibrary,
    seconds: float = 5.0,
    receiver: str = "coincident",
    balance: float = DEFAULT_BALANCE,
    room: AnyRoom | None = None,
) -> ScenePlan:
    """Draws a scene.

    Args:
        seed: Random seed.
        library: Sounds to choose from.
        seconds: Duration of the scene in seconds.
        receiver: Name of the receiver in `RECEIVERS`.
        balance: Class balance from 0 to 1. 0 draws classes as often as they occur in real scenes, where four
            of five events are speech; 1 draws all classes equally often. In between, the real shares are
            raised to the power of 1 − balance.
        room: The room; None draws one.

    Returns:
        The plan.

    Raises:
        UnknownNameError: The receiver is unknown.
    """
    RECEIVERS[receiver]
    rng = np.random.default_rng(seed)
    drawer = _EventDrawer(rng, library, draw_room(rng) if room is None else room, seconds, balance)
    for _ in range(draw_count(starss22_statistics().polyphony, rng)):
        drawer.add_ongoing_event()
    for start, end in _blocks(seconds):
        count = draw_count(starss22_statistics().onset_counts, rng)
        for _ in range(count if rng.random() < (end - start) / ONSET_BLOCK_SECONDS else 0):
            drawer.add_event(start, end)
    count = rng.poisson(INTERFERERS_PER_BLOCK * seconds / ONSET_BLOCK_SECONDS)
    interferers = tuple(_draw_interferer(rng, drawer.room, seconds) for _ in range(count))
    return ScenePlan(
        seconds=seconds,
        room=drawer.room,
        receiver=receiver,
        events=tuple(drawer.events),
        interferers=interferers,
        ambience=str(rng.choice(AMBIENCE_KINDS, p=AMBIENCE_PROBABILITIES)),
        ambience_db=-36.0 - rng.uniform(5.0, 40.0),
        gain_db=rng.uniform(-10.0, 14.0),
        seed=int(rng.integers(2**31)),
    )


def path_from_points(points: Floats) -> tuple[Point, ...]:
    """Converts an array to the trajectory of a plan.

    Args:
        points: Points in metres, shape ``(n, 3)`` or ``(3,)``.

    Returns:
        The trajectory.
    """
    return tuple((x, y, z) for x, y, z in np.atleast_2d(points).tolist())


def draw_position(rng: np.random.Generator, room: AnyRoom) -> Floats:
    """Draws the position of a source at 0.5 to 6 m, at any azimuth and with the elevations of STARSS22.

    Args:
        rng: Random number generator.
        room: The room. In a measured room, the position is that of a measured source.

    Returns:
        Point in metres in the room's axes, shape ``(3,)``.
    """
    if isinstance(room, MeasuredRoom):
        return room.draw_position(rng)
    while True:
        azimuth, elevation = rng.uniform(-180.0, 180.0), starss22_statistics().draw_elevation(rng)
        farthest = min(MAX_SOURCE_DISTANCE_M, room.distance_to_wall(azimuth, elevation))
        if farthest > MIN_SOURCE_DISTANCE_M:
            return room.position(azimuth, elevation, rng.uniform(MIN_SOURCE_DISTANCE_M, farthest))


class _EventDrawer:
    """Draws the events of one scene in turn."""

    def __init__(
        self, rng: np.random.Generator, library: SoundLibrary, room: AnyRoom, seconds: float, balance: float
    ) -> None:
        self.events: list[EventPlan] = []
        self.room = room
        self._rng = rng
        self._library = library
        self._seconds = seconds
        self._balance = balance

    def add_event(self, start: float, end: float) -> None:
        """Adds an event with an onset between two times in seconds."""
        onset = self._draw_onset(start, end)
        class_id = self._draw_class(ongoing=False)
        statistics = self._statistics(class_id)
        self._add(class_id, statistics, onset, statistics.draw_duration(self._rng))

    def add_ongoing_event(self) -> None:
        """Adds an event that is active when the scene begins."""
        class_id = self._draw_class(ongoing=True)
        statistics = self._statistics(class_id)
        statistics.draw_duration(self._rng)  # not used, but the random numbers of existing scenes contain it
        self._add(class_id, statistics, *_draw_ongoing(self._rng, statistics))

    def _add(self, class_id: int, statistics: ClassStatistics, onset: float, duration: float) -> None:
        """Adds an event unless too many others are active at the same time."""
        rng = self._rng
        duration = min(duration, self._seconds - onset + MAX_OVERHANG_SECONDS)
        sound = self._library.draw(class_id, rng)
        variation = draw_variation(rng)
        excerpt, repeats = _draw_excerpt(rng, self._library.duration(sound), duration)
        gain = float(np.clip(rng.normal(0.0, 4.0), -9.0, 9.0))
        moving_share = max(MIN_MOVING_SHARE, statistics.moving_share)
        path = _draw_path(rng, self.room, repeats[-1] + excerpt[1], moving_share)
        seed = int(rng.integers(2**31))
        event = EventPlan(sound.name, class_id, excerpt, repeats, variation, onset, gain, path, seed)
        of_class = [other for other in self.events if other.class_id == class_id]
        if (
            _max_simultaneous(event, self.events) < MAX_SIMULTANEOUS_EVENTS
            and _max_simultaneous(event, of_class) < MAX_SIMULTANEOUS_OF_CLASS
        ):
            self.events.append(event)

    def _draw_onset(self, start: float, end: float) -> float:
        """An onset that is more likely at times with few active events, as in real scenes."""
        times = self._rng.uniform(start, end, ONSET_CANDIDATES)
        statistics = starss22_statistics()
        weights = np.array([statistics.onset_weight(_count_active(time, self.events)) for time in times])
        return float(self._rng.choice(times, p=weights / weights.sum()))

    def _draw_class(self, ongoing: bool) -> int:
        """A class by its number of events, or by their total duration for ongoing events."""
        if self.events and self._rng.random() < SAME_CLASS_PROBABILITY:
            return self.events[-1].class_id
        class_ids = self._library.class_ids
        every = [self._statistics(number) for number in class_ids]
        shares = [one.share * (one.mean_duration if ongoing else 1.0) for one in every]
        weights = np.maximum(shares, 1e-4) ** (1.0 - self._balance)
        return int(self._rng.choice(class_ids, p=weights / weights.sum()))

    def _statistics(self, class_id: int) -> ClassStatistics:
        return starss22_statistics().for_class(self._library.classes[class_id])


def _blocks(seconds: float) -> list[tuple[float, float]]:
    """Start and end of each block; the last one may be shorter."""
    starts = np.arange(0.0, seconds, ONSET_BLOCK_SECONDS).tolist()
    return [(start, min(seconds, start + ONSET_BLOCK_SECONDS)) for start in starts]


def _draw_ongoing(rng: np.random.Generator, statistics: ClassStatistics) -> tuple[float, float]:
    """Onset and duration of an ongoing event, without what is more than `MAX_OVERHANG_SECONDS` before."""
    duration = statistics.draw_ongoing_duration(rng)
    elapsed = rng.uniform(0.0, 0.95) * duration
    return -min(elapsed, MAX_OVERHANG_SECONDS), duration - elapsed + min(elapsed, MAX_OVERHANG_SECONDS)


def _draw_interferer(rng: np.random.Generator, room: AnyRoom, seconds: float) -> EventPlan:
    duration = rng.uniform(0.2, 3.0)
    onset = rng.uniform(0.0, max(0.1, seconds - 0.2))
    path = path_from_points(draw_position(rng, room))
    seed = int(rng.integers(2**31))
    gain = rng.uniform(-14.0, -2.0)
    return EventPlan("", -1, (0.0, duration), (0.0,), draw_variation(rng), onset, gain, path, seed)


def _draw_excerpt(
    rng: np.random.Generator, available: float, duration: float
) -> tuple[tuple[float, float], tuple[float, ...]]:
    """An excerpt of a sound of `available` seconds, and repetitions up to about `duration` seconds."""
    length = min(available, max(duration, 0.2))
    excerpt = (rng.uniform(0.0, available - length), length)
    is_percussive = length < MAX_PERCUSSIVE_SECONDS
    repeats, pause = [0.0], (0.05, MAX_PAUSE_SECONDS - 0.1) if is_percussive else (0.0, 0.1)
    while repeats[-1] + length < duration - 0.5 * length and len(repeats) < MAX_REPEATS:
        repeats.append(repeats[-1] + length + rng.uniform(*pause))
    return excerpt, tuple(repeats)


def _draw_path(
    rng: np.random.Generator, room: AnyRoom, duration: float, moving_share: float
) -> tuple[Point, ...]:
    """A static position, or a straight trajectory."""
    start = draw_position(rng, room)
    if duration < 1.0 or rng.random() > moving_share:
        return path_from_points(start)
    end = draw_position(rng, room)
    displacement = end - start
    distance = max(1e-9, float(np.linalg.norm(displacement)))
    displacement *= min(1.0, MAX_SOURCE_SPEED_M_S * duration / distance)
    path = start + displacement * np.linspace(0.0, 1.0, 3 + int(2.0 * duration))[:, None]
    is_too_near = room.direction(path)[2].min() < MIN_SOURCE_DISTANCE_M
    return path_from_points(start if is_too_near else path)


def _count_active(time: float, events: list[EventPlan]) -> int:
    return sum(event.onset <= time < event.offset for event in events)


def _max_simultaneous(event: EventPlan, others: list[EventPlan]) -> int:
    """The maximum number of other events that are active at one time of this one."""
    starts = [max(event.onset, other.onset) for other in others]
    delay = MAX_SOURCE_DISTANCE_M / SPEED_OF_SOUND
    return max(
        (
            sum(other.onset <= time < other.offset + delay for other in others)
            for time in [event.onset, *starts]
            if time < event.offset
        ),
        default=0,
    )
