"""The sound of a stretch of a recording, turned and converted to stereo."""

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from seldkit.channels import FOA
from seldkit.errors import MediaError
from seldkit.files import replacing
from seldkit.geometry import foa_to_stereo
from seldkit.media import AudioReader
from seldkit.media.channel_mixing import mixing_matrix
from seldkit.media.containers import audio_stream, discard_other_streams, open_media, printable
from seldkit.media.samples import frame_samples, zero_invalid_samples
from seldkit.media.stream_decoder import StreamDecoder
from seldkit.types import Samples

SAMPLE_RATE: Final = 24000
PER_FRAME: Final = SAMPLE_RATE // 10
"""Samples in a frame of 100 ms."""
LOUDEST: Final = 0.9999
"""A clip with a larger sample is left out, as in the official data set."""
_SEEKABLE: Final = frozenset({"wav", "w64", "aiff", "caf"})


def write_stereo_audio(
    path: Path, start: int, stop: int, view: int, output: Path, official: bool = False
) -> bool:
    """Write the sound from frame `start` to frame `stop`, turned by `view` degrees, as stereo WAV (16 bits).

    False, and nothing written, where a sample exceeds `LOUDEST`. Samples are rounded; official: cut downwards
    to the next step, as libsndfile does for the official generator. In constant memory. Raises MediaError
    where there is no sound of four channels, or it ends before.
    """
    try:
        with replacing(output) as temporary, wave.open(str(temporary), "wb") as file:
            file.setparams((2, 2, SAMPLE_RATE, 0, "NONE", "not compressed"))
            for foa in read_foa_blocks(path, start, stop):
                stereo = rotate_to_stereo(foa, view)
                if np.abs(stereo).max() > LOUDEST:
                    raise _TooLoudError
                file.writeframes(_steps(stereo, official).T.tobytes())
    except _TooLoudError:
        return False
    except OSError as problem:
        raise MediaError(f"{printable(output)}: cannot be written ({problem.strerror})") from None
    return True


def rotate_to_stereo(foa: Samples, view: int) -> Samples:
    """Sound (4, samples) turned by `view` degrees, as (2, samples).

    Computed with double precision and rounded once, so that the samples are those of the official generator.
    """
    stereo: Samples = foa_to_stereo(foa.astype(np.float64), float(view)).astype(np.float32)
    return stereo


def read_foa_blocks(path: Path, start: int, stop: int) -> Iterator[Samples]:
    """The sound from frame `start` to frame `stop` in blocks of (4, samples) at 24 kHz.

    Uncompressed sound of that rate is read from there on; any other from the file's beginning.
    """
    first, last = start * PER_FRAME, stop * PER_FRAME
    with open_media(path) as container:
        stream = audio_stream(container)
        if stream is not None and _is_seekable(container, stream):
            yield from _cut(_from(container, stream, first, path), first, last, path)
        else:
            yield from _cut(_from_the_beginning(path), first, last, path)


class _TooLoudError(Exception):
    """The stereo sound exceeds full scale."""


def _steps(sound: Samples, official: bool) -> NDArray[np.int16]:
    """The steps of 16 bits; full scale is 32768, as for those who read them."""
    scaled = sound.astype(np.float64) * 2.0**15
    # libsndfile rounds to 32 bits, of which it drops the lower half.
    steps = np.rint(scaled * 2.0**16) // 2.0**16 if official else np.rint(scaled)
    return steps.clip(-32768, 32767).astype("<i2")


def _is_seekable(container: InputContainer, stream: AudioStream) -> bool:
    return (
        container.format.name in _SEEKABLE
        and stream.codec_context.name.startswith("pcm_")
        and stream.sample_rate == SAMPLE_RATE
    )


def _from(
    container: InputContainer, stream: AudioStream, first: int, path: Path
) -> Iterator[tuple[int, Samples]]:
    """Blocks of samples, each with the number of its first sample."""
    discard_other_streams(container, stream)
    container.seek(first, stream=stream)
    position: int | None = None
    for frame in StreamDecoder(container, stream):
        begin = _position(frame, position)
        block = frame_samples(frame)
        _require_foa(len(block), path)
        zero_invalid_samples(block)
        position = begin + block.shape[1]
        yield begin, block


def _position(frame: Any, expected: int | None) -> int:
    if frame.pts is None or not frame.time_base:
        return expected or 0
    position: int = round(frame.pts * frame.time_base * SAMPLE_RATE)
    return position


def _from_the_beginning(path: Path) -> Iterator[tuple[int, Samples]]:
    position = 0
    with AudioReader(path, SAMPLE_RATE, FOA) as reader:
        for block in reader:
            yield position, block
            position += block.shape[1]


def _cut(blocks: Iterator[tuple[int, Samples]], first: int, last: int, path: Path) -> Iterator[Samples]:
    """From sample `first` to sample `last`; raises MediaError where the blocks end before."""
    given = first
    for position, block in blocks:
        cut = block[:, max(0, given - position) : max(0, last - position)]
        given += cut.shape[1]
        if cut.shape[1]:
            yield cut
        if given >= last:
            return
    raise MediaError(
        f"{printable(path)}: expected sound up to {last / SAMPLE_RATE:.1f} s, as the file declares, got "
        f"{given / SAMPLE_RATE:.1f} s; it is truncated: copy it again"
    )


def _require_foa(channels: int, path: Path) -> None:
    try:
        mixing_matrix(("?",) * channels, FOA)
    except ValueError as problem:
        raise MediaError(f"{printable(path)} {problem}") from None
