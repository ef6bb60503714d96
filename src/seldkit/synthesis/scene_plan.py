"""What happens in a scene, drawn from one seed before anything is rendered.

How many events there are, which, how long, how high, and whether they move is drawn from what real
annotations hold (statistics.py); those have no distances, which are drawn evenly from 0.5 to 6 m.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from seldkit.synthesis.activity import MAX_PAUSE_SECONDS
from seldkit.synthesis.ambience import KINDS
from seldkit.synthesis.event_statistics import ClassStatistics, draw_count, starss22_statistics
from seldkit.synthesis.measured_responses import MeasuredRoom
from seldkit.synthesis.receivers import RECEIVERS
from seldkit.synthesis.rooms import SPEED_OF_SOUND, Room, draw_room
from seldkit.synthesis.sound_library import SoundLibrary
from seldkit.synthesis.sound_variation import SoundVariation, draw_variation
from seldkit.types import Floats

MAX_SIMULTANEOUS_EVENTS: Final = 5
MAX_SIMULTANEOUS_OF_CLASS: Final = 3
"""Sounding at one moment."""
MIN_SOURCE_DISTANCE_M: Final = 0.5
MAX_SOURCE_DISTANCE_M: Final = 6.0
FASTEST: Final = 1.5
"""Metres per second."""
SHORT: Final = 1.2
"""Sounds below this many seconds are repeated after pauses, as knocks and rings are; longer ones at once."""
BLOCK: Final = 5.0
"""Seconds for which the number of events that begin is drawn."""
MOVING_AT_LEAST: Final = 0.1
"""Share of a class's events that move, where the real one is lower: models should meet some."""
AGAIN: Final = 0.15
"""Share of events that are of the same class as one before."""
DEFAULT_BALANCE: Final = 0.7
STRANGERS: Final = 0.25
"""Interferers in five seconds, on average."""
UNHEARD: Final = 2.0
"""Seconds by which events may begin before their scene and end after it."""
MOST_REPEATS: Final = 200
MOMENTS: Final = 8
"""Of which an event begins at one; see `Statistics.eagerness`."""

Point = tuple[float, float, float]


@dataclass(frozen=True)
class EventPlan:
    """One event: which piece of which sound, altered how, when, and along which path.

    sound: its name in the library, or "" for an interferer; piece: (start, length) in seconds within the
    recording; repeats: onsets of its copies in seconds after `onset`; path: points in metres in the room, one
    for a still source, else evenly spaced in time over the event.
    """

    sound: str
    class_id: int
    piece: tuple[float, float]
    repeats: tuple[float, ...]
    colour: SoundVariation
    onset: float
    gain_db: float
    path: tuple[Point, ...]
    seed: int

    @property
    def length(self) -> float:
        """Seconds from the first sound's start to the last one's end."""
        return self.repeats[-1] + self.piece[1]

    @property
    def points(self) -> Floats:
        """The path as an array, (n, 3)."""
        return np.asarray(self.path, np.float64)


@dataclass(frozen=True)
class ScenePlan:
    """A scene before it is rendered.

    seconds: its length; receiver: a name in `RECEIVERS`; ambience: kind of noise; ambience_db: its level (RMS
    of an omnidirectional microphone, dB full scale); gain_db: of the whole recording.
    """

    seconds: float
    room: Room | MeasuredRoom
    receiver: str
    events: tuple[EventPlan, ...]
    interferers: tuple[EventPlan, ...]
    ambience: str
    ambience_db: float
    gain_db: float
    seed: int


