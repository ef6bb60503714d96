"""Labelled scenes: a plan rendered to a waveform and the annotations that belong to it."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seldkit.annotations import FRAME_SECONDS, Annotations
from seldkit.classes import ClassVocabulary
from seldkit.geometry import DCASE2025_CAMERA, Camera, fold_azimuth, is_onscreen
from seldkit.synthesis.activity import ACTIVITY_STEP_SECONDS, active_frames, active_steps
from seldkit.synthesis.ambience import ambience
from seldkit.synthesis.interferers import interferer
from seldkit.synthesis.propagation import interpolate_path, propagate
from seldkit.synthesis.receivers import RECEIVERS
from seldkit.synthesis.rooms import SAMPLE_RATE, SPEED_OF_SOUND
from seldkit.synthesis.scene_plan import DEFAULT_BALANCE, EventPlan, ScenePlan, draw_plan
from seldkit.synthesis.sound_library import SoundLibrary
from seldkit.synthesis.sound_variation import normalize_level
from seldkit.types import Flags, Floats

PEAK: Final = 0.98
LEAD_SECONDS: Final = 0.05
"""More than the sound takes from the farthest source."""


@dataclass(frozen=True, eq=False)
class SynthesizedScene:
    """A rendered scene.

    waveform: (channels, samples) at 24 kHz; spatial: what sounds in it, all around the receiver, with
    elevation and distance; plan: what it was rendered from.
    """

    waveform: NDArray[np.float32]
    spatial: Annotations
    plan: ScenePlan

    @property
    def annotations(self) -> Annotations:
        """The labels as the recording's kind has them: folded to the front for stereo, all around for FOA."""
        if self.plan.receiver == "foa":
            return self.spatial
        return replace(self.spatial, azimuth=fold_azimuth(self.spatial.azimuth), elevation=None)

    def seen_by(self, camera: Camera = DCASE2025_CAMERA) -> Annotations:
        """The labels with the on-screen flag of a camera that looks ahead: is a source in its view?"""
        assert self.spatial.elevation is not None
        onscreen = is_onscreen(self.spatial.azimuth, self.spatial.elevation, camera=camera)
        return replace(self.annotations, onscreen=np.atleast_1d(onscreen))

    def mirrored(self) -> tuple[NDArray[np.float32], Annotations]:
        """The same stereo scene with left and right exchanged: waveform and annotations."""
        return self.waveform[::-1].copy(), self.annotations.mirrored()


def draw_scene(
    seed: int | tuple[int, ...],
    library: SoundLibrary,
    seconds: float = 5.0,
    receiver: str = "coincident",
    balance: float = DEFAULT_BALANCE,
) -> SynthesizedScene:
    """A scene drawn and rendered from one seed; `draw_plan` says what the rest is."""
    return render_scene(draw_plan(seed, library, seconds, receiver, balance), library)


def render_scene(plan: ScenePlan, library: SoundLibrary) -> SynthesizedScene:
    """Waveform and annotations of a plan; the same plan gives the same samples."""
    samples = round(plan.seconds * SAMPLE_RATE)
    receiver = RECEIVERS[plan.receiver]
    noise = ambience(plan.ambience, receiver, samples, np.random.default_rng(plan.seed))
    mix = noise * 10.0 ** (plan.ambience_db / 20.0)
    tables = []
    sources: dict[int, int] = {}
    for number, event in enumerate((*plan.events, *plan.interferers)):
        dry, steps = dry_event(event, library)
        piece, path, onset = _within(dry, event, plan)
        if len(piece):
            _add(mix, propagate(piece, path, plan.room, receiver, SAMPLE_RATE, number), onset)
        if event.sound:
            source = sources[event.class_id] = sources.get(event.class_id, -1) + 1
            tables.append(_rows(event, steps, source, plan))
    mix *= 10.0 ** (plan.gain_db / 20.0)
    mix *= min(1.0, PEAK / max(float(np.abs(mix).max()), 1e-9))
    frames = round(plan.seconds / FRAME_SECONDS)
    return SynthesizedScene(mix.astype(np.float32), _table(tables, frames, library.classes), plan)


