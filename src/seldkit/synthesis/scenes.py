"""Labelled scenes: a plan rendered to a stereo waveform and the annotations that belong to it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seldkit.annotations import FRAME_SECONDS, Annotations
from seldkit.synthesis.activity import STEP_SECONDS, active_frames, active_steps
from seldkit.synthesis.ambience import ambience, interferer
from seldkit.synthesis.effects import levelled
from seldkit.synthesis.plans import EventPlan, ScenePlan, draw_plan
from seldkit.synthesis.rooms import SAMPLE_RATE, SPEED_OF_SOUND, mid_side_responses, to_stereo
from seldkit.synthesis.sounds import SoundLibrary

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scene:
    """A rendered scene.

    waveform: (2, samples) at 24 kHz, left and right; annotations: what sounds in it, azimuth folded to
    [−90, 90]; plan: what it was rendered from.
    """

    waveform: NDArray[np.float32]
    annotations: Annotations
    plan: ScenePlan

    def mirrored(self) -> tuple[NDArray[np.float32], Annotations]:
        """The same scene with left and right exchanged: waveform and annotations."""
        return self.waveform[::-1].copy(), self.annotations.mirrored()


def draw_scene(seed: int | tuple[int, ...], library: SoundLibrary, seconds: float = 5.0) -> Scene:
    """A scene drawn and rendered from one seed."""
    return render_scene(draw_plan(seed, library, seconds), library)


def render_scene(plan: ScenePlan, library: SoundLibrary) -> Scene:
    """Waveform and annotations of a plan; the same plan gives the same samples."""
    samples = round(plan.seconds * SAMPLE_RATE)
    noise = ambience(plan.ambience, samples, np.random.default_rng(plan.seed))
    mix = noise * 10.0 ** (plan.ambience_db / 20.0)
    tables = []
    sources: dict[int, int] = {}
    for event in (*plan.events, *plan.interferers):
        dry, steps = dry_event(event, library)
        _add(mix, spatialised(dry, event, plan), event.onset)
        if event.sound:
            source = sources[event.class_id] = sources.get(event.class_id, -1) + 1
            tables.append(_rows(event, steps, source, plan))
    stereo = to_stereo(mix) * 10.0 ** (plan.gain_db / 20.0)
    stereo *= min(1.0, 0.98 / max(float(np.abs(stereo).max()), 1e-9))
    frames = round(plan.seconds / FRAME_SECONDS)
    return Scene(stereo.astype(np.float32), _table(tables, frames, library.classes), plan)


def dry_event(event: EventPlan, library: SoundLibrary) -> tuple[Floats, NDArray[np.bool_]]:
    """The event's own sound (samples,) before the room, and its activity in steps of 10 ms."""
    start, length = (round(value * SAMPLE_RATE) for value in event.piece)
    if event.sound:
        piece = library.waveform(library.named(event.sound))[start : start + length]
    else:
        piece = interferer(length, np.random.default_rng(event.seed))
    piece = event.colour.apply(_faded(piece))
    dry = np.zeros(round(event.repeats[-1] * SAMPLE_RATE) + len(piece))
    for repeat in event.repeats:
        at = round(repeat * SAMPLE_RATE)
        dry[at : at + len(piece)] += piece[: len(dry) - at]
    steps = active_steps(dry, SAMPLE_RATE)
    return levelled(dry, steps, event.gain_db), steps


def spatialised(dry: Floats, event: EventPlan, plan: ScenePlan) -> Floats:
    """The event's mid-side signal (2, samples) at the receiver.

    A moving source is heard through the responses of the points on its path, cross-faded in time.
    """
    from scipy.signal import oaconvolve

    responses = mid_side_responses(plan.room, event.path)
    weights = _crossfades(len(dry), len(responses))
    length = len(dry) + max(response.shape[1] for response in responses) - 1
    heard = np.zeros((2, length))
    for weight, response in zip(weights, responses, strict=True):
        part = oaconvolve((dry * weight)[None], response, axes=1)
        heard[:, : part.shape[1]] += part
    return heard


def _crossfades(samples: int, points: int) -> Floats:
    """Weights (points, samples) that go linearly from one point to the next and sum to 1."""
    if points == 1:
        return np.ones((1, samples))
    where = np.linspace(0.0, points - 1.0, samples)
    return np.maximum(0.0, 1.0 - np.abs(where - np.arange(points)[:, None]))


def _faded(piece: Floats) -> Floats:
    """10 ms in and out, so that a cut does not click."""
    ramp = min(len(piece) // 2, int(0.01 * SAMPLE_RATE))
    shape = np.ones(len(piece))
    shape[:ramp] = np.linspace(0.0, 1.0, ramp)
    shape[len(piece) - ramp :] = shape[:ramp][::-1]
    return piece * shape


def _add(mix: Floats, heard: Floats, onset: float) -> None:
    at = round(onset * SAMPLE_RATE)
    heard = heard[:, max(0, -at) :][:, : max(0, mix.shape[1] - max(0, at))]
    mix[:, max(0, at) : max(0, at) + heard.shape[1]] += heard


def _rows(event: EventPlan, steps: NDArray[np.bool_], source: int, plan: ScenePlan) -> Floats:
    """The event's rows (n, 5): frame, class, source, azimuth, distance."""
    lead = event.onset + plan.room.direction(event.path)[2].mean() / SPEED_OF_SOUND
    shift = round(lead / STEP_SECONDS)
    placed = np.pad(steps, (max(0, shift), 0))[max(0, -shift) :]
    frames = np.flatnonzero(active_frames(placed, round(plan.seconds / FRAME_SECONDS)))
    moment = (frames + 0.5) * FRAME_SECONDS - event.onset
    along = np.linspace(0.0, len(steps) * STEP_SECONDS, len(event.path))
    points = np.stack([np.interp(moment, along, axis) for axis in event.path.T], axis=1)
    azimuth, _, distance = plan.room.direction(points)
    fixed = np.broadcast_to([[event.class_id], [source]], (2, len(frames)))
    return np.stack([frames, *fixed, _folded(azimuth), distance], axis=1)


def _folded(azimuth: Floats) -> Floats:
    return np.asarray(np.where(np.abs(azimuth) > 90.0, np.sign(azimuth) * 180.0 - azimuth, azimuth))


def _table(tables: list[Floats], frames: int, classes: tuple[str, ...]) -> Annotations:
    if not tables:
        return Annotations.empty(frames, classes)
    frame, class_id, source, azimuth, distance = np.concatenate(tables).T
    return Annotations(frame, class_id, source, azimuth, distance, frames, classes=classes).sorted()