def draw_plan(
    seed: int | tuple[int, ...],
    library: SoundLibrary,
    seconds: float = 5.0,
    receiver: str = "coincident",
    balance: float = DEFAULT_BALANCE,
    room: Room | MeasuredRoom | None = None,
) -> ScenePlan:
    """A scene in a room of its own, or a given one, from one seed.

    balance: 0 draws classes as often as they are in real scenes, where four of five events are speech; 1
    draws all alike; in between, the real shares to the power of 1 − balance.
    """
    RECEIVERS[receiver]
    rng = np.random.default_rng(seed)
    room = draw_room(rng) if room is None else room
    events: list[EventPlan] = []
    for _ in range(draw_count(starss22_statistics().sounding_at_once, rng)):
        _append(events, _draw_event(rng, library, room, None, seconds, events, balance))
    for start, end in _blocks(seconds):
        count = draw_count(starss22_statistics().begun_in_5_s, rng)
        for _ in range(count if rng.random() < (end - start) / BLOCK else 0):
            onset = _draw_onset(rng, start, end, events)
            _append(events, _draw_event(rng, library, room, onset, seconds, events, balance))
    strangers = rng.poisson(STRANGERS * seconds / BLOCK)
    others = tuple(_draw_interferer(rng, room, seconds) for _ in range(strangers))
    return ScenePlan(
        seconds=seconds,
        room=room,
        receiver=receiver,
        events=tuple(events),
        interferers=others,
        ambience=str(rng.choice(KINDS, p=[0.1, 0.35, 0.2, 0.25, 0.1])),
        ambience_db=-36.0 - rng.uniform(5.0, 40.0),
        gain_db=rng.uniform(-10.0, 14.0),
        seed=int(rng.integers(2**31)),
    )


def path_from_points(points: Floats) -> tuple[Point, ...]:
    """Points (n, 3), or one (3,), as a plan's path."""
    return tuple((x, y, z) for x, y, z in np.atleast_2d(points).tolist())


def draw_position(rng: np.random.Generator, room: Room | MeasuredRoom) -> Floats:
    """A point (3,) at 0.5 to 6 m from the receiver, all around it, at elevations of real sources."""
    if isinstance(room, MeasuredRoom):
        return room.draw_point(rng)
    while True:
        azimuth, elevation = rng.uniform(-180.0, 180.0), starss22_statistics().draw_elevation(rng)
        farthest = min(MAX_SOURCE_DISTANCE_M, room.reach(azimuth, elevation))
        if farthest > MIN_SOURCE_DISTANCE_M:
            return room.position(azimuth, elevation, rng.uniform(MIN_SOURCE_DISTANCE_M, farthest))


def _blocks(seconds: float) -> list[tuple[float, float]]:
    """Start and end of each block; the last may be shorter."""
    starts = np.arange(0.0, seconds, BLOCK).tolist()
    return [(start, min(seconds, start + BLOCK)) for start in starts]


def _draw_onset(rng: np.random.Generator, start: float, end: float, events: list[EventPlan]) -> float:
    """When an event begins: rather where few others sound, as much so as in real scenes."""
    moments = rng.uniform(start, end, MOMENTS)
    weights = np.array([starss22_statistics().eagerness(_sounding(moment, events)) for moment in moments])
    return float(rng.choice(moments, p=weights / weights.sum()))


def _draw_event(
    rng: np.random.Generator,
    library: SoundLibrary,
    room: Room | MeasuredRoom,
    onset: float | None,
    seconds: float,
    before: list[EventPlan],
    balance: float,
) -> EventPlan:
    """An event that begins at `onset`; one that sounds already when the scene begins, where that is None."""
    class_id = _draw_class(rng, library, before, balance, under_way=onset is None)
    known = starss22_statistics().of(library.classes[class_id])
    wanted = known.draw_seconds(rng)
    if onset is None:
        onset, wanted = _draw_under_way(rng, known)
    wanted = min(wanted, seconds - onset + UNHEARD)
    sound = library.draw(class_id, rng)
    colour = draw_variation(rng)
    piece, repeats = _draw_pieces(rng, library.duration(sound), wanted)
    length = repeats[-1] + piece[1]
    gain = float(np.clip(rng.normal(0.0, 4.0), -9.0, 9.0))
    path = _draw_path(rng, room, length, max(MOVING_AT_LEAST, known.moving))
    seed = int(rng.integers(2**31))
    return EventPlan(sound.name, class_id, piece, repeats, colour, onset, gain, path, seed)