def dry_event(event: EventPlan, library: SoundLibrary) -> tuple[Floats, Flags]:
    """The event's own sound (samples,) before the room, and its activity in steps of 10 ms."""
    start, length = (round(value * SAMPLE_RATE) for value in event.piece)
    if event.sound:
        piece = library.waveform(library.sound(event.sound))[start : start + length]
    else:
        piece = interferer(length, np.random.default_rng(event.seed))
    piece = event.colour.apply(_faded(piece))
    dry = np.zeros(round(event.repeats[-1] * SAMPLE_RATE) + len(piece))
    for repeat in event.repeats:
        at = round(repeat * SAMPLE_RATE)
        dry[at : at + len(piece)] += piece[: len(dry) - at]
    steps = active_steps(dry, SAMPLE_RATE)
    return normalize_level(dry, steps, event.gain_db), steps


def _within(dry: Floats, event: EventPlan, plan: ScenePlan) -> tuple[Floats, Floats, float]:
    """The part of an event that the scene can hear, its path, and its onset in seconds.

    What was over before the scene begins counts as long as the room rings.
    """
    total = max(1, len(dry))
    first = max(0, math.floor((-event.onset - plan.room.rt60 - LEAD_SECONDS) * SAMPLE_RATE))
    last = min(total, math.ceil((plan.seconds - event.onset) * SAMPLE_RATE))
    path = event.points
    if len(path) > 1 and (first > 0 or last < total):
        share = np.linspace(first / total, last / total, len(path))
        path = interpolate_path(path, share)
    return dry[first : max(first, last)], path, event.onset + first / SAMPLE_RATE


def _faded(piece: Floats) -> Floats:
    """10 ms in and out, so that a cut does not click."""
    ramp = min(len(piece) // 2, int(0.01 * SAMPLE_RATE))
    shape = np.ones(len(piece))
    shape[:ramp] = np.linspace(0.0, 1.0, ramp)
    shape[len(piece) - ramp :] = shape[:ramp][::-1]
    return piece * shape


def _add(mix: Floats, sound: Floats, onset: float) -> None:
    at = round(onset * SAMPLE_RATE)
    sound = sound[:, max(0, -at) :][:, : max(0, mix.shape[1] - max(0, at))]
    mix[:, max(0, at) : max(0, at) + sound.shape[1]] += sound


def _rows(event: EventPlan, steps: Flags, source: int, plan: ScenePlan) -> Floats:
    """The event's rows (n, 6): frame, class, source, azimuth, elevation, distance."""
    lead = event.onset + plan.room.direction(event.points)[2].mean() / SPEED_OF_SOUND
    shift = round(lead / ACTIVITY_STEP_SECONDS)
    placed = np.pad(steps, (max(0, shift), 0))[max(0, -shift) :]
    frames = np.flatnonzero(active_frames(placed, round(plan.seconds / FRAME_SECONDS)))
    moment = (frames + 0.5) * FRAME_SECONDS - event.onset
    interpolate_path = np.linspace(0.0, len(steps) * ACTIVITY_STEP_SECONDS, len(event.path))
    points = np.stack([np.interp(moment, interpolate_path, axis) for axis in event.points.T], axis=1)
    azimuth, elevation, distance = plan.room.direction(points)
    fixed = np.broadcast_to([[event.class_id], [source]], (2, len(frames)))
    return np.stack([frames, *fixed, azimuth, elevation, distance], axis=1)


def _table(tables: list[Floats], frames: int, classes: ClassVocabulary) -> Annotations:
    rows = np.concatenate([np.zeros((0, 6)), *tables])
    frame, class_id, source, azimuth, elevation, distance = rows.T
    table = Annotations(
        frame, class_id, source, azimuth, distance, frames, elevation=elevation, classes=classes
    )
    return table.sorted()
