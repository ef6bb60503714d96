"""Conversion of consecutive audio chunks to one channel layout and one sampling rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seldkit.channels import ChannelLayout
from seldkit.errors import MediaError
from seldkit.media.audio_track import AudioChunk
from seldkit.media.channel_mixing import mixing_matrix
from seldkit.types import Samples

if TYPE_CHECKING:
    import soxr


class AudioConverter:
    """Mixes consecutive chunks to a channel layout and resamples them with soxr, without delay.

    Args:
        name: Name of the file or device, for error messages.
        sample_rate: Sampling rate of the output in Hz.
        layout: Channel layout of the output.
        recorded_as: Channel layout of the input; None: the loudspeaker layout that the chunks declare.
        declared: Channel layout that the file declares for chunks with as many channels; it replaces
            `recorded_as`.

    Attributes:
        notes: Descriptions of the mixing, one line each.
    """

    def __init__(
        self,
        name: str,
        sample_rate: int,
        layout: ChannelLayout,
        recorded_as: ChannelLayout | None = None,
        declared: ChannelLayout | None = None,
    ) -> None:
        self.notes: list[str] = []
        self._name, self._sample_rate = name, sample_rate
        self._layout, self._recorded_as, self._declared = layout, recorded_as, declared
        self._resampler: _Resampler | None = None

    def push(self, chunk: AudioChunk) -> Samples:
        """Converts the next chunk.

        Args:
            chunk: Audio that follows the previous chunk; its sampling rate and channels may differ.

        Returns:
            The output that is complete so far, ``(channels, samples)``.

        Raises:
            MediaError: If the channels cannot be converted to the layout.
        """
        mixed, rest = self._mixed(chunk), None
        if self._resampler is None or self._resampler.input_rate != chunk.sample_rate:
            rest = None if self._resampler is None else self._resampler.finish()
            self._resampler = _Resampler(chunk.sample_rate, self._sample_rate, len(mixed))
        output = self._resampler.push(mixed)
        return output if rest is None else np.concatenate([rest, output], axis=1)

    def recorded_layout(self, names: tuple[str, ...]) -> ChannelLayout | None:
        """Returns the layout of chunks with the given channels.

        Args:
            names: Names of the channels.

        Returns:
            The declared layout, else `recorded_as`; None for the layout that the names state.
        """
        if self._declared is not None and self._declared.channels == len(names):
            return self._declared
        return self._recorded_as

    def finish(self) -> Samples:
        """Ends the signal. The converter can then be used for another one.

        Returns:
            The rest of the output, ``(channels, samples)``.
        """
        resampler, self._resampler = self._resampler, None
        if resampler is None:
            return np.zeros((self._layout.channels, 0), np.float32)
        return resampler.finish()

    def _mixed(self, chunk: AudioChunk) -> Samples:
        names = chunk.channel_names
        try:
            matrix, note = mixing_matrix(names, self._layout, self.recorded_layout(names))
        except ValueError as error:
            raise MediaError(f"{self._name} {error}") from None
        if note is not None and note not in self.notes:
            self.notes.append(note)
        return _apply(matrix, chunk.samples)


def _apply(matrix: Samples, samples: Samples) -> Samples:
    """Multiplies by a matrix; the identity is skipped, which keeps stereo bit-exact and fast."""
    if matrix.shape[0] == matrix.shape[1] and np.array_equal(matrix, np.eye(len(matrix))):
        return samples
    return matrix @ samples


class _Resampler:
    """Resamples one continuous signal; the length of the output is exact to one sample."""

    def __init__(self, input_rate: int, output_rate: int, channels: int) -> None:
        self.input_rate = input_rate
        self._output_rate, self._channels = output_rate, channels
        self._input_samples = self._output_samples = 0
        self._stream: soxr.ResampleStream | None = None
        if input_rate != output_rate:
            import soxr

            self._stream = soxr.ResampleStream(
                input_rate, output_rate, channels, dtype="float32", quality="HQ"
            )

    def push(self, samples: Samples) -> Samples:
        self._input_samples += samples.shape[1]
        return self._resample(samples, last=False)

    def finish(self) -> Samples:
        rest = self._resample(np.zeros((self._channels, 0), dtype=np.float32), last=True)
        # Signals of a few samples may give no output: they are filled up with silence to the correct length.
        expected = max(1, round(self._input_samples * self._output_rate / self.input_rate))
        return np.pad(rest, ((0, 0), (0, max(0, expected - self._output_samples))))

    def _resample(self, samples: Samples, *, last: bool) -> Samples:
        if self._stream is not None:
            samples = self._stream.resample_chunk(np.ascontiguousarray(samples.T), last=last).T
        self._output_samples += samples.shape[1]
        return samples
