"""Time-frequency masks that extract the audio of an event from stereo by its direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from seldkit.annotations import Event
from seldkit.render.auralization.overlap_add import Spectrum
from seldkit.render.auralization.panning import lateral_sine, stereo_gains
from seldkit.render.trajectories import Trajectories, Trajectory
from seldkit.types import Flags, Floats, Floats32

LATERAL_SINE_STD: Final = 0.2
"""Standard deviation of the lateral sine that a source's level differences indicate (12° at the front)."""
BACKGROUND_WEIGHT: Final = 0.01
"""Weight of audio from other directions relative to that of an event."""
_EPSILON: Final = 1e-9


class EventMasks:
    """Masks for the stereo spectrum of a recording, computed from the directions of its events.

    The level difference of each bin indicates a lateral sine. Simultaneous events share the bins by a
    Gaussian of the difference between that sine and their own. Events in the same direction cannot be
    separated and each get the full bins. An event of unknown direction gets all bins of its time.

    Args:
        trajectories: All events of the recording.
        selected: Events to extract.
    """

    def __init__(self, trajectories: Trajectories, selected: Sequence[Event]) -> None:
        self._trajectories = trajectories
        self._selected = {id(event) for event in selected}

    def extract(self, times: Floats, spectrum: Spectrum) -> Spectrum:
        """Extracts the selected events with their level difference.

        Args:
            times: Centre times of the frames in seconds. Shape ``(frames,)``.
            spectrum: Stereo spectrum. Shape ``(2, frames, bins)``.

        Returns:
            Masked spectrum. Shape ``(2, frames, bins)``.
        """
        weights = self._weights(times, spectrum)
        return np.asarray(spectrum * _mask(self._of_selected(weights), weights, spectrum.shape[1:]))

    def reposition(self, times: Floats, spectrum: Spectrum) -> Spectrum:
        """Extracts the selected events, mixes them to mono and pans them to their detected directions.

        Args:
            times: Centre times of the frames in seconds. Shape ``(frames,)``.
            spectrum: Stereo spectrum. Shape ``(2, frames, bins)``.

        Returns:
            Sum of the events. Shape ``(2, frames, bins)``.
        """
        weights = self._weights(times, spectrum)
        output = np.zeros_like(spectrum)
        mono = spectrum.mean(axis=0)  # W, because L = W + Y and R = W − Y
        for weight in self._of_selected(weights):
            masked = mono * _mask([weight], weights, spectrum.shape[1:])
            output += stereo_gains(weight.sine).T[..., None].astype(np.float32) * masked
        return output

    def _of_selected(self, weights: Sequence[_Weight]) -> list[_Weight]:
        return [weight for weight in weights if id(weight.trajectory.event) in self._selected]

    def _weights(self, times: Floats, spectrum: Spectrum) -> list[_Weight]:
        left, right = np.abs(spectrum)
        measured = (left - right) / (left + right + _EPSILON)
        active = self._trajectories.between(float(times[0]), float(times[-1]) + _EPSILON)
        return [_weight(trajectory, times, measured) for trajectory in active]


@dataclass(frozen=True, eq=False)
class _Weight:
    """Weight of an event in each bin.

    Attributes:
        trajectory: The event.
        active: Whether it is active (frames,).
        is_known: Whether its direction is known.
        sine: Its lateral sine (frames,).
        share: Gaussian of the distance to the measured lateral sine (frames, bins), 0 while inactive.
    """

    trajectory: Trajectory
    active: Flags
    is_known: bool
    sine: Floats
    share: Floats32


def _weight(trajectory: Trajectory, times: Floats, measured: Floats32) -> _Weight:
    active = (times >= trajectory.event.onset) & (times < trajectory.event.offset)
    azimuth, elevation = trajectory.directions(times)
    sine = lateral_sine(azimuth, elevation)
    known = bool(np.isfinite(azimuth).all())
    if known:
        deviation = (measured - sine[:, None].astype(np.float32)) / np.float32(LATERAL_SINE_STD)
    else:
        deviation = np.zeros_like(measured)
    return _Weight(trajectory, active, known, sine, np.exp(-0.5 * deviation**2) * active[:, None])


def _mask(selected: Sequence[_Weight], all: Sequence[_Weight], shape: tuple[int, ...]) -> Floats32:
    """Returns the share of the selected events in each bin, 0 to 1."""
    target = np.zeros(shape, np.float32)
    others = np.full(shape, BACKGROUND_WEIGHT, np.float32)
    for weight in selected:
        np.maximum(target, weight.share, out=target)
    for weight in all:
        if weight.is_known and weight not in selected:
            others += weight.share * _separation(weight, selected)[:, None]
    unknown = [weight.active for weight in selected if not weight.is_known]
    mask = target / (target + others)
    return np.asarray(np.maximum(mask, np.any(unknown, axis=0)[:, None]) if unknown else mask)


def _separation(other: _Weight, selected: Sequence[_Weight]) -> Floats32:
    """Returns how separable an event is from the nearest active selected one, 0 to 1 (frames,)."""
    separation = np.ones(len(other.sine), np.float32)
    for weight in selected:
        deviation = (other.sine - weight.sine) / LATERAL_SINE_STD
        separable = 1.0 - np.exp(-0.5 * deviation**2) * weight.active
        np.minimum(separation, separable, out=separation, casting="same_kind")
    return separation
