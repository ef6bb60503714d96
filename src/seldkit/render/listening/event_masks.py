"""Masks that leave of a stereo sound what comes from an event's direction while the event sounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from seldkit.annotations import Event
from seldkit.render.listening.panning import lateral_sine, pan
from seldkit.render.trajectories import Trajectories, Trajectory
from seldkit.types import Flags, Floats, Floats32

Spectrum = NDArray[Any]

SPREAD: Final = 0.2
"""Standard deviation of the lateral sines that a source's level differences show: 12° ahead, more beside."""
REST: Final = 0.01
"""What sound from where no event is weighs against an event's."""
_QUIET: Final = 1e-9


class Masks:
    """Masks for the spectra of a recording's stereo sound, from where its events are.

    The level difference of each bin says from how far left its sound comes. Events that sound at the same
    time share the bins by how near they are to that, except those at one place, which cannot be told apart.
    An event of unknown direction has all bins of its time.

    chosen: the events of `courses` whose sound is wanted.
    """

    def __init__(self, courses: Trajectories, chosen: Sequence[Event]) -> None:
        self._courses = courses
        self._chosen = {id(event) for event in chosen}

    def solo(self, times: Floats, spectrum: Spectrum) -> Spectrum:
        """The chosen events alone, where and as they are in the recording, (2, frames, bins)."""
        claims = self._claims(times, spectrum)
        return np.asarray(spectrum * _mask(self._ours(claims), claims, spectrum.shape[1:]))

    def moved(self, times: Floats, spectrum: Spectrum) -> Spectrum:
        """Each chosen event's sound in one channel, put to where the event was found, (2, frames, bins)."""
        claims = self._claims(times, spectrum)
        out = np.zeros_like(spectrum)
        mono = spectrum.mean(axis=0)  # W of L = W + Y, R = W − Y
        for claim in self._ours(claims):
            alone = mono * _mask([claim], claims, spectrum.shape[1:])
            out += pan(claim.sine).T[..., None].astype(np.float32) * alone
        return out

    def _ours(self, claims: Sequence[_Claim]) -> list[_Claim]:
        return [claim for claim in claims if id(claim.course.event) in self._chosen]

    def _claims(self, times: Floats, spectrum: Spectrum) -> list[_Claim]:
        left, right = np.abs(spectrum)
        seen = (left - right) / (left + right + _QUIET)
        courses = self._courses.between(float(times[0]), float(times[-1]) + _QUIET)
        return [_claim(course, times, seen) for course in courses]


@dataclass(frozen=True, eq=False)
class _Claim:
    """What an event has of the bins.

    active: while it sounds (frames,); known: whether its direction is; sine: its lateral sine (frames,);
    near: how near each bin's level difference is to it, 0 to 1 (frames, bins), 0 while it does not sound.
    """

    course: Trajectory
    active: Flags
    known: bool
    sine: Floats
    near: Floats32


def _claim(course: Trajectory, times: Floats, seen: Floats32) -> _Claim:
    active = (times >= course.event.onset) & (times < course.event.offset)
    azimuth, elevation = course.way(times)
    sine = lateral_sine(azimuth, elevation)
    known = bool(np.isfinite(azimuth).all())
    away = (seen - sine[:, None].astype(np.float32)) / np.float32(SPREAD) if known else np.zeros_like(seen)
    return _Claim(course, active, known, sine, np.exp(-0.5 * away**2) * active[:, None])


def _mask(ours: Sequence[_Claim], all: Sequence[_Claim], shape: tuple[int, ...]) -> Floats32:
    """What our events have of each bin, 0 to 1."""
    wanted = np.zeros(shape, np.float32)
    rivals = np.full(shape, REST, np.float32)
    for claim in ours:
        np.maximum(wanted, claim.near, out=wanted)
    for claim in all:
        if claim.known and claim not in ours:
            rivals += claim.near * _apart(claim, ours)[:, None]
    unknown = [claim.active for claim in ours if not claim.known]
    mask = wanted / (wanted + rivals)
    return np.asarray(np.maximum(mask, np.any(unknown, axis=0)[:, None]) if unknown else mask)


def _apart(rival: _Claim, ours: Sequence[_Claim]) -> Floats32:
    """How far a rival is from the nearest of ours that sounds, 0 to 1 (frames,)."""
    apart = np.ones(len(rival.sine), np.float32)
    for claim in ours:
        away = (rival.sine - claim.sine) / SPREAD
        nearer = 1.0 - np.exp(-0.5 * away**2) * claim.active
        np.minimum(apart, nearer, out=apart, casting="same_kind")
    return apart