def _draw_under_way(rng: np.random.Generator, known: ClassStatistics) -> tuple[float, float]:
    """Onset and length of an event in whose middle the scene begins; what nobody hears of it is left out."""
    length = known.draw_seconds_under_way(rng)
    passed = rng.uniform(0.0, 0.95) * length
    return -min(passed, UNHEARD), length - passed + min(passed, UNHEARD)


def _append(events: list[EventPlan], event: EventPlan) -> None:
    """Add an event where not too many others sound."""
    same = [other for other in events if other.class_id == event.class_id]
    if (
        _together(event, events) < MAX_SIMULTANEOUS_EVENTS
        and _together(event, same) < MAX_SIMULTANEOUS_OF_CLASS
    ):
        events.append(event)


def _draw_class(
    rng: np.random.Generator,
    library: SoundLibrary,
    before: list[EventPlan],
    balance: float,
    under_way: bool,
) -> int:
    """A class by how often it begins, or by how long it sounds."""
    if before and rng.random() < AGAIN:
        return before[-1].class_id
    every = [starss22_statistics().of(library.classes[number]) for number in library.class_ids]
    shares = [one.share * (one.mean_seconds if under_way else 1.0) for one in every]
    weights = np.maximum(shares, 1e-4) ** (1.0 - balance)
    return int(rng.choice(library.class_ids, p=weights / weights.sum()))


def _draw_interferer(rng: np.random.Generator, room: Room | MeasuredRoom, seconds: float) -> EventPlan:
    length = rng.uniform(0.2, 3.0)
    onset = rng.uniform(0.0, max(0.1, seconds - 0.2))
    path = path_from_points(draw_position(rng, room))
    seed = int(rng.integers(2**31))
    gain = rng.uniform(-14.0, -2.0)
    return EventPlan("", -1, (0.0, length), (0.0,), draw_variation(rng), onset, gain, path, seed)


def _draw_pieces(
    rng: np.random.Generator, there: float, wanted: float
) -> tuple[tuple[float, float], tuple[float, ...]]:
    """A piece of a sound of `there` seconds, and its repeats up to about `wanted` seconds."""
    length = min(there, max(wanted, 0.2))
    piece = (rng.uniform(0.0, there - length), length)
    repeats, pause = [0.0], (0.05, MAX_PAUSE_SECONDS - 0.1) if length < SHORT else (0.0, 0.1)
    while repeats[-1] + length < wanted - 0.5 * length and len(repeats) < MOST_REPEATS:
        repeats.append(repeats[-1] + length + rng.uniform(*pause))
    return piece, tuple(repeats)


def _draw_path(
    rng: np.random.Generator, room: Room | MeasuredRoom, length: float, moving: float
) -> tuple[Point, ...]:
    """A still point, or a straight walk past the receiver."""
    start = draw_position(rng, room)
    if length < 1.0 or rng.random() > moving:
        return path_from_points(start)
    end = draw_position(rng, room)
    walk = end - start
    walk *= min(1.0, FASTEST * length / max(1e-9, float(np.linalg.norm(walk))))
    path = start + walk * np.linspace(0.0, 1.0, 3 + int(2.0 * length))[:, None]
    near = room.direction(path)[2].min() < MIN_SOURCE_DISTANCE_M
    return path_from_points(start if near else path)


def _sounding(moment: float, events: list[EventPlan]) -> int:
    return sum(event.onset <= moment < event.onset + event.length for event in events)


def _together(event: EventPlan, others: list[EventPlan]) -> int:
    """The most of the other events that sound at one moment of this one."""
    end = event.onset + event.length
    starts = [max(event.onset, other.onset) for other in others]
    reach = MAX_SOURCE_DISTANCE_M / SPEED_OF_SOUND
    return max(
        (
            sum(o.onset <= moment < o.onset + o.length + reach for o in others)
            for moment in [event.onset, *starts]
            if moment < end
        ),
        default=0,
    )
