"""A listening check: a recording with its events rendered back from where they were found."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from seldkit.annotations import Event
from seldkit.channels import ChannelLayout
from seldkit.errors import MediaError
from seldkit.media import AudioInfo, probe
from seldkit.media.audio_replacement import require_audio_suffix, supported_sample_rate, write_stereo_audio
from seldkit.media.containers import SAMPLE_RATES_HZ, printable
from seldkit.render.listening.event_selection import chosen_events
from seldkit.render.listening.mixing import (
    MANNERS,
    Mix,
    RecordingAudio,
    RenderMode,
    level_while_sounding,
)
from seldkit.render.trajectories import Trajectories
from seldkit.types import Samples, SecondsProgress

BENEATH: Final = -6.0
"""Decibels of the recording beneath what is rendered."""
CEILING: Final = 10.0 ** (-1.0 / 20.0)
"""The highest peak that is written: lossy codecs go beyond what they are given."""
MOST_TURNED_DOWN: Final = 10.0 ** (-24.0 / 20.0)
"""Peaks more than this above full scale are damage, for which nothing else is made inaudible: they clip."""
PASSES: Final = 3


@dataclass(frozen=True)
class Auralization:
    """A written listening check.

    samples: how many, at `sample_rate` a second: as many as the recording has. gain: decibels by which all
    of it was turned down so that nothing clips, 0 or less. notes: what a listener should know.
    """

    path: Path
    samples: int
    sample_rate: int
    gain: float
    notes: tuple[str, ...] = ()


def auralize(
    events: Sequence[Event],
    source: str | Path,
    output: str | Path,
    *,
    manner: RenderMode | None = "noise",
    original: float = BENEATH,
    solo: Sequence[int | str] = (),
    layout: ChannelLayout | None = None,
    progress: SecondsProgress | None = None,
) -> Auralization:
    """Render events back from where they were found, beside the recording `source`, into `output`.

    The sound is stereo, as long as the recording's to the sample; L = W + Y and R = W − Y, so that a source
    at azimuth φ is 20 log10((1 + sin φ) / (1 − sin φ)) dB louder on the left; one of unknown direction is in
    the middle. It goes into a .wav, .flac or .m4a, or into a .mp4, .mov or .mkv with the recording's pictures
    as they are. Memory does not grow with the length.

    manner: "noise" has bursts of noise, quieter the farther the event is; "sound" has the event's own sound,
        cut out of the recording by its direction, made one channel and put to where it was found. None
        renders nothing.
    original: decibels of the recording beneath, which is 12 dB lower still while a burst sounds; −inf leaves
        it out. Without a manner it has its own level.
    solo: numbers of events, or names of classes; only these are rendered, and all else is masked out of the
        recording by time and level difference.
    layout: the channel layout of the source where its file does not declare it; ambisonics become stereo.
    progress: called with the seconds of the recording that are done.
    Raises MediaError where the source cannot be read or the output cannot be written, SeldkitError where no
    event is of the number or class to solo.
    """
    source, output = Path(source), Path(output)
    if not original <= 0.0 or (manner is not None and manner not in MANNERS):
        raise ValueError(f"expected at most 0 dB and noise, sound or None, got {original} dB and {manner!r}")
    _check(source, output)
    chosen = chosen_events(events, solo, source)
    info = probe(source)
    rate, resampled = _rates(info.audio, output)
    recording, steps = RecordingAudio(source, rate, layout), _Steps(progress, info.duration or 0.0)
    level = level_while_sounding(recording.blocks(steps.next()), rate, Trajectories(chosen))
    mix = Mix(events, chosen, rate, manner=manner, original=original, solo=bool(solo), level=level)
    peak = max((float(np.abs(block).max()) for block in mix.of(recording.blocks(steps.next()))), default=0.0)
    gain = max(MOST_TURNED_DOWN, min(1.0, CEILING / max(peak, 1e-9)))
    turned = _TurnedDown(mix.of(recording.blocks(steps.next())), gain)
    write_stereo_audio(output, turned, rate, source)
    decibels = 20.0 * math.log10(gain)
    notes = [*recording.notes, resampled, _loudness_note(decibels), _unplaced_note(chosen, bool(solo))]
    return Auralization(output, turned.samples, rate, decibels, tuple(note for note in notes if note))


class _TurnedDown:
    """Blocks as loud as they are to be; samples: how many there were so far."""

    def __init__(self, blocks: Iterable[Samples], gain: float) -> None:
        self._blocks, self._gain = blocks, np.float32(gain)
        self.samples = 0

    def __iter__(self) -> Iterator[Samples]:
        for block in self._blocks:
            self.samples += block.shape[1]
            yield block * self._gain


class _Steps:
    """The progress of several readings of one recording, in seconds of it."""

    def __init__(self, progress: SecondsProgress | None, seconds: float) -> None:
        self._progress, self._seconds, self._done = progress, seconds, 0

    def next(self) -> SecondsProgress | None:
        """That of the next reading."""
        if self._progress is None:
            return None
        told, before = self._progress, self._done * self._seconds
        self._done += 1
        return lambda seconds: told((before + seconds) / PASSES)


def _check(source: Path, output: Path) -> None:
    require_audio_suffix(output)
    if output.exists() and source.exists() and output.samefile(source):
        raise MediaError(f"{printable(output)}: would be written over its own source; give another name")


def _rates(sound: AudioInfo | None, output: Path) -> tuple[int, str | None]:
    """Samples a second of what is written, and what there is to say about it."""
    rate = sound.sample_rate if sound is not None and sound.sample_rate in SAMPLE_RATES_HZ else 48000
    written = supported_sample_rate(output.suffix, rate)
    if written == rate:
        return rate, None
    return written, f"{output.suffix} cannot hold {rate} samples a second: resampled to {written}"


def _loudness_note(decibels: float) -> str | None:
    return f"turned down by {-decibels:.1f} dB, so that nothing clips" if decibels < 0 else None


def _unplaced_note(chosen: Sequence[Event], solo: bool) -> str | None:
    unplaced = [event for event in chosen if not np.isfinite(event.trajectory.azimuth).any()]
    if not unplaced:
        return None
    masked = " and masked by time alone" if solo else ""
    return f"of {len(unplaced)} event(s) no direction is known: heard in the middle{masked}"
