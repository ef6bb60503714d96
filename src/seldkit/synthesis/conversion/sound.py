"""The sound of a stretch of a recording, turned and converted to stereo."""

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer

from seldkit.errors import MediaError
from seldkit.files import replacing
from seldkit.geometry import foa_to_stereo
from seldkit.media import AudioReader
from seldkit.media.decoding import StreamDecoder
from seldkit.media.opening import audio_stream, named, only, open_media
from seldkit.media.samples import Samples, mixing_matrix, samples_of, silence_nonsense

SAMPLE_RATE: Final = 24000
PER_FRAME: Final = SAMPLE_RATE // 10
"""Samples in a frame of 100 ms."""
LOUDEST: Final = 0.9999
"""A clip with a larger sample is left out, as in the official data set."""
_SEEKABLE: Final = frozenset({"wav", "w64", "aiff", "caf"})


def stereo_of(foa: Samples, view: int) -> Samples:
    """Sound (4, samples) turned by `view` degrees, as (2, samples).

    Computed with double precision and rounded once, so that the samples are those of the official generator.
    """
    stereo: Samples = foa_to_stereo(foa.astype(np.float64), float(view)).astype(np.float32)
    return stereo


def read_foa(path: Path, start: int, stop: int) -> Samples:
    """The sound from frame `start` to frame `stop`, (4, samples) at 24 kHz.

    Uncompressed sound of that rate is read from there on; any other from the file's beginning, in constant
    memory. Raises MediaError where it is no sound of four channels, or ends before.
    """
    first, last = start * PER_FRAME, stop * PER_FRAME
    with open_media(path) as container:
        stream = audio_stream(container)
        if stream is not None and _is_seekable(container, stream):
            blocks = _from(container, stream, first, path)
        else:
            blocks = _from_the_beginning(path)
        return _gathered(blocks, first, last, path)


def write_stereo(path: Path, sound: Samples, official: bool = False) -> None:
    """Write (2, samples), of less than full scale, as 16-bit WAV; full scale is 32768, as for its readers.

    Samples are rounded; official: cut downwards to the next step, half a step off on average, as libsndfile
    does where it guards against overflow, so that the bytes are those of the official generator.
    Raises MediaError.
    """
    if official:
        steps = np.rint(sound.astype(np.float64) * 2.0**31) // 2.0**16
    else:
        steps = np.rint(sound.astype(np.float64) * 2.0**15)
    whole = steps.clip(-32768, 32767).astype("<i2")
    try:
        with replacing(path) as temporary, wave.open(str(temporary), "wb") as file:
            file.setparams((len(sound), 2, SAMPLE_RATE, 0, "NONE", "not compressed"))
            file.writeframes(whole.T.tobytes())
    except OSError as problem:
        raise MediaError(f"{named(path)}: cannot be written ({problem.strerror})") from None


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
    only(container, stream)
    container.seek(first, stream=stream)
    position: int | None = None
    for frame in StreamDecoder(container, stream):
        begin = _position(frame, position)
        block = samples_of(frame)
        _require_foa(len(block), path)
        silence_nonsense(block)
        position = begin + block.shape[1]
        yield begin, block


def _position(frame: Any, expected: int | None) -> int:
    if frame.pts is None or not frame.time_base:
        return expected or 0
    position: int = round(frame.pts * frame.time_base * SAMPLE_RATE)
    return position


def _from_the_beginning(path: Path) -> Iterator[tuple[int, Samples]]:
    position = 0
    with AudioReader(path, SAMPLE_RATE, "foa") as reader:
        for block in reader:
            yield position, block
            position += block.shape[1]


def _gathered(blocks: Iterator[tuple[int, Samples]], first: int, last: int, path: Path) -> Samples:
    sound = np.zeros((4, last - first), dtype=np.float32)
    end = 0
    for position, block in blocks:
        begin, end = max(position, first), min(position + block.shape[1], last)
        if begin < end:
            sound[:, begin - first : end - first] = block[:, begin - position : end - position]
        if position + block.shape[1] >= last:
            return sound
    raise MediaError(
        f"{named(path)}: expected sound up to {last / SAMPLE_RATE:.1f} s, as the file declares, got "
        f"{end / SAMPLE_RATE:.1f} s; it is truncated: copy it again"
    )


def _require_foa(channels: int, path: Path) -> None:
    try:
        mixing_matrix(("?",) * channels, "foa")
    except ValueError as problem:
        raise MediaError(f"{named(path)} {problem}") from None
