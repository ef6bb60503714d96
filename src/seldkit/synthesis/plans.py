"""What happens in a scene, drawn from one seed before anything is rendered."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seldkit.synthesis.effects import Colour, draw_colour
from seldkit.synthesis.rooms import SAMPLE_RATE, SPEED_OF_SOUND, Room, draw_room
from seldkit.synthesis.sounds import SoundLibrary

MOST_TOGETHER: Final = 3
NEAREST: Final = 0.5
FARTHEST: Final = 6.0
FASTEST: Final = 1.5
"""Metres per second."""
LONGEST: Final = 4.5
"""Seconds of one event."""
SHORT: Final = 1.2
"""Sounds below this many seconds are often repeated, as knocks and rings are."""
EVENT_COUNTS: Final = (0.07, 0.28, 0.33, 0.21, 0.11)
"""How likely a five-second scene has 0, 1, … 4 events."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class EventPlan:
    """One event: which piece of which sound, altered how, when, and along which path.

    sound: its name in the library, or "" for an interferer; piece: (start, length) in seconds within the
    recording; repeats: onsets of its copies in seconds after `onset`; path: points (n, 3) in metres, one
    for a still source, else evenly spaced in time over the event.
    """

    sound: str
    class_id: int
    piece: tuple[float, float]
    repeats: tuple[float, ...]
    colour: Colour
    onset: float
    gain_db: float
    path: Floats
    seed: int

    @property
    def length(self) -> float:
        """Seconds from the first sound's start to the last one's end."""
        return self.repeats[-1] + self.piece[1]


@dataclass(frozen=True)
class ScenePlan:
    """A scene before it is rendered.

    seconds: its length; ambience: kind of noise; ambience_db: its level (RMS of W, dB full scale);
    gain_db: of the whole recording.
    """

    seconds: float
    room: Room
    events: tuple[EventPlan, ...]
    interferers: tuple[EventPlan, ...]
    ambience: str
    ambience_db: float
    gain_db: float
    seed: int


def draw_plan(seed: int | tuple[int, ...], library: SoundLibrary, seconds: float = 5.0) -> ScenePlan:
    """A scene of its own room with a few events, from one seed."""
    rng = np.random.default_rng(seed)
    room = draw_room(rng)
    count = rng.choice(len(EVENT_COUNTS), p=EVENT_COUNTS)
    events: list[EventPlan] = []
    for _ in range(round(count * seconds / 5.0)):
        event = _draw_event(rng, library, room, seconds, events)
        if _together(event, events) < MOST_TOGETHER:
            events.append(event)
    others = tuple(_draw_interferer(rng, room, seconds) for _ in range(int(rng.random() < 0.12)))
    return ScenePlan(
        seconds=seconds,
        room=room,
        events=tuple(events),
        interferers=others,
        ambience=str(rng.choice(["white", "pink", "brown", "ventilation"], p=[0.1, 0.4, 0.2, 0.3])),
        ambience_db=-36.0 - rng.uniform(5.0, 40.0),
        gain_db=rng.uniform(-10.0, 14.0),
        seed=int(rng.integers(2**31)),
    )


def draw_position(rng: np.random.Generator, room: Room) -> Floats:
    """A point (3,) at 0.5 to 6 m from the receiver, all around it, at moderate elevations."""
    while True:
        azimuth, elevation = rng.uniform(-180.0, 180.0), np.clip(rng.normal(-5.0, 12.0), -40.0, 40.0)
        farthest = min(FARTHEST, room.reach(azimuth, elevation))
        if farthest > NEAREST:
            return room.position(azimuth, elevation, rng.uniform(NEAREST, farthest))


def _draw_event(
    rng: np.random.Generator, library: SoundLibrary, room: Room, seconds: float, before: list[EventPlan]
) -> EventPlan:
    again = bool(before) and rng.random() < 0.15
    class_id = before[-1].class_id if again else int(rng.choice(library.class_ids))
    sound = library.draw(class_id, rng)
    colour = draw_colour(rng)
    piece = _draw_piece(rng, len(library.waveform(sound)) / SAMPLE_RATE)
    repeats = _draw_repeats(rng, piece[1])
    length = repeats[-1] + piece[1]
    onset = rng.uniform(-0.4 * length, seconds - min(0.4, 0.5 * length))
    gain = float(np.clip(rng.normal(0.0, 4.0), -9.0, 9.0))
    path = _draw_path(rng, room, length)
    seed = int(rng.integers(2**31))
    return EventPlan(sound.name, class_id, piece, repeats, colour, onset, gain, path, seed)


def _draw_interferer(rng: np.random.Generator, room: Room, seconds: float) -> EventPlan:
    length = rng.uniform(0.2, 3.0)
    onset = rng.uniform(0.0, seconds - 0.2)
    path = draw_position(rng, room)[None]
    seed = int(rng.integers(2**31))
    return EventPlan(
        "", -1, (0.0, length), (0.0,), draw_colour(rng), onset, rng.uniform(-14.0, -2.0), path, seed
    )


def _draw_piece(rng: np.random.Generator, seconds: float) -> tuple[float, float]:
    length = min(seconds, rng.uniform(1.0, LONGEST))
    return rng.uniform(0.0, seconds - length), length


def _draw_repeats(rng: np.random.Generator, length: float) -> tuple[float, ...]:
    if length > SHORT or rng.random() < 0.3:
        return (0.0,)
    gaps = rng.uniform(0.05, 0.7, rng.integers(1, 4))
    return (0.0, *np.cumsum(length + gaps).tolist())


def _draw_path(rng: np.random.Generator, room: Room, length: float) -> Floats:
    """A still point, or in a fifth of the longer events a straight walk past the receiver."""
    start = draw_position(rng, room)
    if length < 1.0 or rng.random() > 0.2:
        return start[None]
    end = draw_position(rng, room)
    walk = end - start
    walk *= min(1.0, FASTEST * length / float(np.linalg.norm(walk)))
    path = start + walk * np.linspace(0.0, 1.0, 3 + int(2.0 * length))[:, None]
    near = room.direction(path)[2].min() < NEAREST
    return start[None] if near else path


def _together(event: EventPlan, others: list[EventPlan]) -> int:
    """The most of the other events that sound at one moment of this one."""
    end = event.onset + event.length
    starts = [max(event.onset, other.onset) for other in others]
    reach = FARTHEST / SPEED_OF_SOUND
    return max(
        (
            sum(o.onset <= moment < o.onset + o.length + reach for o in others)
            for moment in [event.onset, *starts]
            if moment < end
        ),
        default=0,
    )
