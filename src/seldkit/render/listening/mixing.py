"""A recording's sound and what is rendered of its events, in one stereo sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Literal, get_args

import numpy as np

from seldkit.annotations import Event
from seldkit.channels import ChannelLayout
from seldkit.media import AudioReader
from seldkit.render.listening.event_masks import Masks, Spectrum
from seldkit.render.listening.noise_bursts import Bursts
from seldkit.render.listening.overlap_add import changed
from seldkit.render.trajectories import Trajectories
from seldkit.types import Floats, Samples, SecondsProgress

RenderMode = Literal["noise", "sound"]
MANNERS: Final = get_args(RenderMode)

SILENCE: Final = 1e-4
USUAL_LEVEL: Final = 0.05
"""RMS of bursts at one metre where the recording is silent (below −80 dBFS) while events sound."""
BLOCK_SECONDS: Final = 5.0


class RecordingAudio:
    """A file's sound as stereo blocks at one rate, as often as it is asked for.

    layout: its channel layout where the file does not declare it; ambisonics are half as loud as L = W + Y,
        R = W − Y, so that what was within full scale seldom leaves it.
    notes: what was lost or odd when it was last read.
    """

    def __init__(self, path: Path, rate: int, layout: ChannelLayout | None = None) -> None:
        self.path, self.rate, self._layout = path, rate, layout
        self._gain = np.float32(1.0 if layout is None else layout.headroom_gain)
        self.notes: list[str] = []

    def blocks(self, progress: SecondsProgress | None = None) -> Iterator[Samples]:
        """Blocks (2, samples) from the presentation's start on. Raises MediaError where there are none."""
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


class Mix:
    """What `auralize` writes, before it is turned down; its options are those of `auralize`.

    level: RMS of bursts at one metre.
    """

    def __init__(
        self,
        events: Sequence[Event],
        chosen: Sequence[Event],
        rate: int,
        *,
        manner: RenderMode | None,
        original: float,
        solo: bool,
        level: float,
    ) -> None:
        self._masks = Masks(Trajectories(events), chosen)
        self._manner, self._solo, self._rate = manner, solo, rate
        self._beneath = np.float32(1.0 if manner is None else 10.0 ** (original / 20.0))
        self._bursts = Bursts(Trajectories(chosen), rate, level)

    def of(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """The mix of a recording's blocks, in blocks of other lengths, as many samples in all."""
        spectral = self._solo or self._manner == "sound"
        pieces = changed(blocks, self._rate, self._change) if spectral else blocks
        done = 0
        for piece in pieces:
            mixed = piece if spectral else piece * self._beneath
            if self._manner == "noise":
                self._bursts.add(mixed, done)
            done += piece.shape[1]
            yield mixed

    def _change(self, times: Floats, spectrum: Spectrum) -> Spectrum:
        beneath = self._masks.solo(times, spectrum) if self._solo else spectrum
        out = beneath * self._beneath
        return out + self._masks.moved(times, spectrum) if self._manner == "sound" else out


def level_while_sounding(blocks: Iterable[Samples], rate: int, courses: Trajectories) -> float:
    """The recording's RMS, both channels' power together, while events sound; a usual one in silence."""
    energy, count, done = 0.0, 0, 0
    for block in blocks:
        end = done + block.shape[1]
        sounding = np.zeros(block.shape[1], dtype=bool)
        for course in courses.between(done / rate, end / rate):
            begin = max(0, round(course.event.onset * rate) - done)
            sounding[begin : max(0, round(course.event.offset * rate) - done)] = True
        energy += float(np.square(block[:, sounding], dtype=np.float64).sum())
        count, done = count + int(sounding.sum()), end
    level = (energy / max(1, count)) ** 0.5
    return level if level > SILENCE else USUAL_LEVEL
