"""Rendering of a plan to a waveform and its annotations."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from seldkit.annotations import FRAME_SECONDS, Annotations
from seldkit.geometry import DCASE2025_CAMERA, Camera, fold_azimuth, is_onscreen
from seldkit.synthesis.activity import ACTIVITY_STEP_SECONDS, active_frames, active_steps
from seldkit.synthesis.ambience import ambience
from seldkit.synthesis.propagation import interpolate_path, propagate
from seldkit.synthesis.receivers import RECEIVERS
from seldkit.synthesis.rooms import SAMPLE_RATE, SPEED_OF_SOUND
from seldkit.synthesis.scene_plan import DEFAULT_BALANCE, EventPlan, ScenePlan, draw_plan
from seldkit.synthesis.sound_library import SoundLibrary
from seldkit.synthesis.sound_variation import normalize_level
from seldkit.types import Flags, Floats, Samples

MAX_AMPLITUDE: Final = 0.98
"""Peak amplitude above which a scene is scaled down."""
MAX_DELAY_SECONDS: Final = 0.05
"""Upper limit of the propagation delay."""
FADE_SECONDS: Final = 0.01
"""Length of the fades at both ends of an excerpt."""


@dataclass(frozen=True, eq=False)
class SynthesizedScene:
    """A rendered scene.

    Attributes:
        waveform: Recording at 24 kHz, shape ``(channels, samples)``.
        spatial: Annotations in all directions, with elevation and distance.
        plan: The plan from which it was rendered.
    """

    waveform: Samples
    spatial: Annotations
    plan: ScenePlan

    @property
    def annotations(self) -> Annotations:
        """Annotations of the task: folded to the front for stereo, in all directions for FOA."""
        if self.plan.receiver == "foa":
            return self.spatial
        return replace(self.spatial, azimuth=fold_azimuth(self.spatial.azimuth), elevation=None)

    def annotations_for_camera(self, camera: Camera = DCASE2025_CAMERA) -> Annotations:
        """Returns the annotations with the on-screen flag for a camera that points ahead.

        Args:
            camera: The camera.

        Returns:
            The annotations. A source is on-screen if its direction is within the field of view.
        """
        assert self.spatial.elevation is not None
        onscreen = is_onscreen(self.spatial.azimuth, self.spatial.elevation, camera=camera)
        return replace(self.annotations, onscreen=np.atleast_1d(onscreen))

    def mirrored(self) -> tuple[Samples, Annotations]:
        """Returns the stereo scene with left and right exchanged.

        Returns:
            Waveform of shape ``(2, samples)`` and annotations.
        """
        return self.waveform[::-1].copy(), self.annotations.mirrored()


def draw_scene(
    seed: int | tuple[int, ...],
    library: SoundLibrary,
    seconds: float = 5.0,
    receiver: str = "coincident",
    balance: float = DEFAULT_BALANCE,
) -> SynthesizedScene:
    """Draws and renders a scene.

    Args:
        seed: Random seed.
        library: Sounds to choose from.
        seconds: Duration in seconds.
        receiver: Name of the receiver in `RECEIVERS`.
        balance: Class balance from 0 to 1, see `draw_plan`.

    Returns:
        The scene. Each event of its plan has labels.
    """
    plan = draw_plan(seed, library, seconds, receiver, balance)
    return render_scene(with_labelled_events(plan, labelled_events(plan, library)), library)


def labelled_events(plan: ScenePlan, library: SoundLibrary) -> tuple[int, ...]:
    """Finds the events of a plan that are active in at least one frame of the scene.

    Others are silent there, or too short, or begin just before its end or end just after its start.

    Args:
        plan: The plan.
        library: Library with the sounds of the plan.

    Returns:
        Indices into the plan's events, ascending.
    """
    return tuple(
        number
        for number, event in enumerate(plan.events)
        if len(_rows(event, dry_event(event, library)[1], 0, plan))
    )


def with_labelled_events(plan: ScenePlan, labelled: Sequence[int]) -> ScenePlan:
    """Moves events without labels to the interferers, so that the plan has as many events as the labels.

    Args:
        plan: The plan.
        labelled: Indices of the events with labels, see `labelled_events`.

    Returns:
        The plan.
    """
    others = (event for number, event in enumerate(plan.events) if number not in labelled)
    return replace(
        plan,
        events=tuple(plan.events[number] for number in labelled),
        interferers=(*plan.interferers, *others),
    )


def render_scene(plan: ScenePlan, library: SoundLibrary) -> SynthesizedScene:
    """Renders a plan. The same plan gives the same samples.

    Args:
        plan: The plan.
        library: Library with the sounds of the plan.

    Returns:
        The scene.
    """
    samples = round(plan.seconds * SAMPLE_RATE)
    receiver = RECEIVERS[plan.receiver]
    noise = ambience(plan.ambience, receiver, samples, np.random.default_rng(plan.seed))
    mix = noise * 10.0 ** (plan.ambience_db / 20.0)
    tables = []
    sources: dict[int, int] = {}
    for number, event in enumerate((*plan.events, *plan.interferers)):
        dry, steps = dry_event(event, library)
        excerpt, path, onset = _crop(dry, event, plan)
        if len(excerpt):
            _add(mix, propagate(excerpt, path, plan.room, receiver, SAMPLE_RATE, number), onset)
        if number < len(plan.events):
            source = sources[event.class_id] = sources.get(event.class_id, -1) + 1
            tables.append(_rows(event, steps, source, plan))
    mix *= 10.0 ** (plan.gain_db / 20.0)
    mix *= min(1.0, MAX_AMPLITUDE / max(float(np.abs(mix).max()), 1e-9))
    frames = round(plan.seconds / FRAME_SECONDS)
    return SynthesizedScene(mix.astype(np.float32), _annotations(tables, frames, library), plan)


def dry_event(event: EventPlan, library: SoundLibrary) -> tuple[Floats, Flags]:
    """Computes the dry signal of an event and its activity.

    Args:
        event: The event.
        library: Library with the sound of the event.

    Returns:
        Signal at 24 kHz of shape ``(samples,)`` and the activity of each step of 10 ms, shape ``(steps,)``.
    """
    start, length = (round(value * SAMPLE_RATE) for value in event.excerpt)
    if event.sound:
        excerpt = library.waveform(library.sound(event.sound))[start : start + length]
    else:
        excerpt = interferer_signal(length, np.random.default_rng(event.seed))
    excerpt = event.variation.apply(_fade_ends(excerpt))
    dry = np.zeros(round(event.repeats[-1] * SAMPLE_RATE) + len(excerpt))
    for repeat in event.repeats:
        at = round(repeat * SAMPLE_RATE)
        dry[at : at + len(excerpt)] += excerpt[: len(dry) - at]
    steps = active_steps(dry, SAMPLE_RATE)
    return normalize_level(dry, steps, event.gain_db), steps


def interferer_signal(samples: int, rng: np.random.Generator) -> Floats:
    """Generates a sound that belongs to no class: a hum, a sweep, or a burst of filtered noise.

    Args:
        samples: Number of samples.
        rng: Random number generator.

    Returns:
        Signal at 24 kHz of shape ``(samples,)``.
    """
    time = np.arange(samples) / SAMPLE_RATE
    kind = rng.integers(3)
    if kind == 0:
        pitch = rng.uniform(50.0, 400.0)
        tones = [np.sin(2 * np.pi * pitch * k * time + rng.uniform(0, 6.3)) / k for k in range(1, 6)]
        return np.asarray(np.sum(tones, axis=0))
    if kind == 1:
        start, end = np.exp(rng.uniform(np.log(200.0), np.log(6000.0), 2))
        return np.asarray(np.sin(2 * np.pi * np.cumsum(np.linspace(start, end, samples)) / SAMPLE_RATE))
    centre, octaves = np.exp(rng.uniform(np.log(200.0), np.log(8000.0))), rng.uniform(0.3, 1.5)
    frequencies = np.fft.rfftfreq(samples, 1.0 / SAMPLE_RATE)
    response = np.exp(-0.5 * (np.log2(np.maximum(frequencies, 1.0) / centre) / octaves) ** 2)
    spectrum = np.fft.rfft(rng.standard_normal(samples)) * response
    return np.asarray(np.fft.irfft(spectrum, samples) * np.exp(-time * rng.uniform(0.0, 6.0)))


def _crop(dry: Floats, event: EventPlan, plan: ScenePlan) -> tuple[Floats, Floats, float]:
    """The audible part of an event, its trajectory, and its onset in seconds.

    A part before the scene is audible as long as its reverberation lasts.
    """
    total = max(1, len(dry))
    first = max(0, math.floor((-event.onset - plan.room.rt60 - MAX_DELAY_SECONDS) * SAMPLE_RATE))
    last = min(total, math.ceil((plan.seconds - event.onset) * SAMPLE_RATE))
    path = event.points
    if len(path) > 1 and (first > 0 or last < total):
        path = interpolate_path(path, np.linspace(first / total, last / total, len(path)))
    return dry[first : max(first, last)], path, event.onset + first / SAMPLE_RATE


def _fade_ends(excerpt: Floats) -> Floats:
    ramp = min(len(excerpt) // 2, int(FADE_SECONDS * SAMPLE_RATE))
    envelope = np.ones(len(excerpt))
    envelope[:ramp] = np.linspace(0.0, 1.0, ramp)
    envelope[len(excerpt) - ramp :] = envelope[:ramp][::-1]
    return excerpt * envelope


def _add(mix: Floats, signal: Floats, onset: float) -> None:
    at = round(onset * SAMPLE_RATE)
    signal = signal[:, max(0, -at) :][:, : max(0, mix.shape[1] - max(0, at))]
    mix[:, max(0, at) : max(0, at) + signal.shape[1]] += signal


def _rows(event: EventPlan, steps: Flags, source: int, plan: ScenePlan) -> Floats:
    """The event's rows (n, 6): frame, class, source, azimuth, elevation, distance."""
    arrival = event.onset + plan.room.direction(event.points)[2].mean() / SPEED_OF_SOUND
    shift = round(arrival / ACTIVITY_STEP_SECONDS)
    shifted = np.pad(steps, (max(0, shift), 0))[max(0, -shift) :]
    frames = np.flatnonzero(active_frames(shifted, round(plan.seconds / FRAME_SECONDS)))
    times = (frames + 0.5) * FRAME_SECONDS - event.onset
    grid = np.linspace(0.0, len(steps) * ACTIVITY_STEP_SECONDS, len(event.path))
    points = np.stack([np.interp(times, grid, axis) for axis in event.points.T], axis=1)
    azimuth, elevation, distance = plan.room.direction(points)
    fixed = np.broadcast_to([[event.class_id], [source]], (2, len(frames)))
    return np.stack([frames, *fixed, azimuth, elevation, distance], axis=1)


def _annotations(tables: list[Floats], frames: int, library: SoundLibrary) -> Annotations:
    rows = np.concatenate([np.zeros((0, 6)), *tables])
    frame, class_id, source, azimuth, elevation, distance = rows.T
    table = Annotations(
        frame, class_id, source, azimuth, distance, frames, elevation=elevation, classes=library.classes
    )
    return table.sorted()
