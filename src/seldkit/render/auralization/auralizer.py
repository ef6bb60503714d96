"""Listening checks: a recording mixed with audio rendered from the directions of its detected events."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from seldkit.annotations import Event
from seldkit.channels import ChannelLayout
from seldkit.media import AudioInfo, probe
from seldkit.media.audio_replacement import require_audio_suffix, supported_sample_rate, write_stereo_audio
from seldkit.media.containers import SAMPLE_RATES_HZ
from seldkit.render.annotated_video import require_other_file
from seldkit.render.auralization.event_selection import select_events
from seldkit.render.auralization.mixing import (
    RENDER_MODES,
    Mixer,
    RecordingAudio,
    RenderMode,
    rms_during_events,
)
from seldkit.render.trajectories import Trajectories
from seldkit.types import Samples, SecondsProgress

DEFAULT_ORIGINAL_DB: Final = -6.0
"""Gain of the recording in the mix."""
DEFAULT_SAMPLE_RATE_HZ: Final = 48000
"""Sample rate of the output if that of the recording is out of range."""
MAX_PEAK: Final = 10.0 ** (-1.0 / 20.0)
"""Maximum amplitude (−1 dBFS), because lossy codecs overshoot."""
MIN_GAIN: Final = 10.0 ** (-24.0 / 20.0)
"""Minimum gain against clipping. Higher peaks are taken for damage and are clipped."""
READ_PASSES: Final = 3
"""Number of times that the recording is read."""


@dataclass(frozen=True)
class Auralization:
    """A listening check that was written.

    Attributes:
        path: Audio or video file.
        samples: Number of samples, the same as in the recording.
        sample_rate: Sample rate in Hz.
        gain: Gain in dB that was applied to prevent clipping, at most 0.
        notes: Remarks on lost or changed data, one line each.
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
    mode: RenderMode | None = "noise",
    original: float = DEFAULT_ORIGINAL_DB,
    solo: Sequence[int | str] = (),
    layout: ChannelLayout | None = None,
    progress: SecondsProgress | None = None,
) -> Auralization:
    """Mixes a recording with audio rendered from the directions of its events.

    The output is stereo and has as many samples as the recording. L = W + Y and R = W − Y, so that a source
    at azimuth φ is 20 log10((1 + sin φ) / (1 − sin φ)) dB louder on the left. A source of unknown direction
    is rendered at the centre. Memory use does not grow with the duration.

    Args:
        events: Detected events.
        source: Recording, an audio or video file.
        output: File to write: .wav, .flac or .m4a, or .mp4, .mov or .mkv with the unchanged video stream of
            the recording.
        mode: "noise": bursts of noise whose level decreases with distance. "sound": the audio of the event,
            extracted by its direction, mixed to mono and panned to the detected direction. None: nothing.
        original: Gain of the recording in dB, at most 0; −inf omits it. During a burst it is 12 dB lower.
            Ignored if `mode` is None.
        solo: Event numbers or class names. Only these events are rendered, and the recording is masked to
            them by time and level difference.
        layout: Channel layout of the source if its file does not declare it. Ambisonics are mixed to stereo.
        progress: Called with the seconds of the recording that are done.

    Returns:
        Path, length and notes of the written file.

    Raises:
        MediaError: The source cannot be read or the output cannot be written.
        SeldkitError: No event has a number or class of `solo`.
        ValueError: `mode` or `original` is out of range.
    """
    source, output = Path(source), Path(output)
    if not original <= 0.0 or (mode is not None and mode not in RENDER_MODES):
        raise ValueError(
            f"expected original of at most 0 dB and mode noise, sound or None; got {original} dB and {mode!r}"
        )
    require_audio_suffix(output)
    require_other_file(source, output)
    selected = select_events(events, solo, source)
    info = probe(source)
    rate, resampling_note = _sample_rate(info.audio, output)
    recording, passes = RecordingAudio(source, rate, layout), _Passes(progress, info.duration or 0.0)
    level = rms_during_events(recording.blocks(passes.next()), rate, Trajectories(selected))
    mixer = Mixer(events, selected, rate, mode=mode, original=original, solo=bool(solo), level=level)
    mixed = mixer.mix(recording.blocks(passes.next()))
    peak = max((float(np.abs(block).max()) for block in mixed), default=0.0)
    gain = max(MIN_GAIN, min(1.0, MAX_PEAK / max(peak, 1e-9)))
    blocks = _WithGain(mixer.mix(recording.blocks(passes.next())), gain)
    write_stereo_audio(output, blocks, rate, source)
    gain_db = 20.0 * math.log10(gain)
    notes = [*recording.notes, resampling_note, _gain_note(gain_db), _centre_note(selected, bool(solo))]
    return Auralization(output, blocks.samples, rate, gain_db, tuple(note for note in notes if note))


class _WithGain:
    """Applies a gain to blocks and counts their samples."""

    def __init__(self, blocks: Iterable[Samples], gain: float) -> None:
        self._blocks, self._gain = blocks, np.float32(gain)
        self.samples = 0

    def __iter__(self) -> Iterator[Samples]:
        for block in self._blocks:
            self.samples += block.shape[1]
            yield block * self._gain


class _Passes:
    """Progress over several passes through a recording, in seconds of the recording."""

    def __init__(self, progress: SecondsProgress | None, seconds: float) -> None:
        self._progress, self._seconds, self._done = progress, seconds, 0

    def next(self) -> SecondsProgress | None:
        """Returns the progress callback of the next pass."""
        if self._progress is None:
            return None
        report, before = self._progress, self._done * self._seconds
        self._done += 1
        return lambda seconds: report((before + seconds) / READ_PASSES)


def _sample_rate(audio: AudioInfo | None, output: Path) -> tuple[int, str | None]:
    """Returns the sample rate of the output in Hz, and a note if it differs from that of the recording."""
    rate = DEFAULT_SAMPLE_RATE_HZ if audio is None else audio.sample_rate
    rate = rate if rate in SAMPLE_RATES_HZ else DEFAULT_SAMPLE_RATE_HZ
    supported = supported_sample_rate(output.suffix, rate)
    if supported == rate:
        return rate, None
    return supported, f"resampled to {supported} Hz, because {output.suffix} does not support {rate} Hz"


def _gain_note(gain_db: float) -> str | None:
    return f"attenuated by {-gain_db:.1f} dB to prevent clipping" if gain_db < 0 else None


def _centre_note(selected: Sequence[Event], solo: bool) -> str | None:
    unknown = [event for event in selected if not np.isfinite(event.trajectory.azimuth).any()]
    if not unknown:
        return None
    masked = " and masked by time only" if solo else ""
    return f"{len(unknown)} event(s) of unknown direction: rendered at the centre{masked}"
