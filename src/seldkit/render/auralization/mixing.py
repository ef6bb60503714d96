"""Mix of a recording with the audio rendered for its events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Literal, get_args

import numpy as np

from seldkit.annotations import Event
from seldkit.channels import ChannelLayout
from seldkit.media import AudioReader
from seldkit.render.auralization.event_masks import EventMasks
from seldkit.render.auralization.noise_bursts import NoiseBursts
from seldkit.render.auralization.overlap_add import Spectrum, process_spectrum
from seldkit.render.trajectories import Trajectories
from seldkit.types import Floats, Samples, SecondsProgress

RenderMode = Literal["noise", "sound"]
"""What is rendered for an event: bursts of noise, or its own audio."""
RENDER_MODES: Final = get_args(RenderMode)

SILENCE_RMS: Final = 1e-4
"""RMS below which a recording counts as silent (−80 dBFS)."""
DEFAULT_BURST_RMS: Final = 0.05
"""RMS of noise bursts at one metre if the recording is silent during the events."""
BLOCK_SECONDS: Final = 5.0
"""Length of the blocks in which a recording is read."""


class RecordingAudio:
    """Audio of a file as stereo blocks, which can be read several times.

    Ambisonics are attenuated by 6 dB, so that L = W + Y and R = W − Y rarely clip.

    Args:
        path: Audio or video file.
        rate: Sample rate of the blocks in Hz.
        layout: Channel layout of the file if it does not declare it.

    Attributes:
        path: Audio or video file.
        rate: Sample rate of the blocks in Hz.
        notes: Remarks on damaged or missing audio in the last pass.
    """

    def __init__(self, path: Path, rate: int, layout: ChannelLayout | None = None) -> None:
        self.path, self.rate, self._layout = path, rate, layout
        self._gain = np.float32(1.0 if layout is None else layout.headroom_gain)
        self.notes: list[str] = []

    def blocks(self, progress: SecondsProgress | None = None) -> Iterator[Samples]:
        """Reads the audio from the start.

        Args:
            progress: Called with the seconds read so far.

        Yields:
            Blocks of shape ``(2, samples)``.

        Raises:
            MediaError: The file has no audio that can be read.
        """
        done = 0
        with AudioReader(
            self.path, self.rate, block_seconds=BLOCK_SECONDS, recorded_as=self._layout
        ) as reader:
            for block in reader:
                done += block.shape[1]
                yield block * self._gain
                if progress is not None:
                    progress(done / self.rate)
            self.notes = reader.notes


class Mixer:
    """Mixes a recording with the audio rendered for its events.

    Args:
        events: All events of the recording.
        selected: Events to render.
        rate: Sample rate in Hz.
        mode: What is rendered; None for nothing.
        original: Gain of the recording in dB, ignored if `mode` is None.
        solo: Whether the recording is masked to the selected events.
        level: RMS of noise bursts at one metre, power of both channels added.
    """

    def __init__(
        self,
        events: Sequence[Event],
        selected: Sequence[Event],
        rate: int,
        *,
        mode: RenderMode | None,
        original: float,
        solo: bool,
        level: float,
    ) -> None:
        self._masks = EventMasks(Trajectories(events), selected)
        self._mode, self._solo, self._rate = mode, solo, rate
        self._original_gain = np.float32(1.0 if mode is None else 10.0 ** (original / 20.0))
        self._bursts = NoiseBursts(Trajectories(selected), rate, level)

    def mix(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """Mixes the blocks of a recording.

        Args:
            blocks: Stereo blocks of shape ``(2, samples)``.

        Yields:
            Blocks of shape ``(2, samples)`` with other lengths; the total number of samples is the same.
        """
        spectral = self._solo or self._mode == "sound"
        processed = process_spectrum(blocks, self._rate, self._process) if spectral else blocks
        done = 0
        for block in processed:
            mixed = block if spectral else block * self._original_gain
            if self._mode == "noise":
                self._bursts.add(mixed, done)
            done += block.shape[1]
            yield mixed

    def _process(self, times: Floats, spectrum: Spectrum) -> Spectrum:
        original = self._masks.extract(times, spectrum) if self._solo else spectrum
        mixed = original * self._original_gain
        return mixed + self._masks.reposition(times, spectrum) if self._mode == "sound" else mixed


def rms_during_events(blocks: Iterable[Samples], rate: int, trajectories: Trajectories) -> float:
    """Computes the level of a recording while events are active.

    Args:
        blocks: Stereo blocks of shape ``(2, samples)``.
        rate: Sample rate in Hz.
        trajectories: Events.

    Returns:
        RMS with the power of both channels added; `DEFAULT_BURST_RMS` if the recording is silent.
    """
    energy, count, done = 0.0, 0, 0
    for block in blocks:
        end = done + block.shape[1]
        active = np.zeros(block.shape[1], dtype=bool)
        for trajectory in trajectories.between(done / rate, end / rate):
            begin = max(0, round(trajectory.event.onset * rate) - done)
            active[begin : max(0, round(trajectory.event.offset * rate) - done)] = True
        energy += float(np.square(block[:, active], dtype=np.float64).sum())
        count, done = count + int(active.sum()), end
    level = (energy / max(1, count)) ** 0.5
    return level if level > SILENCE_RMS else DEFAULT_BURST_RMS
